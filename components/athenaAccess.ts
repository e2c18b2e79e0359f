import { type Location, regionalArn } from "./location";
import type { Statement, UnexercisedGrant } from "./policyDocument";

/** What tasks that query by Athena call, beside S3: it reads tables, and writes results, as the caller. */
export interface AthenaAccess {
  readonly location: Location;
  readonly athenaWorkgroupName: string;
  /** Database of the Glue Data Catalog that the queries' tables are in. */
  readonly databaseName: string;
}

/**
 * Statements for tasks that query tables of a database, and create them: the workgroup, and the catalog.
 *
 * The caller also needs `s3:GetObject` on the tables' data, `s3:GetObject` and `s3:PutObject` on the results, and
 * `s3:GetBucketLocation` and `s3:ListBucket` on their buckets, which depends on the pipeline's prefixes.
 *
 * Sources: https://docs.aws.amazon.com/athena/latest/ug/fine-grained-access-to-glue-resources.html and
 * https://docs.aws.amazon.com/athena/latest/ug/s3-permissions.html
 */
export function athenaStatements(access: AthenaAccess): Statement[] {
  const { location, athenaWorkgroupName, databaseName } = access;
  const catalog = (resource: string) => regionalArn(location, "glue", resource);
  return [
    {
      Sid: "QueryAthena",
      Effect: "Allow",
      Action: [
        "athena:StartQueryExecution",
        "athena:GetQueryExecution",
        "athena:StopQueryExecution",
      ],
      Resource: regionalArn(location, "athena", `workgroup/${athenaWorkgroupName}`),
    },
    {
      Sid: "FindDatabase",
      Effect: "Allow",
      Action: "glue:GetDatabase",
      Resource: [
        catalog("catalog"),
        catalog(`database/${databaseName}`),
        // Athena looks at the default database before any query.
        catalog("database/default"),
      ],
    },
    {
      Sid: "UseTables",
      Effect: "Allow",
      Action: [
        "glue:GetTable",
        "glue:GetTables",
        "glue:GetPartition",
        "glue:GetPartitions",
        "glue:CreateTable",
      ],
      Resource: [
        catalog("catalog"),
        catalog(`database/${databaseName}`),
        catalog(`table/${databaseName}/*`),
      ],
    },
  ];
}

const CATALOG =
  "https://docs.aws.amazon.com/athena/latest/ug/fine-grained-access-to-glue-resources.html";

/** What of `athenaStatements` a run that goes well does not use. */
export const ATHENA_UNEXERCISED: readonly UnexercisedGrant[] = [
  {
    statement: "QueryAthena",
    role: "execution",
    actions: ["athena:StopQueryExecution"],
    reason: "called where a task is killed while its query runs",
    otherRuns: true,
    source: "https://docs.aws.amazon.com/athena/latest/APIReference/API_StopQueryExecution.html",
  },
  {
    statement: "FindDatabase",
    role: "execution",
    resource: "database/default",
    reason: "Athena looks at the default database before a query",
    source: CATALOG,
  },
  {
    statement: "UseTables",
    role: "execution",
    actions: ["glue:GetTables", "glue:GetPartition", "glue:GetPartitions"],
    reason: "Athena asks the catalog so where it plans a query",
    source: CATALOG,
  },
];
