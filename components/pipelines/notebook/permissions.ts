import { OWNER_TAG } from "../../emr/jobFlow";
import { emrService } from "../../emr/principals";
import { type Location, bucketArn, regionalArn } from "../../location";
import {
  type PolicyDocument,
  type Statement,
  type UnexercisedGrant,
  policyDocument,
} from "../../policyDocument";
import { keyThroughS3 } from "../../sparkAccess";
import { NOTEBOOKS_PREFIX, PREFIXES, reviewsFolder, s3Folder } from "./folders";
import type { NotebookSettings } from "./settings";

/** Tags that EMR puts on the network interfaces of a notebook. */
const INTERFACE_TAGS = ["aws:elasticmapreduce:editor-id", "aws:elasticmapreduce:job-flow-id"];

/**
 * Trust policy of the notebooks' role: EMR, for this account's and region's executions.
 *
 * Source: https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-managed-notebooks-service-role.html
 */
export function notebookTrust(location: Location): PolicyDocument {
  return policyDocument({
    Sid: "AssumedByEmr",
    Effect: "Allow",
    Principal: { Service: emrService(location) },
    Action: "sts:AssumeRole",
    Condition: {
      StringEquals: { "aws:SourceAccount": location.accountId },
      ArnLike: { "aws:SourceArn": regionalArn(location, "elasticmapreduce", "*") },
    },
  });
}

/** What the notebooks' role does. */
export interface NotebookPermissions {
  readonly location: Location;
  readonly airflowBucketName: string;
  readonly dataBucketName: string;
  readonly vpcId: string;
  /** The groups of notebooks and of primary nodes. */
  readonly groupIds: readonly string[];
  readonly notebook: NotebookSettings;
  /** ARN of the key of the buckets' objects, when it is not S3's own. */
  readonly kmsKeyArn?: string;
}

/**
 * Permissions of the notebooks' role: AmazonElasticMapReduceEditorsRole as far as a stack with
 * groups of its own needs it, and the notebooks in the two buckets instead of all of S3. The code
 * in a notebook does not work as this role, but as the cluster's nodes.
 *
 * Sources: https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-managed-notebooks-service-role.html,
 * https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonElasticMapReduceEditorsRole.html
 * and, for what may be narrowed, https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-studio-service-role.html
 */
export function notebookPolicy(args: NotebookPermissions): PolicyDocument {
  const { location, kmsKeyArn } = args;
  return policyDocument(
    ...storeNotebooks(args),
    ...findNetwork(location),
    ...manageInterfaces(args),
    ...workspaceStatements(location, args.notebook),
    ...(kmsKeyArn === undefined ? [] : [keyThroughS3(location, kmsKeyArn)]),
  );
}

function storeNotebooks(args: NotebookPermissions): Statement[] {
  const { location, airflowBucketName, dataBucketName } = args;
  const executed = PREFIXES.executed.prefix;
  return [
    {
      Sid: "ReadNotebooks",
      Effect: "Allow",
      Action: "s3:GetObject",
      Resource: bucketArn(location, airflowBucketName, `${NOTEBOOKS_PREFIX}*`),
    },
    {
      Sid: "StoreExecutedNotebooks",
      Effect: "Allow",
      Action: ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
      Resource: bucketArn(location, dataBucketName, `${executed}*`),
    },
    {
      Sid: "ListNotebooks",
      Effect: "Allow",
      Action: "s3:ListBucket",
      Resource: [airflowBucketName, dataBucketName].map((bucket) => bucketArn(location, bucket)),
      Condition: { StringLike: { "s3:prefix": [`${NOTEBOOKS_PREFIX}*`, `${executed}*`] } },
    },
    {
      Sid: "FindBuckets",
      Effect: "Allow",
      Action: ["s3:GetBucketLocation", "s3:GetEncryptionConfiguration"],
      Resource: [airflowBucketName, dataBucketName].map((bucket) => bucketArn(location, bucket)),
    },
  ];
}

