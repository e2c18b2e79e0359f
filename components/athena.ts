import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { keepUnless } from "./keep";

/** Prefix of the data bucket that queries write their results to. */
export const ATHENA_RESULTS_PREFIX = "athena-results/";

export interface AthenaArgs {
  readonly accountId: string;
  readonly workgroupName: string;
  /** Bucket that results are written to. */
  readonly dataBucketName: pulumi.Input<string>;
  /** ARN of the key that encrypts results. Default: S3's own key (SSE-S3). */
  readonly kmsKeyArn?: pulumi.Input<string>;
  /**
   * Delete the workgroup with its saved queries and history when the stack is destroyed. Otherwise it is kept: Athena
   * deletes none that has any, so that another name would never finish.
   *
   * @default false
   */
  readonly forceDestroy?: boolean;
  readonly tags?: Readonly<Record<string, string>>;
}

/** Athena workgroup whose result location and encryption no query can change. */
export class Athena extends pulumi.ComponentResource {
  public readonly workgroupName: pulumi.Output<string>;

  public constructor(name: string, args: AthenaArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mwaa:athena:Athena", name, {}, opts);
    const workgroup = new aws.athena.Workgroup(
      `${name}-workgroup`,
      {
        name: args.workgroupName,
        forceDestroy: args.forceDestroy ?? false,
        configuration: {
          enforceWorkgroupConfiguration: true,
          publishCloudwatchMetricsEnabled: true,
          engineVersion: { selectedEngineVersion: "Athena engine version 3" },
          resultConfiguration: {
            outputLocation: pulumi.interpolate`s3://${args.dataBucketName}/${ATHENA_RESULTS_PREFIX}`,
            expectedBucketOwner: args.accountId,
            encryptionConfiguration:
              args.kmsKeyArn === undefined
                ? { encryptionOption: "SSE_S3" }
                : { encryptionOption: "SSE_KMS", kmsKeyArn: args.kmsKeyArn },
          },
        },
        tags: args.tags,
      },
      { parent: this, ...keepUnless(args.forceDestroy ?? false) },
    );
    this.workgroupName = workgroup.name;
    this.registerOutputs({ workgroupName: this.workgroupName });
  }
}
