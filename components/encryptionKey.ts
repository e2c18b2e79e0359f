import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { keepUnless } from "./keep";
import { type Location, regionalArn } from "./location";
import { type PolicyDocument, policyDocument } from "./policyDocument";

/**
 * Days between the deletion of a key and its end: AWS's longest, in which a mistake can be undone, and
 * its shortest for a key that is to go with its stack.
 *
 * Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html
 */
const DELETION_WINDOW_DAYS = { kept: 30, destroyed: 7 } as const;

export interface EncryptionKeyArgs {
  readonly location: Location;
  /** Names the key's alias. */
  readonly environmentName: string;
  /** Names of the log groups (or patterns of them) that CloudWatch Logs encrypts with the key. */
  readonly logGroupNames: readonly string[];
  /** Delete the key with the stack. Default false: what it encrypted could never be read again. */
  readonly forceDestroy?: boolean;
  readonly tags?: Readonly<Record<string, string>>;
}

/** The services' own keys, a key of the stack, or one that is there already. */
export type EncryptionChoice =
  | { readonly kind: "aws" }
  | { readonly kind: "own" }
  | { readonly kind: "existing"; readonly keyArn: string };

/** A customer managed KMS key for the environment, the buckets, Redshift and the log groups. */
export class EncryptionKey extends pulumi.ComponentResource {
  public readonly arn: pulumi.Output<string>;

  public constructor(
    name: string,
    args: EncryptionKeyArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("mwaa:encryptionKey:EncryptionKey", name, {}, opts);
    const forceDestroy = args.forceDestroy ?? false;
    const key = new aws.kms.Key(
      `${name}-key`,
      {
        description: `Data of the MWAA environment ${args.environmentName}`,
        enableKeyRotation: true,
        deletionWindowInDays: DELETION_WINDOW_DAYS[forceDestroy ? "destroyed" : "kept"],
        policy: JSON.stringify(keyPolicy(args.location, args.logGroupNames)),
        tags: args.tags,
      },
      { parent: this, ...keepUnless(forceDestroy) },
    );
    new aws.kms.Alias(
      `${name}-alias`,
      { name: `alias/${args.environmentName}`, targetKeyId: key.keyId },
      { parent: this },
    );
    this.arn = key.arn;
    this.registerOutputs({ arn: this.arn });
  }
}

/**
 * ARN of the key that a stack's data is encrypted with; undefined when the services use their own.
 *
 * @param encryption the stack's choice; for `own` the key is made
 */
export function encryptionKeyArn(
  name: string,
  encryption: EncryptionChoice,
  args: EncryptionKeyArgs,
): pulumi.Output<string> | undefined {
  switch (encryption.kind) {
    case "aws":
      return undefined;
    case "existing":
      return pulumi.output(encryption.keyArn);
    case "own":
      return new EncryptionKey(name, args).arn;
  }
}

/**
 * Policy of the key. MWAA itself works through grants that it makes when the environment is made;
 * CloudWatch Logs has to be admitted here.
 *
 * Source: https://docs.aws.amazon.com/mwaa/latest/userguide/custom-keys-certs.html
 */
export function keyPolicy(location: Location, logGroupNames: readonly string[]): PolicyDocument {
  return policyDocument(
    {
      Sid: "IamDecides",
      Effect: "Allow",
      Principal: { AWS: `arn:${location.partition}:iam::${location.accountId}:root` },
      // The account hands all decisions about its own key to IAM; without this nobody could mend
      // the policy: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
      Action: "kms:*",
      // In a key policy "*" is the key that it is attached to.
      Resource: "*",
    },
    {
      Sid: "CloudWatchLogs",
      Effect: "Allow",
      Principal: { Service: `logs.${location.region}.${location.dnsSuffix}` },
      Action: [
        "kms:Encrypt",
        "kms:Decrypt",
        "kms:ReEncryptFrom",
        "kms:ReEncryptTo",
        "kms:GenerateDataKey",
        "kms:GenerateDataKeyWithoutPlaintext",
        "kms:GenerateDataKeyPair",
        "kms:GenerateDataKeyPairWithoutPlaintext",
        "kms:DescribeKey",
      ],
      Resource: "*",
      Condition: {
        ArnLike: {
          "kms:EncryptionContext:aws:logs:arn": logGroupNames.map((logGroup) =>
            regionalArn(location, "logs", `log-group:${logGroup}`),
          ),
        },
      },
    },
  );
}
