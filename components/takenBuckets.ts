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
  const found = await look(name);
  if (found !== THERE) {
    throw new pulumi.RunError(
      `createAirflowBucket is false, but ${found === undefined ? `there is no bucket ${name}` : `the bucket ${name} ${found}`}; ` +
        "nothing was created or changed. Set airflowBucketName to a bucket that is there, in the stack's region and " +
        "account, or createAirflowBucket to true.",
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
  await refuseUnprotected(name);
}

/** Settings of a bucket against public access, each of which MWAA wants on. */
const BLOCKS = [
  "BlockPublicAcls",
  "BlockPublicPolicy",
  "IgnorePublicAcls",
  "RestrictPublicBuckets",
] as const;

/** The part of a bucket, as CloudFormation's type describes it, that MWAA looks at. */
interface DescribedBucket {
  readonly VersioningConfiguration?: { readonly Status: string };
  readonly PublicAccessBlockConfiguration?: Partial<Record<(typeof BLOCKS)[number], boolean>>;
}

/**
 * Refuses a bucket that MWAA does not take. The provider has no function for a bucket's versioning and public access;
 * Cloud Control API tells both.
 *
 * Source: https://docs.aws.amazon.com/mwaa/latest/userguide/mwaa-s3-bucket.html
 */
async function refuseUnprotected(name: string): Promise<void> {
  const described = await describe(name);
  if (described === undefined) {
    return;
  }
  const { VersioningConfiguration, PublicAccessBlockConfiguration = {} } = described;
  const status = VersioningConfiguration?.Status ?? "never turned on";
  const open = BLOCKS.filter((block) => PublicAccessBlockConfiguration[block] !== true);
  const api = "aws s3api";
  const faults = [
    ...(status === "Enabled"
      ? []
      : [
          `  - its versioning is ${status}; allowed: Enabled. Turn it on: ${api} put-bucket-versioning --bucket ${name} ` +
            "--versioning-configuration Status=Enabled\n",
        ]),
    ...(open.length === 0
      ? []
      : [
          `  - it does not block all public access: ${open.join(", ")} ${open.length === 1 ? "is" : "are"} off. Turn all on: ` +
            `${api} put-public-access-block --bucket ${name} --public-access-block-configuration ` +
            `${BLOCKS.map((block) => `${block}=true`).join(",")}\n`,
        ]),
  ];
  if (faults.length > 0) {
    throw new pulumi.RunError(
      `createAirflowBucket is false, and MWAA does not take the bucket ${name} as it is; nothing was created or ` +
        `changed.\n${faults.join("")}Or set airflowBucketName to another bucket, or createAirflowBucket to true.`,
    );
  }
}

/** A bucket as its type describes it; undefined where these credentials do not see it, which is told. */
async function describe(name: string): Promise<DescribedBucket | undefined> {
  try {
    const { properties } = await aws.cloudcontrol.getResource({
      typeName: "AWS::S3::Bucket",
      identifier: name,
    });
    return JSON.parse(properties) as DescribedBucket;
  } catch (error) {
    await pulumi.log.warn(
      `Whether the bucket ${name} is versioned and blocks all public access, as MWAA asks, cannot be seen: ` +
        (error as Error).message,
    );
    return undefined;
  }
}

async function ownerOf({ location }: Naming, name: string) {
  const [found] = await tagsOf([bucketArn(location, name)]);
  return (found as typeof found | undefined)?.tags;
}

/** What is said of a bucket that is there, in the stack's region, and to be read. */
const THERE = "is there already";

/**
 * Where a bucket of the name is; undefined where there is none. Names are unique across accounts and regions.
 *
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html
 */
async function look(name: string): Promise<string | undefined> {
  try {
    await aws.s3.getBucket({ bucket: name });
    return THERE;
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
