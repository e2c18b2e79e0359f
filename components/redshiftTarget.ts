import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { keepUnless } from "./keep";
import { clusterLogs, serverlessLogs, targetName } from "./redshiftNames";

/** Name of the administrator, as in the post. The service creates and stores the password. */
const ADMIN_USER = "awsuser";

const LOG_EXPORTS = ["connectionlog", "useractivitylog", "userlog"] as const;

/** Days that a cluster's automated snapshots are kept: a mistake is often found after a weekend only. */
const SNAPSHOT_DAYS = 7;

/**
 * Parameters of a cluster: without TLS nobody gets in, and the user activity log is written, which
 * an export alone does not bring about.
 *
 * Source: https://docs.aws.amazon.com/redshift/latest/mgmt/connecting-ssl-support.html and
 * https://docs.aws.amazon.com/redshift/latest/mgmt/db-auditing.html
 */
const CLUSTER_PARAMETERS = { enable_user_activity_logging: "true", require_ssl: "true" } as const;

/** What a target of the stack's own needs beside its size. */
export interface OwnTargetArgs {
  /** Begins the names of what is made. */
  readonly environmentName: string;
  readonly vpcId: pulumi.Input<string>;
  /** CIDR blocks of the isolated subnets, one per Availability Zone. */
  readonly subnetCidrs: readonly string[];
  /** Zones of the subnets; further blocks than zones are left unused. */
  readonly availabilityZones: readonly string[];
  /** ARN of the role that COPY reads S3 with; it becomes a namespace's default role. */
  readonly copyRoleArn: pulumi.Input<string>;
  /** ARN of the key that encrypts the data. Default: a key of the service. */
  readonly kmsKeyArn?: pulumi.Input<string>;
  /** Days that CloudWatch keeps the audit logs. */
  readonly logRetentionDays: number;
  /**
   * Delete the data with the stack, without a last snapshot.
   *
   * @default false
   */
  readonly forceDestroy?: boolean;
  readonly tags?: Readonly<Record<string, string>>;
}

/** A serverless namespace and workgroup of the stack's own. */
export interface ServerlessTargetArgs extends OwnTargetArgs {
  readonly kind: "serverless";
  /** Database to make. */
  readonly database: string;
  /** Base capacity in Redshift processing units. */
  readonly baseCapacity: number;
  /** Greatest capacity in Redshift processing units. */
  readonly maxCapacity: number;
}

/** A provisioned cluster of the stack's own. */
export interface ProvisionedTargetArgs extends OwnTargetArgs {
  readonly kind: "provisioned";
  /** Database to make. */
  readonly database: string;
  readonly nodeType: string;
  readonly numberOfNodes: number;
}

/** A workgroup that is already there; its namespace must know the COPY role. */
export interface ExistingWorkgroupArgs {
  readonly kind: "existing";
  readonly database: string;
  readonly workgroupName: string;
}

/** A cluster that is already there; it must know the COPY role. */
export interface ExistingClusterArgs {
  readonly kind: "existing";
  readonly database: string;
  readonly clusterIdentifier: string;
  /** Database user that statements run as. */
  readonly dbUser: string;
}

export type RedshiftTargetArgs =
  ServerlessTargetArgs | ProvisionedTargetArgs | ExistingWorkgroupArgs | ExistingClusterArgs;

/** The kind of target and its own values, as a stack chooses them. */
export type RedshiftTargetChoice =
  | Omit<ServerlessTargetArgs, keyof OwnTargetArgs>
  | Omit<ProvisionedTargetArgs, keyof OwnTargetArgs>
  | ExistingWorkgroupArgs
  | ExistingClusterArgs;

/** Arguments of the chosen target; one that is already there needs nothing of the stack's. */
export function redshiftTargetArgs(
  choice: RedshiftTargetChoice,
  own: OwnTargetArgs,
): RedshiftTargetArgs {
  return choice.kind === "existing" ? choice : { ...own, ...choice };
}

/** How the Redshift Data API reaches the target: a workgroup, or a cluster as a database user. */
export type DataApiTarget =
  | {
      readonly kind: "workgroup";
      readonly name: pulumi.Output<string>;
      readonly arn: pulumi.Output<string>;
      /**
       * Secret of the administrator, as whom statements run: what they create is not the role's, whose name
       * another stack or setting changes. Left out: statements run as the database user of the role.
       */
      readonly secret?: {
        readonly arn: pulumi.Output<string>;
        /** Key that encrypts it, if it is not the service's own. */
        readonly kmsKeyArn?: pulumi.Output<string>;
      };
    }
  | {
      readonly kind: "cluster";
      readonly identifier: pulumi.Output<string>;
      readonly dbUser: string;
    };

/**
 * The data warehouse that the pipeline loads: Redshift Serverless, a provisioned cluster, or one of
 * either kind that is already there.
 *
 * One of the stack's own is encrypted, not public, in isolated subnets that no route leaves; the
 * Data API needs no network to it, and COPY none either.
 */
