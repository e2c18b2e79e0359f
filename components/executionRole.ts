import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { IamSettings } from "../checks/iam";
import { rolePrefix } from "../checks/names";
import { type Location, bucketArn, regionalArn } from "./location";
import {
  type PolicyDocument,
  type Statement,
  policyDocument,
  serviceTrust,
  type UnexercisedGrant,
} from "./policyDocument";
import { iamArn, pathOf, roleDefaults } from "./roleDefaults";
import { type SecretsAccess, readSecrets } from "./secretsBackendAccess";

/** What the environment as such needs of its execution role. */
export interface MwaaPermissions {
  readonly location: Location;
  readonly environmentName: string;
  readonly airflowBucketName: string;
  /** ARN of the environment's key, when it is a customer managed one. */
  readonly kmsKeyArn?: string;
}

/** The statements of one pipeline, or of one service of the platform. */
export interface TaskPermissions {
  /** Ends the policy's name. */
  readonly name: string;
  /** Whose tasks the policy is for, as its description says. */
  readonly purpose: string;
  readonly statements: pulumi.Input<readonly Statement[]>;
  /** See the contract of pipelines. */
  readonly policy: "inline" | "managed";
}

export interface ExecutionRoleArgs extends Omit<MwaaPermissions, "kmsKeyArn">, SecretsAccess {
  readonly kmsKeyArn?: pulumi.Input<string>;
  /** What tasks do, a policy each. */
  readonly permissions: readonly TaskPermissions[];
  /** ARNs of managed policies that the role gets as well. */
  readonly policyArns?: readonly string[];
  /** ARN of a role that is already there and has all of it; then none is made. */
  readonly existingRoleArn?: string;
  readonly iam?: IamSettings;
  readonly tags?: Readonly<Record<string, string>>;
}

/** Pattern of the ARN of an environment's execution role, for what is made before the role. */
export function executionRolePattern(
  location: Location,
  environmentName: string,
  iam?: IamSettings,
): string {
  return iamArn(location, "role", `${rolePrefix(environmentName, "execution")}*`, iam);
}

/** The role that the environment, and so every task, works as. */
export class ExecutionRole extends pulumi.ComponentResource {
  public readonly arn: pulumi.Output<string>;
  /**
   * Policies, as JSON by name, that a role which is there already has to have, and `trust`, its trust
   * policy. None is longer than a managed policy may be; inline, all may be too long together. Undefined
   * where the stack creates the role.
   */
  public readonly requiredPolicies?: Readonly<Record<string, pulumi.Output<string>>>;
  /** Managed policies of the role: ARNs, of the stack's own the names. None of a role that is there already. */
  public readonly managedPolicies: readonly string[];

  public constructor(
    name: string,
    args: ExecutionRoleArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("mwaa:roles:ExecutionRole", name, {}, opts);
    const policies = executionPolicies(args);
    const trust = JSON.stringify(executionTrust(args.location));
    const foreign = args.policyArns ?? [];
    const own = policies.filter(({ policy }) => policy === "managed").map((policy) => policy.name);
    this.managedPolicies = args.existingRoleArn === undefined ? [...own, ...foreign] : [];
    if (args.existingRoleArn === undefined) {
      const role = this.role(name, args, trust);
      for (const policy of policies) {
        if (policy.policy === "inline") {
          new aws.iam.RolePolicy(
            `${name}-${policy.name}`,
            { role: role.name, policy: policy.document },
            { parent: this },
          );
        } else {
          this.attach(`${name}-${policy.name}`, args, role, policy);
        }
      }
      for (const policyArn of foreign) {
        const [owner, place] = policyArn.split(":").slice(4);
        // An account has one policy of a name, whatever its path.
        const policy = place.split("/").slice(-1)[0];
        new aws.iam.RolePolicyAttachment(
          `${name}-given-${owner === "aws" ? "aws-" : ""}${policy}`,
          { role: role.name, policyArn },
          { parent: this },
        );
      }
      this.arn = role.arn;
    } else {
      this.arn = pulumi.output(args.existingRoleArn);
      this.requiredPolicies = {
        trust: pulumi.output(trust),
        ...Object.fromEntries(policies.map((policy) => [policy.name, policy.document])),
      };
    }
    this.registerOutputs({ arn: this.arn, requiredPolicies: this.requiredPolicies });
  }

