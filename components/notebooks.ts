import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { IamSettings } from "../checks/iam";
import { rolePrefix } from "../checks/names";
import type { NotebookSettings } from "../checks/notebook";
import { type LocalFile, readFolder } from "./airflowFiles";
import { EMR_MANAGED_TAG } from "./emr";
import { type Location, bucketArn, regionalArn } from "./location";
import { NOTEBOOKS_PREFIX, NOTEBOOK_PREFIXES, reviewsFolder, s3Folder } from "./notebookData";
import { type PolicyDocument, type Statement, policyDocument } from "./policyDocument";
import { rolePlace } from "./rolePlace";
import { keyThroughS3 } from "./sparkAccess";

/** Port of the proxy on a cluster's primary node by which kernels are reached. */
const KERNEL_PORT = 18888;

/** Tag of executions that says whose they are. */
const OWNER_TAG = "Environment";

/** Tags that EMR puts on the network interfaces of a notebook. */
const INTERFACE_TAGS = ["aws:elasticmapreduce:editor-id", "aws:elasticmapreduce:job-flow-id"];

export interface NotebooksArgs {
  readonly location: Location;
  /** Begins the names of what is made, and marks the executions. */
  readonly environmentName: string;
  readonly vpcId: pulumi.Input<string>;
  /** Bucket that the notebooks are put into. */
  readonly airflowBucketName: pulumi.Input<string>;
  /** Bucket of inputs and results. */
  readonly dataBucketName: string;
  /** The notebooks; an object's key is `notebooks/` and the notebook's path. */
  readonly files: readonly LocalFile[];
  readonly notebook: NotebookSettings;
  /** ARN of the key that objects are encrypted with. Default: S3's own. */
  readonly kmsKeyArn?: pulumi.Input<string>;
  readonly iam?: IamSettings;
  readonly tags?: Readonly<Record<string, string>>;
}

/**
 * All that executions of notebooks need beside a cluster: the notebooks themselves, the role that
 * EMR fetches and stores them with, and the two security groups between them and the cluster.
 *
 * Source: https://aws.amazon.com/blogs/big-data/orchestrating-analytics-jobs-on-amazon-emr-notebooks-using-amazon-mwaa/
 */
export class Notebooks extends pulumi.ComponentResource {
  /**
   * StartNotebookExecution's request as JSON, without what a run decides: its cluster, name and
   * parameters. The keys of both locations are folders.
   *
   * Source: https://docs.aws.amazon.com/emr/latest/APIReference/API_StartNotebookExecution.html
   */
  public readonly execution: pulumi.Output<string>;
  /** Role that EMR fetches, runs and stores notebooks with. */
  public readonly serviceRoleArn: pulumi.Output<string>;

  public constructor(name: string, args: NotebooksArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mwaa:notebooks:Notebooks", name, {}, opts);
    checkNotebook(args);
    for (const file of args.files) {
      const key = `${NOTEBOOKS_PREFIX}${file.path}`;
      new aws.s3.BucketObjectv2(
        `${name}/${key}`,
        {
          bucket: args.airflowBucketName,
          key,
          source: new pulumi.asset.FileAsset(file.location),
          sourceHash: file.hash,
        },
        { parent: this },
      );
    }
    const groups = this.securityGroups(name, args);
    const role = this.serviceRole(name, args, [groups.engine.id, groups.notebook.id]);
    this.serviceRoleArn = role.arn;
    this.execution = pulumi
      .output({
        airflowBucketName: args.airflowBucketName,
        serviceRoleArn: role.arn,
        engineGroupId: groups.engine.id,
        notebookGroupId: groups.notebook.id,
      })
      .apply((made) => JSON.stringify(executionRequest({ ...args, ...made })));
    this.registerOutputs({ execution: this.execution, serviceRoleArn: this.serviceRoleArn });
  }

  /**
   * The groups between a notebook and its cluster. Without them EMR makes two of its own, which
   * would outlive the stack. Rules are resources of their own, since the groups name each other.
   *
   * Source: https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-managed-notebooks-security-groups.html
   */
  private securityGroups(
    name: string,
    args: NotebooksArgs,
  ): Record<"engine" | "notebook", aws.ec2.SecurityGroup> {
    const group = (suffix: string, purpose: string): aws.ec2.SecurityGroup =>
      new aws.ec2.SecurityGroup(
        `${name}-${suffix}`,
        {
          vpcId: args.vpcId,
          description: `EMR notebooks of ${args.environmentName}: ${purpose}`,
          revokeRulesOnDelete: true,
          tags: {
            ...args.tags,
            ...EMR_MANAGED_TAG,
            Name: `${args.environmentName}-notebook-${suffix}`,
          },
        },
        { parent: this },
      );
    const engine = group("engine", "primary node");
    const notebook = group("editor", "notebooks");
    const port = { ipProtocol: "tcp", fromPort: KERNEL_PORT, toPort: KERNEL_PORT };
    new aws.vpc.SecurityGroupIngressRule(
      `${name}-engine-inbound`,
      {
        securityGroupId: engine.id,
        referencedSecurityGroupId: notebook.id,
        ...port,
        description: "Notebooks to the kernel gateway",
        tags: args.tags,
      },
      { parent: this },
    );
    new aws.vpc.SecurityGroupEgressRule(
      `${name}-editor-outbound`,
      {
        securityGroupId: notebook.id,
        referencedSecurityGroupId: engine.id,
        ...port,
        description: "Notebooks to the kernel gateway",
        tags: args.tags,
      },
      { parent: this },
    );
    return { engine, notebook };
  }

