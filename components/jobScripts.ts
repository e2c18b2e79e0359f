import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type LocalFile, readFolder } from "./localFiles";
import { REPLACED_WITH_ENCRYPTION, objectEncryption } from "./objectEncryption";

/** Prefix of the Spark scripts in the environment's bucket. */
export const JOBS_PREFIX = "jobs/";

export interface JobScriptsArgs {
  /** Bucket that the scripts are put into. */
  readonly bucketName: pulumi.Input<string>;
  /** What has to be there before the first object of the bucket: one that is made earlier has no version. */
  readonly protections?: pulumi.Resource[];
  /** ARN of the key that encrypts the scripts. Default: S3's own key (SSE-S3). */
  readonly kmsKeyArn?: pulumi.Input<string>;
  /** The scripts; an object's key is `jobs/` and the script's path. */
  readonly files: readonly LocalFile[];
}

/** Spark scripts of EMR steps and Glue jobs, each an object that follows its file. */
export class JobScripts extends pulumi.ComponentResource {
  /** Keys of the objects, sorted. */
  public readonly keys: readonly string[];
  private readonly objects = new Map<string, aws.s3.BucketObjectv2>();

  public constructor(name: string, args: JobScriptsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mwaa:jobScripts:JobScripts", name, {}, opts);
    this.keys = args.files.map((file) => {
      const key = `${JOBS_PREFIX}${file.path}`;
      const object = new aws.s3.BucketObjectv2(
        `${name}/${key}`,
        {
          bucket: args.bucketName,
          key,
          source: new pulumi.asset.FileAsset(file.location),
          sourceHash: file.hash,
          ...objectEncryption(args.kmsKeyArn),
        },
        { parent: this, dependsOn: args.protections, ...REPLACED_WITH_ENCRYPTION },
      );
      this.objects.set(key, object);
      return key;
    });
    this.registerOutputs({ keys: this.keys });
  }

  /**
   * Address of a script, `s3://bucket/key`.
   *
   * @param path the script's path below `jobs/`
   * @throws when there is no such script
   */
  public uri(path: string): pulumi.Output<string> {
    const key = `${JOBS_PREFIX}${path}`;
    const object = this.objects.get(key);
    if (object === undefined) {
      throw new pulumi.RunError(
        `There is no Spark job ${path}; there are: ${this.keys.join(", ")}. ` +
          "Restore the file or correct its name.",
      );
    }
    return pulumi.interpolate`s3://${object.bucket}/${object.key}`;
  }
}

/**
 * Finds and hashes the scripts under a folder, sorted by path.
 *
 * @throws when the folder does not exist, or holds no file
 */
export function readJobScripts(folder: string): LocalFile[] {
  return readFolder("The folder of Spark jobs", folder, []).filter(({ path }) =>
    path.endsWith(".py"),
  );
}
