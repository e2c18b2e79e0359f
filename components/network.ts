import * as aws from "@pulumi/aws";
import * as awsx from "@pulumi/awsx";
import * as pulumi from "@pulumi/pulumi";
import type { IamSettings } from "../checks/iam";
import { rolePrefix } from "../checks/names";
import type { WebserverIngress } from "../checks/webserver";
import { MWAA_ZONES } from "./availabilityZones";
import { type Location, regionalArn } from "./location";
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
   * A NAT gateway in each zone, or a single one: cheaper, but both zones lose the internet with its
   * zone.
   *
   * @default "OnePerAz"
   */
  readonly natGateways?: "OnePerAz" | "Single";
  /**
   * AWS services that are reached by an interface endpoint, as `elasticmapreduce`, by the endpoint's name.
   * With none of them there is no group of endpoints either.
   *
   * @default {}
   */
  readonly interfaceEndpoints?: Readonly<Record<string, string>>;
  /**
   * Who is admitted to the environment's group on port 443, and with it to a private web server, whose endpoint is in
   * that group: https://docs.aws.amazon.com/mwaa/latest/userguide/vpc-vpe-access.html
   *
   * @default nobody
   */
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
  /** Group that admits its own members, and who is to reach the web server, and lets everything out. */
  public readonly securityGroupId: pulumi.Output<string>;
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
    this.securityGroupId = this.environmentGroup(name, vpc, args);
    new aws.ec2.VpcEndpoint(
      `${name}-s3`,
      {
        vpcId: vpc.vpcId,
        serviceName: serviceName(args, "s3"),
        vpcEndpointType: "Gateway",
        routeTableIds: privateRouteTableIds(vpc),
        tags: named(args, "s3"),
      },
      { parent: this },
    );
    this.endpointSecurityGroupId = this.interfaceEndpoints(name, vpc, args);
    this.flowLogs(name, vpc, args);
    this.routes = pulumi
      .all([vpc.routes, vpc.routeTableAssociations, vpc.natGateways])
      .apply((parts) => parts.flat());
    this.registerOutputs({
      vpcId: this.vpcId,
      privateSubnetIds: this.privateSubnetIds,
      securityGroupId: this.securityGroupId,
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
          { type: "Public", name: "public", cidrBlocks: [...args.publicSubnetCidrs] },
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

  private environmentGroup(
    name: string,
    vpc: awsx.ec2.Vpc,
    args: NetworkArgs,
  ): pulumi.Output<string> {
    const group = new aws.ec2.SecurityGroup(
      `${name}-environment`,
      {
        vpcId: vpc.vpcId,
        // Not of whom else it admits: a group with another description is another group.
        description: `MWAA environment ${args.environmentName}: inbound from itself, all outbound`,
        tags: named(args, "environment"),
      },
      { parent: this },
    );
    new aws.vpc.SecurityGroupIngressRule(
      `${name}-environment-inbound`,
      {
        securityGroupId: group.id,
        referencedSecurityGroupId: group.id,
        ipProtocol: "-1",
        description: "Members of this group",
        tags: args.tags,
      },
      { parent: this },
    );
    new aws.vpc.SecurityGroupEgressRule(
      `${name}-environment-outbound`,
      {
        securityGroupId: group.id,
        cidrIpv4: "0.0.0.0/0",
        ipProtocol: "-1",
        description: "Everywhere",
        tags: args.tags,
      },
      { parent: this },
    );
    this.admitToWebserver(`${name}-environment`, group.id, args);
    return group.id;
  }

  private admitToWebserver(name: string, groupId: pulumi.Output<string>, args: NetworkArgs): void {
    const { cidrBlocks = [], securityGroupIds = [] } = args.webserverIngress ?? {};
    const sources = [
      ...cidrBlocks.map((cidrIpv4) => ({ source: cidrIpv4, cidrIpv4 })),
      ...securityGroupIds.map((id) => ({ source: id, referencedSecurityGroupId: id })),
    ];
    for (const { source, ...admitted } of sources) {
      new aws.vpc.SecurityGroupIngressRule(
        `${name}-https-${source.replace("/", "-")}`,
        {
          securityGroupId: groupId,
          ...admitted,
          ipProtocol: "tcp",
          fromPort: 443,
          toPort: 443,
          description: "To the web server, by the setting webserverIngress",
          tags: args.tags,
        },
        { parent: this },
      );
    }
  }

  private interfaceEndpoints(
    name: string,
    vpc: awsx.ec2.Vpc,
    args: NetworkArgs,
  ): pulumi.Output<string> | undefined {
    const services = Object.entries(args.interfaceEndpoints ?? {});
    if (services.length === 0) {
      return undefined;
    }
    const endpointGroup = new aws.ec2.SecurityGroup(
      `${name}-endpoints`,
      {
        vpcId: vpc.vpcId,
        description: `Interface endpoints of ${args.environmentName}`,
        tags: named(args, "endpoints"),
      },
      { parent: this },
    );
    new aws.vpc.SecurityGroupIngressRule(
      `${name}-endpoints-environment`,
      {
        securityGroupId: endpointGroup.id,
        referencedSecurityGroupId: this.securityGroupId,
        ipProtocol: "tcp",
        fromPort: 443,
        toPort: 443,
        description: "The MWAA environment",
        tags: args.tags,
      },
      { parent: this },
    );
    for (const [endpoint, service] of services) {
      new aws.ec2.VpcEndpoint(
        `${name}-${endpoint}`,
        {
          vpcId: vpc.vpcId,
          serviceName: serviceName(args, service),
          vpcEndpointType: "Interface",
          privateDnsEnabled: true,
          subnetIds: vpc.privateSubnetIds,
          securityGroupIds: [endpointGroup.id],
          tags: named(args, endpoint),
        },
        { parent: this },
      );
    }
    return endpointGroup.id;
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

function serviceName({ location }: NetworkArgs, service: string): string {
  return `com.amazonaws.${location.region}.${service}`;
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
