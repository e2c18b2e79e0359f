import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type { WebserverIngress } from "../checks/webserver";

export interface EnvironmentGroupArgs {
  readonly environmentName: string;
  readonly vpcId: pulumi.Input<string>;
  /**
   * Who is admitted to the environment's group on port 443, and with it to a private web server, whose endpoint is in
   * that group: https://docs.aws.amazon.com/mwaa/latest/userguide/vpc-vpe-access.html
   *
   * @default nobody
   */
  readonly webserverIngress?: WebserverIngress;
  readonly tags?: Readonly<Record<string, string>>;
}

/**
 * The group of the environment: it admits its own members, and who is to reach the web server, and lets everything out.
 *
 * @returns its id
 */
export function createEnvironmentGroup(
  name: string,
  args: EnvironmentGroupArgs,
  parent: pulumi.Resource,
): pulumi.Output<string> {
  const group = new aws.ec2.SecurityGroup(
    name,
    {
      vpcId: args.vpcId,
      // Not of whom else it admits: a group with another description is another group.
      description: `MWAA environment ${args.environmentName}: inbound from itself, all outbound`,
      tags: { ...args.tags, Name: `${args.environmentName}-environment` },
    },
    { parent },
  );
  new aws.vpc.SecurityGroupIngressRule(
    `${name}-inbound`,
    {
      securityGroupId: group.id,
      referencedSecurityGroupId: group.id,
      ipProtocol: "-1",
      description: "Members of this group",
      tags: args.tags,
    },
    { parent },
  );
  new aws.vpc.SecurityGroupEgressRule(
    `${name}-outbound`,
    {
      securityGroupId: group.id,
      cidrIpv4: "0.0.0.0/0",
      ipProtocol: "-1",
      description: "Everywhere",
      tags: args.tags,
    },
    { parent },
  );
  admitToWebserver(name, group.id, args, parent);
  return group.id;
}

function admitToWebserver(
  name: string,
  securityGroupId: pulumi.Output<string>,
  args: EnvironmentGroupArgs,
  parent: pulumi.Resource,
): void {
  const { cidrBlocks = [], securityGroupIds = [] } = args.webserverIngress ?? {};
  const sources = [
    ...cidrBlocks.map((cidrIpv4) => ({ source: cidrIpv4, cidrIpv4 })),
    ...securityGroupIds.map((id) => ({ source: id, referencedSecurityGroupId: id })),
  ];
  for (const { source, ...admitted } of sources) {
    new aws.vpc.SecurityGroupIngressRule(
      `${name}-https-${source.replace("/", "-")}`,
      {
        securityGroupId,
        ...admitted,
        ipProtocol: "tcp",
        fromPort: 443,
        toPort: 443,
        description: "To the web server, by the setting webserverIngress",
        tags: args.tags,
      },
      { parent },
    );
  }
}
