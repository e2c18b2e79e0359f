import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { RESULTS_PREFIX } from "./dataBucket";

export interface AthenaArgs {
  readonly accountId: string;
  readonly workgroupName: string;
  /** Database of the Glue Data Catalog that the pipeline makes its tables in. */
  readonly databaseName: string;
  /** Bucket that results are written to. */
  readonly dataBucketName: pulumi.Input<string>;
  /** ARN of the key that encrypts results. Default: S3's own key (SSE-S3). */
  readonly kmsKeyArn?: pulumi.Input<string>;
  /**
   * Delete the workgroup with its saved queries and history when the stack is destroyed.
   *
   * @default false
   */
  readonly forceDestroy?: boolean;
  readonly tags?: Readonly<Record<string, string>>;
}

/** Athena workgroup whose result location and encryption no query can change, and a database. */
export class Athena extends pulumi.ComponentResource {
  public readonly workgroupName: pulumi.Output<string>;
  public readonly databaseName: pulumi.Output<string>;

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
            outputLocation: pulumi.interpolate`s3://${args.dataBucketName}/${RESULTS_PREFIX}`,
            expectedBucketOwner: args.accountId,
            encryptionConfiguration:
              args.kmsKeyArn === undefined
                ? { encryptionOption: "SSE_S3" }
                : { encryptionOption: "SSE_KMS", kmsKeyArn: args.kmsKeyArn },
          },
        },
        tags: args.tags,
      },
      { parent: this },
    );
    const database = new aws.glue.CatalogDatabase(
      `${name}-database`,
      {
        name: args.databaseName,
        description: "Tables that movie-list-dag makes over the raw MovieLens files",
        tags: args.tags,
      },
      { parent: this },
    );
    this.workgroupName = workgroup.name;
    this.databaseName = database.name;
    this.registerOutputs({ workgroupName: this.workgroupName, databaseName: this.databaseName });
  }
}
