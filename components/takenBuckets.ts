import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../settings";
import { bucketArn } from "./location";
import { type Owner, isOwn, tagsOf, wayToOwn } from "./ownership";
import type { Service, StackContext } from "./plan";

/** What the names of a stack's buckets are made of. */
type Naming = Owner & Pick<StackContext, "airflowBucketName" | "dataBucketName">;

/** A bucket of the stack, and the setting that has its name. */
interface Wanted {
  readonly setting: "airflowBucketName" | "dataBucketName";
  readonly name: string;
}

/**
 * Refuses buckets that are not what the settings say of them. One that the stack is to create must not be there as
 * somebody else's: S3 refuses the second of a name, and by then the rest of the update is done. One that it is not to
 * create has to be there, and must not be the stack's own: no longer registered, that would be deleted with all that
 * the environment reads from it, or the engine would refuse that.
 *
 * @throws {pulumi.RunError} with the bucket, the setting, and what to do
 */
export async function refuseTakenBuckets(
  context: Naming,
  services: readonly Service[],
  { createAirflowBucket }: Pick<Settings, "createAirflowBucket">,
): Promise<void> {
  const airflow = { setting: "airflowBucketName", name: context.airflowBucketName } as const;
  const data = { setting: "dataBucketName", name: context.dataBucketName } as const;
  await Promise.all([
    createAirflowBucket ? refuseTheirs(context, airflow) : refuseOwn(context, airflow),
    ...(services.includes("data") ? [refuseTheirs(context, data)] : []),
  ]);
}

async function refuseTheirs(context: Naming, wanted: Wanted): Promise<void> {
  const { setting, name } = wanted;
  const found = await look(name);
  if (found === undefined) {
    return;
  }
  const tags = await ownerOf(context, name);
  if (tags !== undefined && isOwn(context, tags)) {
    return;
  }
  const create = setting === "airflowBucketName" ? ", or createAirflowBucket to false" : "";
  throw new pulumi.RunError(
    `${setting} is ${name}, a bucket that ${found}, and that this stack did not create; nothing was created or ` +
      `changed. Set ${setting} to a name that no bucket has${create}. ` +
      (tags?.Project === undefined
        ? "If this stack did create it, and its tags Project and Stack are lost, set them again. Those of a bucket " +
          "that is minutes old may not be found yet: then try again."
        : wayToOwn(context, tags)),
  );
}

async function refuseOwn(context: Naming, { name }: Wanted): Promise<void> {
  if ((await look(name)) === undefined) {
    throw new pulumi.RunError(
      `createAirflowBucket is false, but there is no bucket ${name}; nothing was created or changed. Set ` +
        "airflowBucketName to a bucket that is there, or createAirflowBucket to true.",
    );
  }
  const tags = await ownerOf(context, name);
  if (tags !== undefined && isOwn(context, tags)) {
    throw new pulumi.RunError(
      `createAirflowBucket is false, but the bucket ${name} was made by this stack, which would delete ` +
        "it; nothing was created or changed. Set createAirflowBucket to true, or airflowBucketName to another " +
        "bucket. To keep the bucket without the stack, take it out of the state first (pulumi state delete) and " +
        "remove its tag Stack.",
    );
  }
}

async function ownerOf({ location }: Naming, name: string) {
  const [found] = await tagsOf([bucketArn(location, name)]);
  return (found as typeof found | undefined)?.tags;
}

/**
 * Where a bucket of the name is; undefined where there is none. Names are unique across accounts and regions.
 *
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html
 */
async function look(name: string): Promise<string | undefined> {
  try {
    await aws.s3.getBucket({ bucket: name });
    return "is there already";
  } catch (error) {
    const { message } = error as Error;
    if (message.includes("couldn't find resource")) {
      return undefined;
    }
    if (/\b301\b/.test(message)) {
      return "is in another region";
    }
    if (/\b403\b/.test(message)) {
      return "is another account's or not to be read with these credentials (s3:ListBucket)";
    }
    throw error;
  }
}
