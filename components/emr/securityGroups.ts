import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { EMR_MANAGED_TAG } from "./jobFlow";

export interface SecurityGroupsArgs {
  readonly environmentName: string;
  readonly vpcId: pulumi.Input<string>;
  /** Group of the stack's interface endpoints, which the nodes are admitted to; undefined where it makes none. */
  readonly endpointSecurityGroupId?: pulumi.Input<string>;
  readonly tags?: Readonly<Record<string, string>>;
}

/** The groups of a cluster's primary node, core nodes and cluster manager. */
export type ClusterGroups = Record<"master" | "core" | "serviceAccess", aws.ec2.SecurityGroup>;

/**
 * The groups that EMR manages. It adds the inbound rules of master and core itself, and what it
 * finds missing for each cluster; only the rules below are left to whoever brings groups. None is
 * inline, or every plan would take EMR's away; and on deletion the groups' rules go first, since
 * they refer to each other.
 *
 * Source: https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-man-sec-groups.html
 */
export function createSecurityGroups(
  name: string,
  args: SecurityGroupsArgs,
  parent: pulumi.Resource,
): ClusterGroups {
  const group = (suffix: string, purpose: string): aws.ec2.SecurityGroup =>
    new aws.ec2.SecurityGroup(
      `${name}-${suffix}`,
      {
        vpcId: args.vpcId,
        description: `EMR clusters of ${args.environmentName}: ${purpose}`,
        revokeRulesOnDelete: true,
        tags: {
          ...args.tags,
          ...EMR_MANAGED_TAG,
          Name: `${args.environmentName}-emr-${suffix}`,
        },
      },
      { parent },
    );
  const master = group("master", "primary node");
  const core = group("core", "core nodes");
  const serviceAccess = group("service-access", "cluster manager");
  for (const [suffix, node] of Object.entries({ master, core })) {
    admitNode(name, { ...args, suffix, node, serviceAccess }, parent);
  }
  new aws.vpc.SecurityGroupIngressRule(
    `${name}-service-access-inbound`,
    {
      securityGroupId: serviceAccess.id,
      referencedSecurityGroupId: master.id,
      ipProtocol: "tcp",
      fromPort: 9443,
      toPort: 9443,
      description: "Primary node to the cluster manager",
      tags: args.tags,
    },
    { parent },
  );
  return { master, core, serviceAccess };
}

interface NodeGroup extends SecurityGroupsArgs {
  readonly suffix: string;
  readonly node: aws.ec2.SecurityGroup;
  readonly serviceAccess: aws.ec2.SecurityGroup;
}

/** Lets the nodes of a group out, into the endpoints, and the cluster manager to them. */
function admitNode(name: string, args: NodeGroup, parent: pulumi.Resource): void {
  const { suffix, node, serviceAccess } = args;
  new aws.vpc.SecurityGroupEgressRule(
    `${name}-${suffix}-outbound`,
    {
      securityGroupId: node.id,
      cidrIpv4: "0.0.0.0/0",
      ipProtocol: "-1",
      description: "Everywhere: S3, KMS, packages",
      tags: args.tags,
    },
    { parent },
  );
  // The endpoints' private names lead the nodes to them as well.
  if (args.endpointSecurityGroupId !== undefined) {
    new aws.vpc.SecurityGroupIngressRule(
      `${name}-endpoints-${suffix}`,
      {
        securityGroupId: args.endpointSecurityGroupId,
        referencedSecurityGroupId: node.id,
        ipProtocol: "tcp",
        fromPort: 443,
        toPort: 443,
        description: `EMR clusters: ${suffix}`,
        tags: args.tags,
      },
      { parent },
    );
  }
  new aws.vpc.SecurityGroupEgressRule(
    `${name}-service-access-${suffix}`,
    {
      securityGroupId: serviceAccess.id,
      referencedSecurityGroupId: node.id,
      ipProtocol: "tcp",
      fromPort: 8443,
      toPort: 8443,
      description: `Cluster manager to ${suffix}`,
      tags: args.tags,
    },
    { parent },
  );
}
