import * as aws from "@pulumi/aws";
import * as awsx from "@pulumi/awsx";
import * as pulumi from "@pulumi/pulumi";
import type { IamSettings } from "../checks/iam";
import { rolePrefix } from "../checks/names";
import type { WebserverIngress } from "../checks/webserver";
import { MWAA_ZONES } from "./availabilityZones";
import { createEnvironmentGroup } from "./environmentGroup";
import { type Location, regionalArn } from "./location";
import { createInterfaceEndpoints, createS3Endpoint } from "./networkEndpoints";
import { type PolicyDocument, type UnexercisedGrant, policyDocument } from "./policyDocument";
import { roleDefaults } from "./roleDefaults";

export interface NetworkArgs {
  readonly location: Location;
  /** Begins the names of what belongs to the environment. */
  readonly environmentName: string;
  /** Address block of the VPC, in CIDR notation. */
  readonly vpcCidr: string;
  /** CIDR blocks of the two public subnets, where the NAT gateways are. */
  readonly publicSubnetCidrs: readonly string[];
  /** CIDR blocks of the two private subnets, where the environment is. */
  readonly privateSubnetCidrs: readonly string[];
  /** Names of the region's zones to use; the first two hold the subnets. */
  readonly availabilityZones: readonly string[];
  /**
   * A NAT gateway in each zone, or a single one: cheaper, but both zones lose the internet with its zone. With none there
   * are no public subnets either, and AWS is reached by endpoints alone.
   *
   * @default "OnePerAz"
   */
  readonly natGateways?: "OnePerAz" | "Single" | "None";
  /**
   * AWS services that are reached by an interface endpoint, as `elasticmapreduce`, by the endpoint's name.
   * With none of them there is no group of endpoints either.
   *
   * @default {}
   */
  readonly interfaceEndpoints?: Readonly<Record<string, string>>;
  readonly webserverIngress?: WebserverIngress;
  /** Tags of the private subnets beside those of all: what a service wants to find there. */
  readonly privateSubnetTags?: Readonly<Record<string, string>>;
  /** Days that flow logs are kept. */
  readonly logRetentionDays: number;
  /** ARN of the key that encrypts the flow logs. Default: CloudWatch's own. */
  readonly kmsKeyArn?: pulumi.Input<string>;
  readonly iam?: IamSettings;
  readonly tags?: Readonly<Record<string, string>>;
}

/**
 * The environment's network: a VPC with two public and two private subnets in two zones, internet
 * and NAT gateways, endpoints for S3 and for what else is asked for, and the environment's security group.
 *
 * Source: https://docs.aws.amazon.com/mwaa/latest/userguide/vpc-create.html
 */
export class Network extends pulumi.ComponentResource {
  public readonly vpcId: pulumi.Output<string>;
  public readonly privateSubnetIds: pulumi.Output<string[]>;
  /** Groups of the environment, which admit one another: here the stack's own. */
  public readonly securityGroupIds: readonly pulumi.Input<string>[];
  /**
   * Group of the interface endpoints: who is to reach one is admitted to it, on port 443. Undefined where
   * there are none.
   */
  public readonly endpointSecurityGroupId?: pulumi.Output<string>;
  /**
   * Routes, their tables' associations and NAT gateways. What works in the network depends on them
   * beside the network itself, so that they go after it when the stack is destroyed: the engine
   * does not know the children of the VPC component as its own.
   */
  public readonly routes: pulumi.Output<pulumi.Resource[]>;

  public constructor(name: string, args: NetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mwaa:network:Network", name, {}, opts);
    const vpc = this.vpc(name, args);
    this.vpcId = vpc.vpcId;
    this.privateSubnetIds = vpc.privateSubnetIds;
    new aws.ec2.DefaultSecurityGroup(
      `${name}-default`,
      { vpcId: vpc.vpcId, ingress: [], egress: [], tags: named(args, "default-closed") },
      { parent: this },
    );
    const parts = { ...args, vpcId: vpc.vpcId };
    const securityGroupId = createEnvironmentGroup(`${name}-environment`, parts, this);
    this.securityGroupIds = [securityGroupId];
    createS3Endpoint(name, parts, privateRouteTableIds(vpc), this);
    this.endpointSecurityGroupId = createInterfaceEndpoints(
      name,
      {
        ...parts,
        subnetIds: vpc.privateSubnetIds,
        securityGroupId,
        interfaceEndpoints: args.interfaceEndpoints ?? {},
      },
      this,
    );
    this.flowLogs(name, vpc, args);
    this.routes = pulumi
      .all([vpc.routes, vpc.routeTableAssociations, vpc.natGateways])
      .apply((parts) => parts.flat());
    this.registerOutputs({
      vpcId: this.vpcId,
      privateSubnetIds: this.privateSubnetIds,
      securityGroupIds: this.securityGroupIds,
      endpointSecurityGroupId: this.endpointSecurityGroupId,
    });
  }