  private serviceRole(
    name: string,
    args: NotebooksArgs,
    groupIds: pulumi.Input<string>[],
  ): aws.iam.Role {
    const role = new aws.iam.Role(
      `${name}-service`,
      {
        namePrefix: rolePrefix(args.environmentName, "notebook"),
        description: `EMR notebooks of ${args.environmentName}: fetches and stores them`,
        assumeRolePolicy: JSON.stringify(notebookTrust(args.location)),
        ...rolePlace(args.iam),
        tags: args.tags,
      },
      { parent: this },
    );
    new aws.iam.RolePolicy(
      `${name}-service`,
      {
        role: role.name,
        policy: pulumi
          .output({
            airflowBucketName: args.airflowBucketName,
            vpcId: args.vpcId,
            groupIds,
            kmsKeyArn: args.kmsKeyArn,
          })
          .apply((known) => JSON.stringify(notebookPolicy({ ...args, ...known }))),
      },
      { parent: this },
    );
    return role;
  }
}

/** @throws when the notebook that is set is not among those of the bucket */
function checkNotebook({ notebook, files }: NotebooksArgs): void {
  const paths = files.map(({ path }) => path);
  if (notebook.editorId === "" && !paths.includes(notebook.fileName)) {
    throw new pulumi.RunError(
      `There is no notebook ${notebook.fileName}; there are: ${paths.join(", ")}. ` +
        "Restore the file or correct notebook.fileName.",
    );
  }
}

/**
 * Finds and hashes the notebooks under a folder, sorted by path.
 *
 * @throws when the folder does not exist, or holds no file
 */
export function readNotebooks(folder: string): LocalFile[] {
  return readFolder("The folder of notebooks", folder, []).filter(({ path }) =>
    path.endsWith(".ipynb"),
  );
}

/** What a request for an execution is made of. */
export interface ExecutionArgs extends Pick<
  NotebooksArgs,
  "environmentName" | "dataBucketName" | "notebook" | "tags"
> {
  readonly airflowBucketName: string;
  readonly serviceRoleArn: string;
  readonly engineGroupId: string;
  readonly notebookGroupId: string;
}

/**
 * StartNotebookExecution's request without what a run decides. A notebook of a Studio workspace is
 * named by the workspace's id, and then stored there; else both places are folders in S3.
 *
 * Source: https://docs.aws.amazon.com/emr/latest/APIReference/API_StartNotebookExecution.html
 */
export function executionRequest(args: ExecutionArgs): Readonly<Record<string, unknown>> {
  const { notebook } = args;
  const tags = { ...args.tags, [OWNER_TAG]: args.environmentName };
  return {
    ServiceRole: args.serviceRoleArn,
    ExecutionEngine: { Type: "EMR", MasterInstanceSecurityGroupId: args.engineGroupId },
    NotebookInstanceSecurityGroupId: args.notebookGroupId,
    ...(notebook.editorId === ""
      ? {
          NotebookS3Location: { Bucket: args.airflowBucketName, Key: NOTEBOOKS_PREFIX },
          OutputNotebookS3Location: {
            Bucket: args.dataBucketName,
            Key: NOTEBOOK_PREFIXES.executed,
          },
          OutputNotebookFormat: "HTML",
        }
      : {}),
    Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
  };
}

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
  const { location, airflowBucketName, dataBucketName, kmsKeyArn } = args;
  const { executed } = NOTEBOOK_PREFIXES;
  const ec2 = (resource: string): string => regionalArn(location, "ec2", resource);
  const interfaces = ec2("network-interface/*");
  const inVpc = { ArnEquals: { "ec2:Vpc": ec2(`vpc/${args.vpcId}`) } };
  return policyDocument(
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
    {
      Sid: "MakeInterfaces",
      Effect: "Allow",
      Action: "ec2:CreateNetworkInterface",
      Resource: interfaces,
    },
    {
      Sid: "MakeInterfacesInVpc",
      Effect: "Allow",
      Action: "ec2:CreateNetworkInterface",
      Resource: [ec2("security-group/*"), ec2("subnet/*")],
      Condition: inVpc,
    },
    {
      Sid: "LendAndRemoveInterfaces",
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
    ...workspaceStatements(location, args.notebook),
    ...(kmsKeyArn === undefined ? [] : [keyThroughS3(location, kmsKeyArn)]),
  );
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

function emrService({ dnsSuffix }: Location): string {
  return `elasticmapreduce.${dnsSuffix}`;
}