function findNetwork(location: Location): Statement[] {
  return [
    {
      Sid: "FindCluster",
      Effect: "Allow",
      Action: [
        "elasticmapreduce:DescribeCluster",
        "elasticmapreduce:ListInstances",
        "elasticmapreduce:ListSteps",
      ],
      Resource: regionalArn(location, "elasticmapreduce", "cluster/*"),
    },
    {
      Sid: "FindNetwork",
      Effect: "Allow",
      Action: [
        "ec2:DescribeInstances",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets",
        "ec2:DescribeTags",
        "ec2:DescribeVpcs",
      ],
      // The actions take no resource.
      Resource: "*",
    },
  ];
}

/** A notebook has a network interface in the VPC, and the primary node gets the engine's group. */
function manageInterfaces(args: NotebookPermissions): Statement[] {
  const ec2 = (resource: string): string => regionalArn(args.location, "ec2", resource);
  const interfaces = ec2("network-interface/*");
  const inVpc = { ArnEquals: { "ec2:Vpc": ec2(`vpc/${args.vpcId}`) } };
  return [
    {
      Sid: "CreateNetworkInterfaces",
      Effect: "Allow",
      Action: "ec2:CreateNetworkInterface",
      Resource: interfaces,
    },
    {
      Sid: "CreateNetworkInterfacesInVpc",
      Effect: "Allow",
      Action: "ec2:CreateNetworkInterface",
      Resource: [ec2("security-group/*"), ec2("subnet/*")],
      Condition: inVpc,
    },
    {
      Sid: "ManageNetworkInterfaces",
      Effect: "Allow",
      Action: [
        "ec2:CreateNetworkInterfacePermission",
        "ec2:DeleteNetworkInterface",
        "ec2:DeleteNetworkInterfacePermission",
      ],
      Resource: interfaces,
      Condition: inVpc,
    },
    {
      // The engine's group is put on the primary node. AWS has this one stay without condition.
      Sid: "PutGroupOnPrimaryNode",
      Effect: "Allow",
      Action: "ec2:ModifyNetworkInterfaceAttribute",
      Resource: [ec2("instance/*"), interfaces, ec2("security-group/*")],
    },
    {
      // EMR sees to it that the two groups let each other in.
      Sid: "OpenPortBetweenGroups",
      Effect: "Allow",
      Action: ["ec2:AuthorizeSecurityGroupEgress", "ec2:AuthorizeSecurityGroupIngress"],
      Resource: args.groupIds.map((id) => ec2(`security-group/${id}`)),
    },
    {
      Sid: "TagInterfaces",
      Effect: "Allow",
      Action: "ec2:CreateTags",
      Resource: interfaces,
      Condition: { "ForAllValues:StringEquals": { "aws:TagKeys": INTERFACE_TAGS } },
    },
  ];
}

/** A notebook of a workspace is read where the workspace is stored, and its outcome stored there. */
function workspaceStatements(
  location: Location,
  { editorLocation }: NotebookSettings,
): Statement[] {
  const folder = s3Folder(editorLocation);
  return folder === undefined
    ? []
    : [
        {
          Sid: "UseWorkspace",
          Effect: "Allow",
          Action: ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
          Resource: bucketArn(location, folder.bucket, `${folder.prefix}*`),
        },
        {
          Sid: "ListWorkspace",
          Effect: "Allow",
          Action: "s3:ListBucket",
          Resource: bucketArn(location, folder.bucket),
          Condition: { StringLike: { "s3:prefix": `${folder.prefix}*` } },
        },
        {
          Sid: "FindWorkspace",
          Effect: "Allow",
          Action: ["s3:GetBucketLocation", "s3:GetEncryptionConfiguration"],
          Resource: bucketArn(location, folder.bucket),
        },
      ];
}

/** What tasks that have notebooks executed need beside a cluster. */
export interface NotebookCallerPermissions {
  readonly location: Location;
  readonly environmentName: string;
  readonly serviceRoleArn: string;
  readonly dataBucketName: string;
  readonly notebook: NotebookSettings;
}

/**
 * Statements for tasks: start, follow and stop executions, and look whether there is any input.
 *
 * Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticmapreduce.html
 */
