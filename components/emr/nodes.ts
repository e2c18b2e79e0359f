import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { IamSettings } from "../../checks/iam";
import { rolePrefix } from "../../checks/names";
import { type Location, bucketArn } from "../location";
import type { Folder } from "../plan";
import { type PolicyDocument, type Statement, policyDocument } from "../policyDocument";
import { pathOf, roleDefaults } from "../roleDefaults";
import { sparkStatements } from "../sparkAccess";
import { EMR_LOGS_PREFIX } from "./jobFlow";
import { ec2Service } from "./principals";

/** What steps and notebooks on the clusters of one pipeline read and write. */
export interface NodeAccess {
  /** Prefixes of the data bucket that are read, each with a slash at its end. */
  readonly reads: readonly string[];
  /** Folders in other buckets that are read. */
  readonly readsElsewhere?: readonly Folder[];
  /** Prefixes of the data bucket that are replaced as a whole, each with a slash at its end. */
  readonly writes: readonly string[];
}

export interface NodesArgs {
  readonly location: Location;
  readonly environmentName: string;
  /** Ends the beginning of the role's name. */
  readonly purpose: string;
  readonly access: NodeAccess;
  readonly airflowBucketName: string;
  readonly dataBucketName: string;
  /** `s3://bucket/key` of the certificates. */
  readonly certificateObject?: string;
  /** ARN of the key for S3, disks and logs, when it is not the services' own. */
  readonly kmsKeyArn?: pulumi.Input<string>;
  readonly iam?: IamSettings;
  readonly tags?: Readonly<Record<string, string>>;
}

/** The role that the nodes of one pipeline's clusters work as, with its instance profile. */
export interface Nodes {
  readonly roleArn: pulumi.Output<string>;
  readonly instanceProfileName: pulumi.Output<string>;
}

/**
 * Creates the role and the instance profile of a pipeline's nodes.
 *
 * @param parent the component that they belong to
 */
export function createNodes(args: NodesArgs, parent: pulumi.Resource): Nodes {
  const name = args.purpose;
  const role = new aws.iam.Role(
    name,
    {
      namePrefix: rolePrefix(args.environmentName, args.purpose),
      description: `EMR steps of ${args.environmentName}`,
      assumeRolePolicy: JSON.stringify(ec2Trust(args.location)),
      ...roleDefaults(args.iam),
      tags: args.tags,
    },
    { parent },
  );
  new aws.iam.RolePolicy(
    name,
    {
      role: role.name,
      policy: pulumi
        .output(args.kmsKeyArn)
        .apply((kmsKeyArn) => JSON.stringify(ec2Policy({ ...args, ...args.access, kmsKeyArn }))),
    },
    { parent },
  );
  // EMR looks for a profile by the role's name.
  // https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-iam-role-for-ec2.html
  const profile = new aws.iam.InstanceProfile(
    name,
    { name: role.name, role: role.name, ...pathOf(args.iam), tags: args.tags },
    { parent },
  );
  return { roleArn: role.arn, instanceProfileName: profile.name };
}

/** Trust policy of the nodes' role. EC2 sends neither source account nor source ARN. */
function ec2Trust(location: Location): PolicyDocument {
  return policyDocument({
    Sid: "AssumedByEc2",
    Effect: "Allow",
    Principal: { Service: ec2Service(location) },
    Action: "sts:AssumeRole",
  });
}

/** What the steps of one pipeline do. */
export interface Ec2Permissions extends NodeAccess {
  readonly location: Location;
  readonly airflowBucketName: string;
  readonly dataBucketName: string;
  /** ARN of the key for S3, disks and logs, when it is not the services' own. */
  readonly kmsKeyArn?: string;
  /** `s3://bucket/key` of the certificates. */
  readonly certificateObject?: string;
}

/**
 * Permissions of the nodes: scripts, inputs, outputs, logs, and what encryption needs.
 *
 * Source: https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-iam-role-for-ec2.html
 */
export function ec2Policy(args: Ec2Permissions): PolicyDocument {
  const { location, dataBucketName, kmsKeyArn, certificateObject } = args;
  return policyDocument(
    ...sparkStatements(args),
    {
      Sid: "WriteLogs",
      Effect: "Allow",
      Action: "s3:PutObject",
      Resource: bucketArn(location, dataBucketName, `${EMR_LOGS_PREFIX}*`),
    },
    ...(certificateObject === undefined ? [] : [readCertificates(location, certificateObject)]),
    ...(kmsKeyArn === undefined ? [] : [encryptDisks(kmsKeyArn)]),
  );
}

/** Each node fetches the certificates itself. */
function readCertificates(location: Location, certificateObject: string): Statement {
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(certificateObject) ?? [];
  return {
    Sid: "ReadCertificates",
    Effect: "Allow",
    Action: "s3:GetObject",
    Resource: bucketArn(location, bucket, key),
  };
}

/**
 * A node encrypts its instance stores itself, and so calls KMS through no other service.
 *
 * Source: https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-encryption-enable.html
 */
function encryptDisks(kmsKeyArn: string): Statement {
  return {
    Sid: "EncryptDisks",
    Effect: "Allow",
    Action: [
      "kms:Decrypt",
      "kms:DescribeKey",
      "kms:Encrypt",
      "kms:GenerateDataKey",
      "kms:GenerateDataKeyWithoutPlaintext",
      "kms:ReEncryptFrom",
      "kms:ReEncryptTo",
    ],
    Resource: kmsKeyArn,
  };
}
