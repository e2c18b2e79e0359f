import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

export interface ConnectionsArgs {
  /** Path that every parameter's name begins with, without a slash at the end. */
  readonly prefix: string;
  /** Airflow connections by id, each a URI or JSON. They are secrets, whatever is in them. */
  readonly values: Readonly<Record<string, pulumi.Input<string>>>;
  /** ARN of the key that encrypts them. Default: Systems Manager's own key in the account. */
  readonly kmsKeyArn?: pulumi.Input<string>;
  readonly tags?: Readonly<Record<string, string>>;
}

/**
 * Airflow connections as encrypted Systems Manager parameters, where the secrets backend looks for them.
 *
 * Source: https://docs.aws.amazon.com/systems-manager/latest/userguide/secure-string-parameter-kms-encryption.html
 */
export class Connections extends pulumi.ComponentResource {
  public constructor(name: string, args: ConnectionsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mwaa:connections:Connections", name, {}, opts);
    for (const [id, value] of Object.entries(args.values)) {
      new aws.ssm.Parameter(
        `${name}-${id}`,
        {
          name: `${args.prefix}/${id}`,
          type: "SecureString",
          keyId: args.kmsKeyArn,
          value: pulumi.secret(value),
          description: `Airflow connection ${id}`,
          tags: args.tags,
        },
        { parent: this },
      );
    }
    this.registerOutputs({});
  }
}

/** Path of an environment's connections in the parameter store, where the stack's settings name no other. */
export function connectionsPrefix(environmentName: string): string {
  return `/${environmentName}/connections`;
}