export class RedshiftTarget extends pulumi.ComponentResource {
  public readonly database: string;
  public readonly dataApi: DataApiTarget;

  public constructor(
    name: string,
    args: RedshiftTargetArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("mwaa:redshiftTarget:RedshiftTarget", name, {}, opts);
    this.database = args.database;
    this.dataApi = this.make(name, args);
    this.registerOutputs({ database: this.database, dataApi: this.dataApi });
  }

  private make(name: string, args: RedshiftTargetArgs): DataApiTarget {
    switch (args.kind) {
      case "serverless":
        return this.serverless(name, args);
      case "provisioned":
        return this.provisioned(name, args);
      case "existing":
        return this.existing(args);
    }
  }

  private serverless(name: string, args: ServerlessTargetArgs): DataApiTarget {
    const redshiftName = targetName(args.environmentName);
    const network = this.isolatedNetwork(name, args);
    const logGroups = this.logGroups(name, serverlessLogs(redshiftName), args);
    const namespace = new aws.redshiftserverless.Namespace(
      `${name}-namespace`,
      {
        namespaceName: redshiftName,
        dbName: args.database,
        adminUsername: ADMIN_USER,
        manageAdminPassword: true,
        adminPasswordSecretKmsKeyId: args.kmsKeyArn,
        kmsKeyId: args.kmsKeyArn,
        iamRoles: [args.copyRoleArn],
        defaultIamRoleArn: args.copyRoleArn,
        logExports: [...LOG_EXPORTS],
        tags: args.tags,
      },
      {
        parent: this,
        dependsOn: logGroups,
        ...keepUnless(args.forceDestroy ?? false),
        ...replacedWithKey(args),
      },
    );
    const workgroup = new aws.redshiftserverless.Workgroup(
      `${name}-workgroup`,
      {
        workgroupName: redshiftName,
        namespaceName: namespace.namespaceName,
        baseCapacity: args.baseCapacity,
        maxCapacity: args.maxCapacity,
        publiclyAccessible: false,
        subnetIds: network.subnetIds,
        securityGroupIds: [network.securityGroupId],
        configParameters: [{ parameterKey: "require_ssl", parameterValue: "true" }],
        tags: args.tags,
      },
      {
        parent: this,
        // AWS answers every parameter there is, and refuses an update to those that are given here as
        // one that changes nothing: https://github.com/hashicorp/terraform-provider-aws/issues/49939
        ignoreChanges: ["configParameters"],
        // A namespace has one workgroup, and the name is taken.
        deleteBeforeReplace: true,
        // A workgroup stays in its VPC; the data is the namespace's.
        replacementTrigger: args.vpcId,
      },
    );
    return {
      kind: "workgroup",
      name: workgroup.workgroupName,
      arn: workgroup.arn,
      secret: {
        arn: namespace.adminPasswordSecretArn,
        ...(args.kmsKeyArn === undefined ? {} : { kmsKeyArn: pulumi.output(args.kmsKeyArn) }),
      },
    };
  }

  private provisioned(name: string, args: ProvisionedTargetArgs): DataApiTarget {
    const forceDestroy = args.forceDestroy ?? false;
    const identifier = targetName(args.environmentName);
    const network = this.isolatedNetwork(name, args);
    const { subnetGroup, parameterGroup } = this.groupsOfCluster(name, args, network.subnetIds);
    const cluster = new aws.redshift.Cluster(
      `${name}-cluster`,
      {
        clusterIdentifier: identifier,
        databaseName: args.database,
        nodeType: args.nodeType,
        clusterType: args.numberOfNodes === 1 ? "single-node" : "multi-node",
        numberOfNodes: args.numberOfNodes,
        masterUsername: ADMIN_USER,
        manageMasterPassword: true,
        masterPasswordSecretKmsKeyId: args.kmsKeyArn,
        encrypted: "true",
        kmsKeyId: args.kmsKeyArn,
        publiclyAccessible: false,
        clusterSubnetGroupName: subnetGroup.name,
        clusterParameterGroupName: parameterGroup.name,
        automatedSnapshotRetentionPeriod: SNAPSHOT_DAYS,
        vpcSecurityGroupIds: [network.securityGroupId],
        // Not its default role as well: to change that, the provider first asks for a change of nothing, which
        // Redshift refuses (https://github.com/hashicorp/terraform-provider-aws/issues/30160).
        iamRoles: [args.copyRoleArn],
        skipFinalSnapshot: forceDestroy,
        // Always the same, for the same reason: the provider does not use it where the snapshot is skipped.
        finalSnapshotIdentifier: `${identifier}-final`,
        tags: args.tags,
      },
      {
        parent: this,
        ...keepUnless(forceDestroy),
        ...replacedWithKey(args),
        // The provider takes another name for a change, and changes nothing: internal/service/redshift/cluster.go.
        replaceOnChanges: ["databaseName"],
      },
    );
    const logGroups = this.logGroups(name, clusterLogs(identifier), args);
    new aws.redshift.Logging(
      `${name}-logging`,
      {
        clusterIdentifier: cluster.clusterIdentifier,
        logDestinationType: "cloudwatch",
        logExports: [...LOG_EXPORTS],
      },
      { parent: this, dependsOn: logGroups },
    );
    return {
      kind: "cluster",
      identifier: cluster.clusterIdentifier,
      dbUser: ADMIN_USER,
    };
  }