  private role(name: string, args: ExecutionRoleArgs, assumeRolePolicy: string): aws.iam.Role {
    return new aws.iam.Role(
      `${name}-role`,
      {
        namePrefix: rolePrefix(args.environmentName, "execution"),
        description: `Execution role of the MWAA environment ${args.environmentName}`,
        assumeRolePolicy,
        ...roleDefaults(args.iam),
        tags: args.tags,
      },
      { parent: this },
    );
  }

  private attach(
    name: string,
    { environmentName, iam, tags }: ExecutionRoleArgs,
    role: aws.iam.Role,
    policy: ExecutionPolicy,
  ): void {
    const { arn } = new aws.iam.Policy(
      name,
      {
        namePrefix: `${rolePrefix(environmentName, "execution")}${policy.name}-`,
        description: `Execution role of ${environmentName}: ${policy.purpose}`,
        policy: policy.document,
        ...pathOf(iam),
        tags,
      },
      { parent: this },
    );
    new aws.iam.RolePolicyAttachment(name, { role: role.name, policyArn: arn }, { parent: this });
  }
}

/**
 * Trust policy of an execution role.
 *
 * Source: https://docs.aws.amazon.com/mwaa/latest/userguide/mwaa-create-role.html
 */
function executionTrust(location: Location): PolicyDocument {
  return serviceTrust(location.accountId, "airflow.amazonaws.com", "airflow-env.amazonaws.com");
}

/** A policy of the execution role. */
interface ExecutionPolicy extends Omit<TaskPermissions, "statements"> {
  /** As JSON. */
  readonly document: pulumi.Output<string>;
}

/**
 * Policies of an execution role: what the environment needs, and what tasks do.
 *
 * All of a role's inline policies share 10,240 characters, while a managed policy has 6,144 of its own; a
 * role takes ten.
 *
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
function executionPolicies(args: ExecutionRoleArgs): ExecutionPolicy[] {
  const environment: TaskPermissions = {
    name: "mwaa",
    purpose: "the environment",
    policy: "inline",
    statements: pulumi
      .output(args.kmsKeyArn)
      .apply((kmsKeyArn) => [
        ...mwaaPolicy({ ...args, kmsKeyArn }).Statement,
        ...readSecrets(args.location, args, kmsKeyArn),
      ]),
  };
  return [environment, ...args.permissions].map(({ statements, ...policy }) => ({
    ...policy,
    document: pulumi.output(statements).apply((known) => JSON.stringify(policyDocument(...known))),
  }));
}

/**
 * Permissions that MWAA's documentation asks for, without its wildcards in actions.
 *
 * Left out is the Deny of s3:ListAllMyBuckets on the bucket: the action takes no resource, so the
 * statement denies nothing, and nothing here allows it.
 *
 * Source: https://docs.aws.amazon.com/mwaa/latest/userguide/mwaa-create-role.html
 */
export function mwaaPolicy(args: MwaaPermissions): PolicyDocument {
  const { location, environmentName, airflowBucketName } = args;
  const logGroups = regionalArn(location, "logs", `log-group:airflow-${environmentName}-*`);
  return policyDocument(
    {
      Sid: "PublishHealth",
      Effect: "Allow",
      Action: "airflow:PublishMetrics",
      Resource: regionalArn(location, "airflow", `environment/${environmentName}`),
    },
    ...readAirflowBucket(location, airflowBucketName),
    {
      Sid: "WriteLogs",
      Effect: "Allow",
      Action: [
        "logs:CreateLogStream",
        "logs:CreateLogGroup",
        "logs:PutLogEvents",
        "logs:GetLogEvents",
        "logs:GetLogRecord",
        "logs:GetLogGroupFields",
        "logs:GetQueryResults",
      ],
      // The star at the end covers the streams as well.
      Resource: logGroups,
    },
    {
      Sid: "WithoutResource",
      Effect: "Allow",
      Action: [
        "cloudwatch:PutMetricData",
        "logs:DescribeLogGroups",
        "s3:GetAccountPublicAccessBlock",
      ],
      // None of these takes a resource of the account's.
      Resource: "*",
    },
    {
      Sid: "CeleryQueue",
      Effect: "Allow",
      Action: [
        "sqs:ChangeMessageVisibility",
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
        "sqs:GetQueueUrl",
        "sqs:ReceiveMessage",
        "sqs:SendMessage",
      ],
      // The queue is in an account of the service.
      Resource: `arn:${location.partition}:sqs:${location.region}:*:airflow-celery-*`,
    },
    keyStatement(args),
  );
}

