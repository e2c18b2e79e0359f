import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";

import { Endpoint, REGION, localEndpoint } from "../engine/endpoint";
import { secretsOf } from "../engine/secrets";
import { Home, ROOT, toolHome } from "../home";
import { pythonOf } from "../setup/python";
import { sparkJarsFolder } from "../setup/sparkJars";
import { running, startServer, stopServer, waitFor } from "./processes";

/** The name of the server, in files and options. */
export const CLOUD = "cloud";

/** Seconds that the local cloud may take to start: it reads its state first. */
const START_SECONDS = 60;

/** Seconds that it may take to write its state and end. */
const STOP_SECONDS = 30;

/** The bucket that stands for the outside world, where the MovieLens data set comes from. */
export const SOURCE_BUCKET = "movielens-source-local";

/** The data set's key in it. */
export const SOURCE_KEY = "ml-latest-small.zip";

/** Starts the local cloud where it does not run yet. */
export async function startCloud(
  home: Home,
  port: number,
  onStart: () => void,
  signal?: AbortSignal,
): Promise<Endpoint> {
  const secrets = secretsOf(home);
  const there = running(home, CLOUD);
  if (there !== undefined) {
    return localEndpoint(there.port, secrets);
  }
  const server = await startServer(
    home,
    CLOUD,
    port,
    [pythonOf(toolHome, "cloud"), "-m", "local.cloud"],
    {
      ...process.env,
      LOCAL_CLOUD_PORT: String(port),
      LOCAL_CLOUD_STATE: home.dir("cloud"),
      LOCAL_CLOUD_ACCESS_KEY_ID: secrets.accessKeyId,
      LOCAL_CLOUD_SECRET_ACCESS_KEY: secrets.secretAccessKey,
      LOCAL_CLOUD_TOKEN: secrets.token,
      LOCAL_CLOUD_SPARK: pythonOf(toolHome, "spark"),
      LOCAL_CLOUD_SPARK_JARS: sparkJarsFolder(toolHome),
    },
    ROOT,
  );
  onStart();
  const endpoint = localEndpoint(port, secrets);
  await waitFor(home, CLOUD, server, START_SECONDS, () => healthy(endpoint), signal);
  return endpoint;
}

/** Stops the local cloud; its state is kept. */
export function stopCloud(home: Home): Promise<void> {
  return stopServer(home, CLOUD, STOP_SECONDS);
}

async function healthy({ url }: Endpoint): Promise<true | undefined> {
  try {
    return (await fetch(`${url}/_local/health`)).ok ? true : undefined;
  } catch {
    return undefined;
  }
}

/** The credentials and the address of the local cloud, for a client of AWS's SDK. */
export function clientConfig({ url, environment }: Endpoint) {
  return {
    endpoint: url,
    region: REGION,
    credentials: {
      accessKeyId: environment.AWS_ACCESS_KEY_ID,
      secretAccessKey: environment.AWS_SECRET_ACCESS_KEY,
    },
  };
}

/** Puts the MovieLens zip where the local stack's `movielensSource` says it is. */
export async function publishSource(endpoint: Endpoint, zip: Uint8Array): Promise<void> {
  const s3 = new S3Client({ ...clientConfig(endpoint), forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: SOURCE_BUCKET }));
  await s3.send(new PutObjectCommand({ Bucket: SOURCE_BUCKET, Key: SOURCE_KEY, Body: zip }));
}

/** Whether there is a MovieLens zip already where the local stack's `movielensSource` says it is. */
export async function hasSource(endpoint: Endpoint): Promise<boolean> {
  const s3 = new S3Client({ ...clientConfig(endpoint), forcePathStyle: true });
  try {
    await s3.send(new HeadObjectCommand({ Bucket: SOURCE_BUCKET, Key: SOURCE_KEY }));
    return true;
  } catch (error) {
    if (["NotFound", "NoSuchBucket", "NoSuchKey"].includes((error as Error).name)) {
      return false;
    }
    throw error;
  }
}

/** Removes what `publishSource` made, so that nothing is left after a destroy. */
export async function withdrawSource(endpoint: Endpoint): Promise<void> {
  const s3 = new S3Client({ ...clientConfig(endpoint), forcePathStyle: true });
  try {
    await s3.send(new DeleteObjectCommand({ Bucket: SOURCE_BUCKET, Key: SOURCE_KEY }));
    await s3.send(new DeleteBucketCommand({ Bucket: SOURCE_BUCKET }));
  } catch (error) {
    if ((error as Error).name !== "NoSuchBucket") {
      throw error;
    }
  }
}
