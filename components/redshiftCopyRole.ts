import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { IamSettings } from "../checks/iam";
import { rolePrefix } from "../checks/names";
import { type Location, bucketArn, regionalArn } from "./location";
import {
  type PolicyDocument,
  type Statement,
  type UnexercisedGrant,
  policyDocument,
} from "./policyDocument";
import { roleDefaults } from "./roleDefaults";
import { decryptThroughS3 } from "./sparkAccess";

export interface RedshiftCopyRoleArgs {
  readonly location: Location;
  readonly environmentName: string;
  readonly dataBucketName: string;
  /** Prefixes of the data bucket that are loaded, each with a slash at its end. */
  readonly prefixes: readonly string[];
  /** ARN of the key that the data bucket's objects are encrypted with, when it is not S3's own. */
  readonly kmsKeyArn?: pulumi.Input<string>;
  readonly iam?: IamSettings;
  readonly tags?: Readonly<Record<string, string>>;
}

/** The role that Redshift reads what it loads with, and nothing else. */
export class RedshiftCopyRole extends pulumi.ComponentResource {
  public readonly arn: pulumi.Output<string>;

  public constructor(
    name: string,
    args: RedshiftCopyRoleArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("mwaa:roles:RedshiftCopyRole", name, {}, opts);
    const role = new aws.iam.Role(
      `${name}-role`,
      {
        namePrefix: rolePrefix(args.environmentName, "redshift-copy"),
        description: `COPY role of ${args.environmentName}: reads cleaned results`,
        assumeRolePolicy: JSON.stringify(copyTrust(args.location)),
        ...roleDefaults(args.iam),
        tags: args.tags,
      },
      { parent: this },
    );
    new aws.iam.RolePolicy(
      `${name}-read`,
      {
        role: role.name,
        policy: pulumi
          .output(args.kmsKeyArn)
          .apply((kmsKeyArn) => JSON.stringify(copyPolicy({ ...args, kmsKeyArn }))),
      },
      { parent: this },
    );
    this.arn = role.arn;
    this.registerOutputs({ arn: this.arn });
  }
}

/**
 * Trust policy of the COPY role.
 *
 * Serverless wants both services trusted. Redshift sends the ARN of the database user as external
 * id; that it also sends aws:SourceAccount is not documented, so neither key is demanded, but what is
 * sent has to be of this account.
 *
 * Sources: https://docs.aws.amazon.com/redshift/latest/mgmt/serverless-security-other-services.html
 * and https://docs.aws.amazon.com/redshift/latest/mgmt/authorizing-redshift-service-database-users.html
 */
export function copyTrust(location: Location): PolicyDocument {
  return policyDocument({
    Sid: "AssumedByRedshift",
    Effect: "Allow",
    Principal: { Service: ["redshift.amazonaws.com", "redshift-serverless.amazonaws.com"] },
    Action: "sts:AssumeRole",
    Condition: {
      StringEqualsIfExists: { "aws:SourceAccount": location.accountId },
      StringLikeIfExists: { "sts:ExternalId": regionalArn(location, "redshift", "dbuser:*") },
    },
  });
}

/** What COPY loads. */
export interface CopyPermissions extends Pick<
  RedshiftCopyRoleArgs,
  "location" | "dataBucketName" | "prefixes"
> {
  readonly kmsKeyArn?: string;
}

/** Permissions of the COPY role: the prefixes that pipelines load from. */
export function copyPolicy({
  location,
  dataBucketName,
  prefixes,
  kmsKeyArn,
}: CopyPermissions): PolicyDocument {
  // https://docs.aws.amazon.com/redshift/latest/dg/copy-usage_notes-access-permissions.html
  return policyDocument(
    ...(prefixes.length === 0 ? [] : readPrefixes(location, dataBucketName, prefixes)),
    {
      Sid: "FindBucket",
      Effect: "Allow",
      Action: "s3:GetBucketLocation",
      Resource: bucketArn(location, dataBucketName),
    },
    ...(kmsKeyArn === undefined ? [] : [decryptThroughS3(location, kmsKeyArn)]),
  );
}

function readPrefixes(
  location: Location,
  dataBucketName: string,
  prefixes: readonly string[],
): Statement[] {
  return [
    {
      Sid: "ReadCleanResults",
      Effect: "Allow",
      Action: "s3:GetObject",
      Resource: prefixes.map((prefix) => bucketArn(location, dataBucketName, `${prefix}*`)),
    },
    {
      Sid: "ListCleanResults",
      Effect: "Allow",
      Action: "s3:ListBucket",
      Resource: bucketArn(location, dataBucketName),
      Condition: { StringLike: { "s3:prefix": prefixes.map((prefix) => `${prefix}*`) } },
    },
  ];
}

/** What of the COPY role no run uses. */
export const COPY_UNEXERCISED: readonly UnexercisedGrant[] = [
  {
    statement: "FindBucket",
    role: "redshift-copy",
    reason: "COPY finds the region of a bucket that is in another one",
    source:
      "https://docs.aws.amazon.com/redshift/latest/dg/copy-usage_notes-access-permissions.html",
  },
];