export function notebookStatements(args: NotebookCallerPermissions): Statement[] {
  const { location, environmentName, notebook } = args;
  const emr = (resource: string): string => regionalArn(location, "elasticmapreduce", resource);
  const owned = {
    StringEquals: { [`elasticmapreduce:ResourceTag/${OWNER_TAG}`]: environmentName },
  };
  const input = reviewsFolder(args.dataBucketName, notebook.inputLocation);
  return [
    {
      Sid: "StartExecutions",
      Effect: "Allow",
      Action: "elasticmapreduce:StartNotebookExecution",
      Resource: emr("cluster/*"),
      Condition: owned,
    },
    {
      // The reference has the action need an editor too, and says of none that a request without
      // one is judged by another.
      Sid: "StartOfEditors",
      Effect: "Allow",
      Action: "elasticmapreduce:StartNotebookExecution",
      Resource: emr(`editor/${notebook.editorId === "" ? "*" : notebook.editorId}`),
    },
    {
      // StartNotebookExecution wants it where a request has tags.
      Sid: "TagExecutions",
      Effect: "Allow",
      Action: "elasticmapreduce:AddTags",
      Resource: emr("notebook-execution/*"),
      Condition: { StringEquals: { [`aws:RequestTag/${OWNER_TAG}`]: environmentName } },
    },
    {
      Sid: "FollowExecutions",
      Effect: "Allow",
      Action: [
        "elasticmapreduce:DescribeNotebookExecution",
        "elasticmapreduce:StopNotebookExecution",
      ],
      Resource: emr("notebook-execution/*"),
      Condition: owned,
    },
    {
      Sid: "FindExecutions",
      Effect: "Allow",
      Action: "elasticmapreduce:ListNotebookExecutions",
      // The action takes no resource.
      Resource: "*",
    },
    {
      Sid: "PassNotebookRole",
      Effect: "Allow",
      Action: "iam:PassRole",
      Resource: args.serviceRoleArn,
      Condition: { StringEquals: { "iam:PassedToService": emrService(location) } },
    },
    {
      Sid: "FindReviews",
      Effect: "Allow",
      Action: "s3:ListBucket",
      Resource: bucketArn(location, input.bucket),
      Condition: { StringLike: { "s3:prefix": `${input.prefix}*` } },
    },
  ];
}

const SERVICE_ROLE =
  "https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-managed-notebooks-service-role.html";

/** What the notebook's role and the tasks do not use in a run that goes well. */
export const NOTEBOOK_UNEXERCISED: readonly UnexercisedGrant[] = [
  {
    statement: "StoreExecutedNotebooks",
    role: "notebook",
    actions: ["s3:DeleteObject", "s3:GetObject"],
    reason: "EMR keeps a notebook up to date while it runs",
    source: SERVICE_ROLE,
  },
  {
    statement: "ListNotebooks",
    role: "notebook",
    reason: "EMR lists the folder of a notebook",
    source: SERVICE_ROLE,
  },
  {
    statement: "FindBuckets",
    role: "notebook",
    reason: "EMR finds a bucket's region and encryption",
    source: SERVICE_ROLE,
  },
  {
    statement: "FindCluster",
    role: "notebook",
    actions: ["elasticmapreduce:ListSteps"],
    reason: "EMR looks whether the cluster has steps to do",
    source: SERVICE_ROLE,
  },
  ...[
    "FindNetwork",
    "ManageNetworkInterfaces",
    "PutGroupOnPrimaryNode",
    "OpenPortBetweenGroups",
    "TagInterfaces",
  ].map((statement) => ({
    statement,
    role: "notebook",
    reason: "EMR connects a notebook with its cluster by network interfaces of its own",
    source: SERVICE_ROLE,
  })),
  {
    statement: "FollowExecutions",
    role: "execution",
    actions: ["elasticmapreduce:StopNotebookExecution"],
    reason: "called where a task is killed while its notebook runs",
    otherRuns: true,
    source: "https://docs.aws.amazon.com/emr/latest/APIReference/API_StopNotebookExecution.html",
  },
  {
    statement: "StartOfEditors",
    role: "execution",
    reason: "asked for where a notebook is one of a Studio workspace",
    source:
      "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticmapreduce.html",
  },
];
