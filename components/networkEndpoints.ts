import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type { Location } from "./location";

/** Name of the service that an endpoint leads to. */
export function serviceName({ region }: Location, service: string): string {
  return `com.amazonaws.${region}.${service}`;
}

export interface EndpointsArgs {
  readonly location: Location;
  readonly environmentName: string;
  readonly vpcId: pulumi.Input<string>;
  /** Private subnets, in which interface endpoints are. */
  readonly subnetIds: pulumi.Input<pulumi.Input<string>[]>;
  /** Group of the environment, which is admitted to interface endpoints. */
  readonly securityGroupId: pulumi.Input<string>;
  /**
   * AWS services that are reached by an interface endpoint, as `elasticmapreduce`, by the endpoint's name.
   * With none of them there is no group of endpoints either.
   */
  readonly interfaceEndpoints: Readonly<Record<string, string>>;
  readonly tags?: Readonly<Record<string, string>>;
}

/** The gateway endpoint for S3. */
export function createS3Endpoint(
  name: string,
  args: Pick<EndpointsArgs, "location" | "environmentName" | "vpcId" | "tags">,
  routeTableIds: pulumi.Input<pulumi.Input<string>[]>,
  parent: pulumi.Resource,
): void {
  new aws.ec2.VpcEndpoint(
    `${name}-s3`,
    {
      vpcId: args.vpcId,
      serviceName: serviceName(args.location, "s3"),
      vpcEndpointType: "Gateway",
      routeTableIds,
      tags: named(args, "s3"),
    },
    { parent },
  );
}

/**
 * The interface endpoints, in one group.
 *
 * @returns the group's id: who is to reach an endpoint is admitted to it, on port 443
 */
export function createInterfaceEndpoints(
  name: string,
  args: EndpointsArgs,
  parent: pulumi.Resource,
): pulumi.Output<string> | undefined {
  const services = Object.entries(args.interfaceEndpoints);
  if (services.length === 0) {
    return undefined;
  }
  const endpointGroup = new aws.ec2.SecurityGroup(
    `${name}-endpoints`,
    {
      vpcId: args.vpcId,
      description: `Interface endpoints of ${args.environmentName}`,
      tags: named(args, "endpoints"),
    },
    { parent },
  );
  new aws.vpc.SecurityGroupIngressRule(
    `${name}-endpoints-environment`,
    {
      securityGroupId: endpointGroup.id,
      referencedSecurityGroupId: args.securityGroupId,
      ipProtocol: "tcp",
      fromPort: 443,
      toPort: 443,
      description: "The MWAA environment",
      tags: args.tags,
    },
    { parent },
  );
  for (const [endpoint, service] of services) {
    new aws.ec2.VpcEndpoint(
      `${name}-${endpoint}`,
      {
        vpcId: args.vpcId,
        serviceName: serviceName(args.location, service),
        vpcEndpointType: "Interface",
        privateDnsEnabled: true,
        subnetIds: args.subnetIds,
        securityGroupIds: [endpointGroup.id],
        tags: named(args, endpoint),
      },
      { parent },
    );
  }
  return endpointGroup.id;
}

function named(
  { tags, environmentName }: Pick<EndpointsArgs, "tags" | "environmentName">,
  suffix: string,
): Record<string, string> {
  return { ...tags, Name: `${environmentName}-${suffix}` };
}
