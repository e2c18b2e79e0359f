import * as pulumi from "@pulumi/pulumi";
import { type Location, regionalArn } from "./location";
import type { Statement, UnexercisedGrant } from "./policyDocument";
import type { DataApiTarget } from "./redshiftTarget";

/** `DataApiTarget` with its names known. */
export type DataApiAccess = pulumi.Unwrap<DataApiTarget>;

/** Names of a target as a stack gives them out. */
export function dataApiNames(target: DataApiTarget): {
  readonly workgroupName?: pulumi.Output<string>;
  readonly clusterIdentifier?: pulumi.Output<string>;
  readonly dbUser?: string;
} {
  return target.kind === "workgroup"
    ? { workgroupName: target.name }
    : { clusterIdentifier: target.identifier, dbUser: target.dbUser };
}

/** The Airflow Variables that `mwaalib.redshift` reads. */
export function redshiftVariables(
  target: DataApiTarget,
  database: string,
): Record<string, pulumi.Input<string>> {
  return {
    ...(target.kind === "workgroup"
      ? {
          redshift_workgroup: target.name,
          ...(target.secret === undefined ? {} : { redshift_secret_arn: target.secret.arn }),
        }
      : { redshift_cluster: target.identifier, redshift_db_user: target.dbUser }),
    redshift_db: database,
  };
}

/**
 * Statements for running SQL through the Redshift Data API.
 *
 * Source: https://docs.aws.amazon.com/redshift/latest/mgmt/data-api-access.html
 */
export function redshiftStatements(
  location: Location,
  target: DataApiAccess,
  database: string,
): Statement[] {
  const run: Statement = {
    Sid: "RunStatements",
    Effect: "Allow",
    Action: ["redshift-data:ExecuteStatement", "redshift-data:BatchExecuteStatement"],
    Resource: targetArn(location, target),
  };
  const follow: Statement = {
    Sid: "FollowStatements",
    Effect: "Allow",
    Action: ["redshift-data:DescribeStatement", "redshift-data:CancelStatement"],
    // None of these takes a resource. Only who ran a statement can follow it anyway; the condition
    // key for that holds the session's name, and a task's retry may be in another session.
    Resource: "*",
  };
  return [run, follow, ...logIn(location, target, database)];
}

/**
 * Statements for what the Data API logs in with, as the caller: a secret, or temporary credentials.
 *
 * Source: https://docs.aws.amazon.com/redshift/latest/mgmt/data-api-access.html#data-api-secrets
 */
function logIn(location: Location, target: DataApiAccess, database: string): Statement[] {
  if (target.kind === "cluster") {
    return [
      {
        Sid: "LogInToCluster",
        Effect: "Allow",
        Action: "redshift:GetClusterCredentials",
        Resource: [
          regionalArn(location, "redshift", `dbuser:${target.identifier}/${target.dbUser}`),
          regionalArn(location, "redshift", `dbname:${target.identifier}/${database}`),
        ],
      },
    ];
  }
  if (target.secret === undefined) {
    return [
      {
        Sid: "LogInToWorkgroup",
        Effect: "Allow",
        Action: "redshift-serverless:GetCredentials",
        Resource: target.arn,
      },
    ];
  }
  const { arn, kmsKeyArn } = target.secret;
  return [
    {
      Sid: "LogInAsAdministrator",
      Effect: "Allow",
      Action: "secretsmanager:GetSecretValue",
      Resource: arn,
    },
    ...(kmsKeyArn === undefined
      ? []
      : [
          {
            Sid: "DecryptSecret",
            Effect: "Allow",
            Action: "kms:Decrypt",
            Resource: kmsKeyArn,
            Condition: {
              StringEquals: {
                "kms:ViaService": `secretsmanager.${location.region}.${location.dnsSuffix}`,
              },
            },
          } as const,
        ]),
  ];
}

/**
 * What statements are run on. A cluster's is made of its name, since it also has the ARN of its namespace.
 *
 * Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonredshiftdataapi.html
 */
function targetArn(location: Location, target: DataApiAccess): string {
  return target.kind === "workgroup"
    ? target.arn
    : regionalArn(location, "redshift", `cluster:${target.identifier}`);
}

/** What of `redshiftStatements` a run that goes well does not use. */
export const REDSHIFT_UNEXERCISED: readonly UnexercisedGrant[] = [
  {
    statement: "DecryptSecret",
    role: "execution",
    // Only the administrator of a namespace that has a key logs in with a secret.
    bySettings: true,
    reason:
      "Secrets Manager decrypts a secret as whoever reads it; the laptop's Redshift keeps no password",
    source: "https://docs.aws.amazon.com/kms/latest/developerguide/services-secrets-manager.html",
  },
  {
    statement: "FollowStatements",
    role: "execution",
    actions: ["redshift-data:CancelStatement"],
    reason: "called where a task is killed while its statement runs",
    otherRuns: true,
    source:
      "https://docs.aws.amazon.com/redshift-data/latest/APIReference/API_CancelStatement.html",
  },
];
