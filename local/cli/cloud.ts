import { Endpoint, REGION, localEndpoint } from "../engine/endpoint";
import { secretsOf } from "../engine/secrets";
import { Home, ROOT, toolHome } from "../home";
import { pythonOf } from "../setup/python";
import { sparkJarsFolder } from "../setup/sparkJars";
import { UserError } from "../setup/steps";
import { running, startServer, stopServer, waitFor } from "./processes";

/** The name of the server, in files and options. */
export const CLOUD = "cloud";

/** Seconds that the local cloud may take to start: it reads its state first. */
const START_SECONDS = 60;

/** Seconds that it may take to write its state and end. */
const STOP_SECONDS = 30;

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
    [pythonOf(toolHome, "cloud"), "-X", "utf8", "-m", "local.cloud"],
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

/** What users of the local cloud have created and is there now: names, by service and collection. */
export type Inventory = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

/** All that users of the local cloud created and that is there now. */
export function inventoryOf(home: Home, endpoint: Endpoint): Promise<Inventory> {
  return askCloud(home, endpoint, "inventory");
}

/**
 * What the local cloud tells of itself.
 *
 * @param route below its own address for that, such as `inventory`
 * @throws UserError where it refuses
 */
export async function askCloud<T>(home: Home, { url }: Endpoint, route: string): Promise<T> {
  const answer = await fetch(`${url}/_local/${route}`, {
    headers: { Authorization: `Bearer ${secretsOf(home).token}` },
  });
  if (!answer.ok) {
    throw new UserError(
      `the local cloud answered ${answer.status} to ${route}: ${await answer.text()}`,
    );
  }
  return (await answer.json()) as T;
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
