import { createHash } from "node:crypto";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { AirflowFiles, GeneratedFile } from "./airflowFiles";
import type { LocalFile } from "./localFiles";
import { REPLACED_WITH_ENCRYPTION, objectEncryption } from "./objectEncryption";
import { ProtectedBucket, type ProtectedBucketArgs } from "./protectedBucket";

const REQUIREMENTS_KEY = "requirements.txt";
const PLUGINS_KEY = "plugins.zip";
const STARTUP_SCRIPT_KEY = "startup.sh";

export interface AirflowBucketArgs extends ProtectedBucketArgs {
  /**
   * Make the bucket. If false it is there already: the stack puts its objects into it and leaves
   * its protections, which MWAA demands (versioning, no public access), to its owner.
   *
   * @default true
   */
  readonly create?: boolean;
  /** Key prefix of the DAGs, without a slash at the end. */
  readonly dagS3Path: string;
  readonly files: AirflowFiles;
}

/** An object that the environment takes in one version. */
export type VersionedObject = Pick<aws.s3.BucketObjectv2, "key" | "versionId">;

/**
 * The environment's bucket with what is in it: each DAG file an object of its own, requirements.txt,
 * plugins.zip and the start-up script.
 *
 * Source: https://docs.aws.amazon.com/mwaa/latest/userguide/mwaa-s3-bucket.html
 */
export class AirflowBucket extends pulumi.ComponentResource {
  public readonly bucketName: pulumi.Output<string>;
  public readonly arn: pulumi.Output<string>;
  /** What has to be there before the first object: one that is made earlier has no version. */
  public readonly protections: pulumi.Resource[];
  public readonly requirements?: VersionedObject;
  public readonly plugins?: VersionedObject;
  public readonly startupScript?: VersionedObject;

  public constructor(
    name: string,
    args: AirflowBucketArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("mwaa:airflowBucket:AirflowBucket", name, {}, opts);
    const { bucketName, arn, protections } =
      (args.create ?? true)
        ? new ProtectedBucket(name, args, { parent: this })
        : this.existing(args.bucketName);
    const upload = (
      key: string,
      content: Pick<aws.s3.BucketObjectv2Args, "source" | "sourceHash">,
    ): aws.s3.BucketObjectv2 =>
      new aws.s3.BucketObjectv2(
        `${name}/${key}`,
        { bucket: bucketName, key, ...content, ...objectEncryption(args.kmsKeyArn) },
        { parent: this, dependsOn: protections, ...REPLACED_WITH_ENCRYPTION },
      );
    const { dags, requirements, plugins, startupScript } = args.files;
    for (const file of dags) {
      upload(`${args.dagS3Path}/${file.path}`, asset(file));
    }
    if (requirements !== undefined) {
      this.requirements = upload(REQUIREMENTS_KEY, asset(requirements));
    }
    if (plugins.length > 0) {
      this.plugins = upload(PLUGINS_KEY, archive(plugins));
    }
    if (startupScript !== undefined) {
      this.startupScript = upload(STARTUP_SCRIPT_KEY, asset(startupScript));
    }
    this.protections = protections;
    this.bucketName = bucketName;
    this.arn = arn;
    this.registerOutputs({ bucketName: this.bucketName, arn: this.arn });
  }

  private existing(
    bucketName: string,
  ): Pick<ProtectedBucket, "bucketName" | "arn" | "protections"> {
    const bucket = aws.s3.getBucketOutput({ bucket: bucketName }, { parent: this });
    return { bucketName: bucket.bucket, arn: bucket.arn, protections: [] };
  }
}

function asset(
  file: LocalFile | GeneratedFile,
): Pick<aws.s3.BucketObjectv2Args, "source" | "sourceHash"> {
  const source =
    "text" in file
      ? new pulumi.asset.StringAsset(file.text)
      : new pulumi.asset.FileAsset(file.location);
  return { source, sourceHash: file.hash };
}

/** plugins.zip: the engine zips it, in the order of the names and with a constant time. */
function archive(
  files: readonly LocalFile[],
): Pick<aws.s3.BucketObjectv2Args, "source" | "sourceHash"> {
  const hash = createHash("sha256");
  const members: pulumi.asset.AssetMap = {};
  for (const file of files) {
    members[file.path] = new pulumi.asset.FileAsset(file.location);
    hash.update(`${file.path}\0${file.hash}\n`);
  }
  return { source: new pulumi.asset.AssetArchive(members), sourceHash: hash.digest("hex") };
}
