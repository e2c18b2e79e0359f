import type { EmrSettings } from "../../checks/emr";
import type { Location } from "../location";
import { type PolicyDocument, type Statement, policyDocument } from "../policyDocument";
import { ec2Service, passRole, serviceLinkedRole } from "./principals";

/** What the service role does beside AmazonEMRServicePolicy_v2. */
export interface ServicePermissions {
  readonly location: Location;
  /** Roles of the nodes. */
  readonly nodeRoleArns: readonly string[];
  readonly coreMarket: EmrSettings["coreMarket"];
  readonly kmsKeyArn?: string;
}

/**
 * Permissions of the service role beside the managed policy, which passes only the account's default
 * role to nodes.
 *
 * Source: https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-iam-role.html
 */
export function servicePolicy(args: ServicePermissions): PolicyDocument {
  const { location, nodeRoleArns, coreMarket, kmsKeyArn } = args;
  return policyDocument(
    ...(nodeRoleArns.length === 0
      ? []
      : [passRole("PassRoleToNodes", nodeRoleArns, ec2Service(location))]),
    ...(coreMarket === "SPOT" ? [serviceLinkedRole(location, "spot", "EC2Spot")] : []),
    ...(kmsKeyArn === undefined ? [] : encryptVolumes(kmsKeyArn)),
  );
}

/**
 * EC2 encrypts the volumes for whoever starts the instance: EMR, as its service role.
 *
 * Source: https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption-requirements.html
 */
function encryptVolumes(kmsKeyArn: string): Statement[] {
  return [
    {
      Sid: "EncryptVolumes",
      Effect: "Allow",
      Action: [
        "kms:Decrypt",
        "kms:DescribeKey",
        "kms:GenerateDataKeyWithoutPlaintext",
        "kms:ReEncryptFrom",
        "kms:ReEncryptTo",
      ],
      Resource: kmsKeyArn,
    },
    {
      Sid: "GrantKeyToVolumes",
      Effect: "Allow",
      Action: "kms:CreateGrant",
      Resource: kmsKeyArn,
      Condition: { Bool: { "kms:GrantIsForAWSResource": "true" } },
    },
  ];
}