const MWAA_ROLE = "https://docs.aws.amazon.com/mwaa/latest/userguide/mwaa-create-role.html";

/** What of `mwaaPolicy` only MWAA itself uses. */
export const MWAA_UNEXERCISED: readonly UnexercisedGrant[] = [
  {
    statement: "ReadAirflowBucket",
    role: "execution",
    actions: [
      "s3:GetObjectAttributes",
      "s3:GetObjectTagging",
      "s3:GetObjectVersionAttributes",
      "s3:GetObjectVersionTagging",
      "s3:ListMultipartUploadParts",
    ],
    reason: "MWAA asks for s3:GetObject* and s3:List*; what else than objects it reads is its own",
    source: MWAA_ROLE,
  },
  {
    statement: "InspectAirflowBucket",
    role: "execution",
    reason: "MWAA asks for s3:GetBucket* and s3:List*; what it looks at on the bucket is its own",
    source: MWAA_ROLE,
  },
  {
    statement: "WriteLogs",
    role: "execution",
    actions: [
      "logs:CreateLogGroup",
      "logs:GetLogEvents",
      "logs:GetLogRecord",
      "logs:GetLogGroupFields",
      "logs:GetQueryResults",
    ],
    reason: "the stack creates the log groups beforehand; Airflow's interface reads logs on MWAA",
    source: MWAA_ROLE,
  },
];

function readAirflowBucket(location: Location, airflowBucketName: string): Statement[] {
  return [
    {
      // s3:GetObject*, s3:GetBucket* and s3:List* of the documentation, as far as they read a
      // bucket of DAGs: no torrents, replication, locks or annotations.
      Sid: "ReadAirflowBucket",
      Effect: "Allow",
      Action: [
        "s3:GetObject",
        "s3:GetObjectAttributes",
        "s3:GetObjectTagging",
        "s3:GetObjectVersion",
        "s3:GetObjectVersionAttributes",
        "s3:GetObjectVersionTagging",
        "s3:ListMultipartUploadParts",
      ],
      Resource: bucketArn(location, airflowBucketName, "*"),
    },
    {
      Sid: "InspectAirflowBucket",
      Effect: "Allow",
      Action: [
        "s3:GetBucketAcl",
        "s3:GetBucketLocation",
        "s3:GetBucketLogging",
        "s3:GetBucketOwnershipControls",
        "s3:GetBucketPolicy",
        "s3:GetBucketPolicyStatus",
        "s3:GetBucketPublicAccessBlock",
        "s3:GetBucketTagging",
        "s3:GetBucketVersioning",
        "s3:ListBucket",
        "s3:ListBucketMultipartUploads",
        "s3:ListBucketVersions",
      ],
      Resource: bucketArn(location, airflowBucketName),
    },
  ];
}

/** Use of the environment's key: through SQS, and through S3 as well when it is the stack's. */
function keyStatement({ location, kmsKeyArn }: MwaaPermissions): Statement {
  const via = (service: string): string => `${service}.${location.region}.${location.dnsSuffix}`;
  const common = {
    Sid: "EnvironmentKey",
    Effect: "Allow",
    Action: ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"],
  } as const;
  return kmsKeyArn === undefined
    ? {
        ...common,
        // The service's own key is in an account of the service, so: any key but this account's.
        NotResource: `arn:${location.partition}:kms:*:${location.accountId}:key/*`,
        Condition: { StringLike: { "kms:ViaService": [via("sqs")] } },
      }
    : {
        ...common,
        Resource: kmsKeyArn,
        Condition: { StringLike: { "kms:ViaService": [via("sqs"), via("s3")] } },
      };
}