  /** Where a cluster is, and its parameters. */
  private groupsOfCluster(
    name: string,
    args: ProvisionedTargetArgs,
    subnetIds: pulumi.Output<string>[],
  ) {
    const identifier = targetName(args.environmentName);
    const subnetGroup = new aws.redshift.SubnetGroup(
      `${name}-subnets`,
      {
        name: identifier,
        description: `Isolated subnets of ${args.environmentName}`,
        subnetIds,
        tags: args.tags,
      },
      {
        parent: this,
        // A group of subnets stays in its VPC, as the cluster does; its name is taken until it is gone.
        deleteBeforeReplace: true,
        replacementTrigger: args.vpcId,
        // Another list does not move the cluster, and EC2 deletes no subnet that the cluster is in:
        // https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSubnet.html
        replaceOnChanges: ["subnetIds"],
      },
    );
    const parameterGroup = new aws.redshift.ParameterGroup(
      `${name}-parameters`,
      {
        name: identifier,
        family: "redshift-1.0",
        description: `Parameters of ${args.environmentName}`,
        parameters: Object.entries(CLUSTER_PARAMETERS).map(([key, value]) => ({
          name: key,
          value,
        })),
        tags: args.tags,
      },
      { parent: this },
    );
    return { subnetGroup, parameterGroup };
  }

  private existing(args: ExistingWorkgroupArgs | ExistingClusterArgs): DataApiTarget {
    if ("workgroupName" in args) {
      const workgroup = aws.redshiftserverless.getWorkgroupOutput(
        { workgroupName: args.workgroupName },
        { parent: this },
      );
      return { kind: "workgroup", name: workgroup.workgroupName, arn: workgroup.arn };
    }
    const { clusterIdentifier, dbUser } = args;
    const cluster = aws.redshift.getClusterOutput({ clusterIdentifier }, { parent: this });
    return {
      kind: "cluster",
      identifier: cluster.clusterIdentifier,
      dbUser,
    };
  }

  /** Subnets with a route table that leads nowhere, and a group that admits and lets out nothing. */
  private isolatedNetwork(name: string, args: OwnTargetArgs) {
    const tags = { ...args.tags, Name: `${args.environmentName}-redshift` };
    const routeTable = new aws.ec2.RouteTable(
      `${name}-isolated`,
      { vpcId: args.vpcId, routes: [], tags },
      { parent: this },
    );
    const zones = args.availabilityZones.slice(0, args.subnetCidrs.length);
    const subnetIds = zones.map((availabilityZone, index) => {
      const subnet = new aws.ec2.Subnet(
        `${name}-isolated-${index + 1}`,
        {
          vpcId: args.vpcId,
          availabilityZone,
          cidrBlock: args.subnetCidrs[index],
          mapPublicIpOnLaunch: false,
          tags: { ...tags, Name: `${tags.Name}-${index + 1}` },
        },
        { parent: this },
      );
      new aws.ec2.RouteTableAssociation(
        `${name}-isolated-${index + 1}`,
        { subnetId: subnet.id, routeTableId: routeTable.id },
        { parent: this },
      );
      return subnet.id;
    });
    const securityGroup = new aws.ec2.SecurityGroup(
      `${name}-closed`,
      {
        vpcId: args.vpcId,
        description: `Redshift of ${args.environmentName}: reached by the Data API only`,
        tags,
      },
      { parent: this },
    );
    return { subnetIds, securityGroupId: securityGroup.id };
  }

  /** The audit logs' groups, made beforehand so that they expire and are encrypted. */
  private logGroups(name: string, prefix: string, args: OwnTargetArgs): aws.cloudwatch.LogGroup[] {
    return LOG_EXPORTS.map(
      (log) =>
        new aws.cloudwatch.LogGroup(
          `${name}-${log}`,
          {
            name: `${prefix}/${log}`,
            retentionInDays: args.logRetentionDays,
            kmsKeyId: args.kmsKeyArn,
            tags: args.tags,
          },
          { parent: this },
        ),
    );
  }
}

/**
 * Options of what has the data. Its name is taken until it is gone. Another key replaces it: the provider asks for
 * the keys of data and password at once, which Redshift Serverless refuses, and one that is no longer given stays in
 * use (https://github.com/hashicorp/terraform-provider-aws/issues/39249 and 39269), also of a cluster. Where the data
 * is kept, the engine refuses that.
 */
function replacedWithKey(
  args: Pick<OwnTargetArgs, "kmsKeyArn">,
): Pick<pulumi.CustomResourceOptions, "deleteBeforeReplace" | "replacementTrigger"> {
  return { deleteBeforeReplace: true, replacementTrigger: args.kmsKeyArn ?? "aws" };
}
