import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { IamSettings } from "../../../checks/iam";
import { rolePrefix } from "../../../checks/names";
import { type LocalFile, readFolder } from "../../localFiles";
import { REPLACED_WITH_ENCRYPTION, objectEncryption } from "../../objectEncryption";
import { EMR_MANAGED_TAG, OWNER_TAG } from "../../emr/jobFlow";
import type { Location } from "../../location";
import { roleDefaults } from "../../roleDefaults";
import { NOTEBOOKS_PREFIX, PREFIXES } from "./folders";
import { notebookPolicy, notebookTrust } from "./permissions";
import type { NotebookSettings } from "./settings";

/** Port of the proxy on a cluster's primary node by which kernels are reached. */
const KERNEL_PORT = 18888;

export interface NotebooksArgs {
  readonly location: Location;
  /** Begins the names of what is created, and marks the executions. */
  readonly environmentName: string;
  readonly vpcId: pulumi.Input<string>;
  /** Bucket that the notebooks are put into. */
  readonly airflowBucketName: pulumi.Input<string>;
  /** What has to be there before the first object of the bucket: one that is made earlier has no version. */
  readonly protections?: pulumi.Resource[];
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
          ...objectEncryption(args.kmsKeyArn),
        },
        { parent: this, dependsOn: args.protections, ...REPLACED_WITH_ENCRYPTION },
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
   * The groups between a notebook and its cluster. Without them EMR creates two of its own, which
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
        ...roleDefaults(args.iam),
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
            Key: PREFIXES.executed.prefix,
          },
          OutputNotebookFormat: "HTML",
        }
      : {}),
    Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
  };
}