  private vpc(name: string, args: NetworkArgs): awsx.ec2.Vpc {
    return new awsx.ec2.Vpc(
      name,
      {
        cidrBlock: args.vpcCidr,
        availabilityZoneNames: args.availabilityZones.slice(0, MWAA_ZONES),
        // Interface endpoints with private DNS need it.
        enableDnsHostnames: true,
        subnetStrategy: "Auto",
        subnetSpecs: [
          ...(args.natGateways === "None"
            ? []
            : [
                {
                  type: "Public" as const,
                  name: "public",
                  cidrBlocks: [...args.publicSubnetCidrs],
                },
              ]),
          {
            type: "Private",
            name: "private",
            cidrBlocks: [...args.privateSubnetCidrs],
            tags: args.privateSubnetTags,
          },
        ],
        natGateways: { strategy: args.natGateways ?? "OnePerAz" },
        tags: args.tags,
      },
      { parent: this },
    );
  }

  private flowLogs(name: string, vpc: awsx.ec2.Vpc, args: NetworkArgs): void {
    const logGroup = new aws.cloudwatch.LogGroup(
      `${name}-flow-logs`,
      {
        name: flowLogGroupName(args.environmentName),
        retentionInDays: args.logRetentionDays,
        kmsKeyId: args.kmsKeyArn,
        tags: args.tags,
      },
      { parent: this },
    );
    const role = new aws.iam.Role(
      `${name}-flow-logs`,
      {
        namePrefix: rolePrefix(args.environmentName, "flow-logs"),
        description: `Writes the flow logs of ${args.environmentName}`,
        assumeRolePolicy: JSON.stringify(flowLogTrust(args.location)),
        ...roleDefaults(args.iam),
        tags: args.tags,
      },
      { parent: this },
    );
    const policy = new aws.iam.RolePolicy(
      `${name}-flow-logs`,
      {
        role: role.name,
        policy: JSON.stringify(
          flowLogPolicy(args.location, flowLogGroupName(args.environmentName)),
        ),
      },
      { parent: this },
    );
    new aws.ec2.FlowLog(
      `${name}-flow-logs`,
      {
        vpcId: vpc.vpcId,
        trafficType: "ALL",
        logDestinationType: "cloud-watch-logs",
        logDestination: logGroup.arn,
        iamRoleArn: role.arn,
        tags: named(args, "flow-logs"),
      },
      // EC2 refuses a second one of a VPC to the same log group: FlowLogAlreadyExists,
      // https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
      { parent: this, dependsOn: [policy], deleteBeforeReplace: true },
    );
  }
}

/** Name of the log group that the VPC's flow logs go to. */
export function flowLogGroupName(environmentName: string): string {
  return `/${environmentName}/vpc-flow-logs`;
}

/** Trust policy of the role that writes flow logs: the service, for this account's flow logs. */
export function flowLogTrust(location: Location): PolicyDocument {
  return policyDocument({
    Sid: "AssumedByFlowLogs",
    Effect: "Allow",
    Principal: { Service: "vpc-flow-logs.amazonaws.com" },
    Action: "sts:AssumeRole",
    Condition: {
      StringEquals: { "aws:SourceAccount": location.accountId },
      ArnLike: { "aws:SourceArn": regionalArn(location, "ec2", "vpc-flow-log/*") },
    },
  });
}

/**
 * Permissions of the role that writes flow logs.
 *
 * Source: https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html (the group is
 * made beforehand, so without logs:CreateLogGroup)
 */
export function flowLogPolicy(location: Location, logGroupName: string): PolicyDocument {
  const logGroup = regionalArn(location, "logs", `log-group:${logGroupName}`);
  return policyDocument(
    {
      Sid: "WriteFlowLogs",
      Effect: "Allow",
      Action: ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"],
      Resource: [logGroup, `${logGroup}:*`],
    },
    {
      Sid: "FindLogGroup",
      Effect: "Allow",
      Action: "logs:DescribeLogGroups",
      // The action takes no resource.
      Resource: "*",
    },
  );
}

/** Ids of the route tables of the private subnets: awsx tags each table with its subnet's type. */
function privateRouteTableIds(vpc: awsx.ec2.Vpc): pulumi.Output<string[]> {
  return vpc.routeTables.apply((tables) =>
    pulumi
      .all(tables.map((table) => ({ id: table.id, tags: table.tags })))
      .apply((all) => all.filter(({ tags }) => tags?.SubnetType === "Private").map(({ id }) => id)),
  );
}

function named(args: NetworkArgs, suffix: string): Record<string, string> {
  return { ...args.tags, Name: `${args.environmentName}-${suffix}` };
}

/** What of `flowLogPolicy` no run uses: the service writes flow logs, not a DAG. */
export const FLOW_LOGS_UNEXERCISED: readonly UnexercisedGrant[] = [
  "WriteFlowLogs",
  "FindLogGroup",
].map((statement) => ({
  statement,
  role: "flow-logs",
  reason: "VPC Flow Logs writes what the network's interfaces carry",
  source: "https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html",
}));
