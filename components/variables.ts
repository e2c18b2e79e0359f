import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { REPLACED_WITH_ENCRYPTION, objectEncryption } from "./objectEncryption";

export interface VariablesArgs {
  /** Bucket that the Variables are put into as well, as `variables.json`, for an import by hand. */
  readonly airflowBucketName: pulumi.Input<string>;
  /** What has to be there before the first object of the bucket: one that is made earlier has no version. */
  readonly protections?: pulumi.Resource[];
  /** ARN of the key that encrypts that object. Default: S3's own key (SSE-S3). */
  readonly kmsKeyArn?: pulumi.Input<string>;
  /** Path that every parameter's name begins with, without a slash at the end. */
  readonly prefix: string;
  /** Airflow Variables by name. No value may be empty or secret: parameters are plain text. */
  readonly values: Readonly<Record<string, pulumi.Input<string>>>;
  readonly tags?: Readonly<Record<string, string>>;
}

/** Airflow Variables as Systems Manager parameters, where the secrets backend looks for them. */
export class Variables extends pulumi.ComponentResource {
  public readonly prefix: string;

  public constructor(name: string, args: VariablesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mwaa:variables:Variables", name, {}, opts);
    for (const [variable, value] of Object.entries(args.values)) {
      new aws.ssm.Parameter(
        `${name}-${variable}`,
        {
          name: `${args.prefix}/${variable}`,
          type: "String",
          value,
          description: `Airflow Variable ${variable}`,
          tags: args.tags,
        },
        { parent: this },
      );
    }
    // As Airflow's own interface takes them: Admin, Variables, Import Variables.
    if (Object.keys(args.values).length > 0) {
      new aws.s3.BucketObjectv2(
        `${name}-file`,
        {
          bucket: args.airflowBucketName,
          key: "variables.json",
          content: pulumi
            .output(args.values)
            .apply((values) => `${JSON.stringify(values, undefined, 2)}\n`),
          contentType: "application/json",
          ...objectEncryption(args.kmsKeyArn),
        },
        { parent: this, dependsOn: args.protections, ...REPLACED_WITH_ENCRYPTION },
      );
    }
    this.prefix = args.prefix;
    this.registerOutputs({ prefix: this.prefix });
  }
}

/** Path of an environment's Variables in the parameter store. */
export function variablesPrefix(environmentName: string): string {
  return `/${environmentName}/variables`;
}
