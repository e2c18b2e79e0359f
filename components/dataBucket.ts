import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { REPLACED_WITH_ENCRYPTION, objectEncryption } from "./objectEncryption";
import { ProtectedBucket, type ProtectedBucketArgs } from "./protectedBucket";

export interface DataBucketArgs extends ProtectedBucketArgs {
  /** Prefixes that an empty object stands for from the beginning, for DAGs that wait for it. */
  readonly markers: readonly string[];
}

/**
 * The bucket for raw files, results and logs. It is not the environment's own, so that no role that
 * writes data can write near the DAGs.
 */
export class DataBucket extends pulumi.ComponentResource {
  public readonly bucketName: pulumi.Output<string>;
  public readonly arn: pulumi.Output<string>;

  public constructor(name: string, args: DataBucketArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mwaa:dataBucket:DataBucket", name, {}, opts);
    const bucket = new ProtectedBucket(name, { ...args, replacedWithKey: true }, { parent: this });
    for (const key of args.markers) {
      new aws.s3.BucketObjectv2(
        `${name}/${key}`,
        {
          bucket: bucket.bucketName,
          key,
          content: "",
          contentType: "application/x-directory",
          ...objectEncryption(args.kmsKeyArn),
        },
        { parent: this, dependsOn: bucket.protections, ...REPLACED_WITH_ENCRYPTION },
      );
    }
    this.bucketName = bucket.bucketName;
    this.arn = bucket.arn;
    this.registerOutputs({ bucketName: this.bucketName, arn: this.arn });
  }
}
