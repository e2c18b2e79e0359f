import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { ProtectedBucket, type ProtectedBucketArgs } from "./protectedBucket";

/** Prefix of the raw files. The pipeline waits for an object of this name. */
export const RAW_PREFIX = "files/";

/** Prefix of what Athena and the pipeline's own tasks write. */
export const RESULTS_PREFIX = "athena-results/";

/** Prefix of what Redshift loads: a COPY path is a prefix, so nothing else lies beneath it. */
export const CLEAN_PREFIX = `${RESULTS_PREFIX}clean/`;

/**
 * The bucket for raw files, results and logs. It is not the environment's own, so that no role that
 * writes data can write near the DAGs.
 */
export class DataBucket extends pulumi.ComponentResource {
  public readonly bucketName: pulumi.Output<string>;
  public readonly arn: pulumi.Output<string>;

  public constructor(
    name: string,
    args: ProtectedBucketArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("mwaa:dataBucket:DataBucket", name, {}, opts);
    const bucket = new ProtectedBucket(name, args, { parent: this });
    new aws.s3.BucketObjectv2(
      `${name}/${RAW_PREFIX}`,
      {
        bucket: bucket.bucketName,
        key: RAW_PREFIX,
        content: "",
        contentType: "application/x-directory",
      },
      { parent: this, dependsOn: bucket.protections },
    );
    this.bucketName = bucket.bucketName;
    this.arn = bucket.arn;
    this.registerOutputs({ bucketName: this.bucketName, arn: this.arn });
  }
}
