/** Why no run of the demo uses a grant that the program gives. */
export interface Reason {
  readonly reason: string;
  /** A run that goes wrong, or goes on from an earlier one, uses it on a laptop too: `npm run test:access` makes them. */
  readonly otherRuns?: boolean;
  /** Page of AWS's that asks for it. */
  readonly source: string;
}

interface Unexercised extends Reason {
  /** Sid of the statements. */
  readonly statement: string;
  /** What the role is for, as in its name. Default: whichever has the statement. */
  readonly role?: string;
  /** Default: all of the statement's. */
  readonly actions?: readonly string[];
  /** What the resource contains. Default: whichever. */
  readonly resource?: string;
}

const MWAA = "https://docs.aws.amazon.com/mwaa/latest/userguide/mwaa-create-role.html";
const ATHENA =
  "https://docs.aws.amazon.com/athena/latest/ug/fine-grained-access-to-glue-resources.html";
const MULTIPART = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html";
const EMR_NODES =
  "https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-iam-role-for-ec2.html";
const NOTEBOOKS =
  "https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-managed-notebooks-service-role.html";
const CRAWLERS = "https://docs.aws.amazon.com/glue/latest/dg/crawler-prereqs.html";
const LOG_ARNS =
  "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html";

/** Grants whose use is in something that a laptop has not, or that no run which goes well does. */
const UNEXERCISED: readonly Unexercised[] = [
  {
    statement: "ReadAirflowBucket",
    actions: [
      "s3:GetObjectAttributes",
      "s3:GetObjectTagging",
      "s3:GetObjectVersionAttributes",
      "s3:GetObjectVersionTagging",
      "s3:ListMultipartUploadParts",
    ],
    reason: "MWAA asks for s3:GetObject* and s3:List*; what else than objects it reads is its own",
    source: MWAA,
  },
  {
    statement: "InspectAirflowBucket",
    reason: "MWAA asks for s3:GetBucket* and s3:List*; what it looks at on the bucket is its own",
    source: MWAA,
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
    reason:
      "the stack makes the log groups beforehand, and Airflow on a laptop shows logs from its disk",
    source: MWAA,
  },
  {
    statement: "MakeRoleOfEMRCleanup",
    reason: "the service-linked role is made with an account's first cluster",
    source:
      "https://docs.aws.amazon.com/emr/latest/ManagementGuide/using-service-linked-roles-cleanup.html",
  },
  {
    statement: "UseClusters",
    actions: ["elasticmapreduce:CancelSteps"],
    reason: "called where a task is killed while its step runs",
    otherRuns: true,
    source: "https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-cancel-steps.html",
  },
  {
    statement: "FollowTransform",
    actions: ["states:StopExecution"],
    reason: "called where a task is killed while the state machine runs",
    otherRuns: true,
    source: "https://docs.aws.amazon.com/step-functions/latest/apireference/API_StopExecution.html",
  },
  {
    statement: "QueryAthena",
    actions: ["athena:StopQueryExecution"],
    reason: "called where a task is killed while its query runs",
    otherRuns: true,
    source: "https://docs.aws.amazon.com/athena/latest/APIReference/API_StopQueryExecution.html",
  },
  {
    statement: "FollowStatements",
    actions: ["redshift-data:CancelStatement"],
    reason: "called where a task is killed while its statement runs",
    otherRuns: true,
    source:
      "https://docs.aws.amazon.com/redshift-data/latest/APIReference/API_CancelStatement.html",
  },
  {
    statement: "FollowExecutions",
    actions: ["elasticmapreduce:StopNotebookExecution"],
    reason: "called where a task is killed while its notebook runs",
    otherRuns: true,
    source: "https://docs.aws.amazon.com/emr/latest/APIReference/API_StopNotebookExecution.html",
  },
  {
    statement: "StartOfEditors",
    reason: "asked for where a notebook is one of a Studio workspace, of which a laptop has none",
    source:
      "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticmapreduce.html",
  },
  {
    statement: "PublishNotices",
    reason: "called where a run fails",
    otherRuns: true,
    source: "https://docs.aws.amazon.com/mwaa/latest/userguide/samples-sns.html",
  },
  {
    statement: "LoadRawFiles",
    actions: ["s3:AbortMultipartUpload"],
    reason: "called where an upload of more than 8 MiB is broken off",
    source: MULTIPART,
  },
  {
    statement: "ReadAndWriteData",
    actions: ["s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
    reason: "called where a large upload is broken off; Athena writes large results so",
    source: "https://docs.aws.amazon.com/athena/latest/ug/s3-permissions.html",
  },
  {
    statement: "FindData",
    actions: ["s3:ListBucketMultipartUploads"],
    reason: "Athena looks for its unfinished uploads",
    source: "https://docs.aws.amazon.com/athena/latest/ug/s3-permissions.html",
  },
  {
    statement: "FindDatabase",
    role: "execution",
    resource: "database/default",
    reason: "Athena looks at the default database; the local engine has no need to",
    source: ATHENA,
  },
  {
    statement: "UseTables",
    actions: ["glue:GetTables", "glue:GetPartition", "glue:GetPartitions"],
    reason: "Athena asks the catalog so where it plans a query; the local engine asks for tables",
    source: ATHENA,
  },
  {
    statement: "ListScripts",
    reason: "a file system of Hadoop lists the folder of a script that is not there",
    source: EMR_NODES,
  },
  {
    statement: "MarkFolders",
    reason: "EMRFS marks folders by objects; Hadoop's own file system for S3 does not",
    source: EMR_NODES,
  },
  {
    statement: "ReplaceOutputs",
    actions: ["s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
    reason: "called where an upload of a large file is broken off",
    source: MULTIPART,
  },
  {
    statement: "FindBuckets",
    role: "emr-ec2",
    reason: "EMRFS finds a bucket's region, and uploads that were broken off",
    source: EMR_NODES,
  },
  {
    statement: "FindBuckets",
    role: "glue-job",
    reason: "Glue finds a bucket's region, and uploads that were broken off",
    source: "https://docs.aws.amazon.com/glue/latest/dg/create-service-policy.html",
  },
  {
    statement: "FindBucket",
    role: "crawler",
    reason: "Glue finds the bucket's region; there is one here",
    source: CRAWLERS,
  },
  {
    statement: "FindBucket",
    role: "redshift-copy",
    reason: "COPY finds the bucket's region; there is one here",
    source:
      "https://docs.aws.amazon.com/redshift/latest/dg/copy-usage_notes-access-permissions.html",
  },
  {
    statement: "EnterTables",
    actions: ["glue:UpdateTable"],
    reason: "called at a second crawl, where columns have changed",
    otherRuns: true,
    source: CRAWLERS,
  },
  {
    statement: "EnterTables",
    actions: [
      "glue:GetTable",
      "glue:GetPartition",
      "glue:GetPartitions",
      "glue:BatchGetPartition",
      "glue:BatchCreatePartition",
      "glue:UpdatePartition",
    ],
    reason:
      "asked for by Glue itself, and for tables with partitions; here all tables are asked for at once",
    source: CRAWLERS,
  },
  {
    statement: "WriteLogs",
    role: "crawler",
    reason: "of the group and its streams, a call is about one; the group is there from then on",
    source: LOG_ARNS,
  },
  {
    statement: "WriteLogs",
    role: "glue-job",
    reason: "of the group and its streams, a call is about one; the stack makes the groups",
    source: LOG_ARNS,
  },
  {
    statement: "PublishMetrics",
    role: "glue-job",
    reason: "Glue measures its own Spark, which a laptop does not have",
    source:
      "https://docs.aws.amazon.com/glue/latest/dg/monitoring-awsglue-with-cloudwatch-metrics.html",
  },
  {
    statement: "StoreExecutedNotebooks",
    actions: ["s3:DeleteObject", "s3:GetObject"],
    reason: "EMR keeps a notebook up to date while it runs; here it is written at the end",
    source: NOTEBOOKS,
  },
  {
    statement: "ListNotebooks",
    reason: "EMR lists the folder of a notebook; here the one file is read",
    source: NOTEBOOKS,
  },
  {
    statement: "FindBuckets",
    role: "notebook",
    reason: "EMR finds a bucket's region and encryption",
    source: NOTEBOOKS,
  },
  {
    statement: "FindCluster",
    actions: ["elasticmapreduce:ListSteps"],
    reason: "EMR looks whether the cluster has steps to do",
    source: NOTEBOOKS,
  },
  ...[
    "FindNetwork",
    "LendAndRemoveInterfaces",
    "PutGroupOnPrimaryNode",
    "OpenPortBetweenGroups",
    "TagInterfaces",
  ].map((statement) => ({
    statement,
    reason: "a laptop has no network interfaces of EMR's",
    source: NOTEBOOKS,
  })),
  {
    statement: "RunJob",
    actions: ["glue:BatchStopJobRun"],
    reason: "called where an execution is stopped while its job runs",
    otherRuns: true,
    source: "https://docs.aws.amazon.com/step-functions/latest/dg/connect-glue.html",
  },
  {
    statement: "RunJob",
    actions: ["glue:GetJobRuns"],
    reason: "AWS asks for it where an execution waits for its job; here one run is looked at",
    source: "https://docs.aws.amazon.com/step-functions/latest/dg/connect-glue.html",
  },
  {
    statement: "Trace",
    reason: "a laptop has no X-Ray",
    source: "https://docs.aws.amazon.com/step-functions/latest/dg/concepts-xray-tracing.html",
  },
  ...["WriteFlowLogs", "FindLogGroup"].map((statement) => ({
    statement,
    reason: "a laptop's VPC has no traffic",
    source: "https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html",
  })),
];

/** What of a grant decides whether it is on the list. */
export interface Named {
  /** Name of the role. */
  readonly role: string;
  /** Sid of the statement. */
  readonly statement: string;
  readonly action: string;
  readonly resource: string;
}

/** Why no run of the demo uses a grant; undefined where one should. */
export function reasonFor(grant: Named): Reason | undefined {
  return UNEXERCISED.find((listed) => covers(listed, grant));
}

function covers(listed: Unexercised, { role, statement, action, resource }: Named): boolean {
  return (
    listed.statement === statement &&
    (listed.role === undefined || role.includes(`-${listed.role}-`)) &&
    (listed.actions === undefined || listed.actions.includes(action)) &&
    (listed.resource === undefined || resource.includes(listed.resource))
  );
}

/** Entries for what a laptop cannot use that none of the grants needs, by their statement: they would hide a grant. */
export function needless(unused: readonly Named[]): string[] {
  return UNEXERCISED.filter(
    (listed) => listed.otherRuns !== true && !unused.some((grant) => covers(listed, grant)),
  ).map(({ statement, role }) => (role === undefined ? statement : `${statement} of ${role}`));
}
