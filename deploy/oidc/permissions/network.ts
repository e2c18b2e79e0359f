import { regionalArn } from "../../../components/location";
import type { Statement } from "../../../components/policyDocument";
import type { ProgramStack } from "../stackSettings";
import { type Area, allow, stackTags } from "./area";

/** What the network is made of, by the name that its ARNs have. */
const MADE = [
  "elastic-ip",
  "internet-gateway",
  "natgateway",
  "route-table",
  // With "security-group-rule": IAM counts each character.
  "security-group*",
  "subnet",
  "vpc",
  "vpc-flow-log",
] as const;

/**
 * The network. Nothing in it has a name, so that the stack's tags say what is the stack's: made only with them,
 * changed and deleted only where they are.
 *
 * Source: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-policy-examples.html
 */
export function network(program: ProgramStack): Area {
  const arn = (...types: readonly string[]) =>
    types.map((type) => regionalArn(program.location, "ec2", `${type}/*`));
  const made = { StringEquals: stackTags(program, "aws:RequestTag") };
  const own = { StringEquals: stackTags(program, "aws:ResourceTag") };
  return {
    read: [
      allow(
        "DescribeNetwork",
        [
          "ec2:DescribeAddresses",
          "ec2:DescribeAddressesAttribute",
          "ec2:DescribeAvailabilityZones",
          "ec2:DescribeFlowLogs",
          "ec2:DescribeInstanceTypeOfferings",
          "ec2:DescribeInternetGateways",
          "ec2:DescribeNatGateways",
          "ec2:DescribeNetworkAcls",
          "ec2:DescribeNetworkInterfaces",
          "ec2:DescribePrefixLists",
          "ec2:DescribeRouteTables",
          "ec2:DescribeSecurityGroupRules",
          "ec2:DescribeSecurityGroups",
          "ec2:DescribeSubnets",
          "ec2:DescribeVpcEndpoints",
          "ec2:DescribeVpcEndpointServices",
          "ec2:DescribeVpcs",
        ],
        // None of these takes a resource.
        "*",
      ),
      allow("DescribeVpc", ["ec2:DescribeVpcAttribute"], arn("vpc")),
    ],
    write: [
      allow(
        "MakeNetwork",
        [
          "ec2:AllocateAddress",
          "ec2:CreateFlowLogs",
          "ec2:CreateInternetGateway",
          "ec2:CreateNatGateway",
          "ec2:CreateRouteTable",
          "ec2:CreateSecurityGroup",
          "ec2:CreateSubnet",
          "ec2:CreateVpc",
        ],
        arn(...MADE),
        made,
      ),
      // MWAA makes its own as well, as the caller and with tags of its own.
      // https://docs.aws.amazon.com/mwaa/latest/userguide/access-policies.html
      allow(
        "MakeEndpoints",
        ["ec2:CreateNetworkInterface", "ec2:CreateVpcEndpoint"],
        arn("network-interface", "vpc-endpoint"),
      ),
      ...usesOfExisting(program),
      allow(
        "ChangeNetwork",
        [
          "ec2:AssociateRouteTable",
          "ec2:AttachInternetGateway",
          "ec2:AuthorizeSecurityGroupEgress",
          "ec2:AuthorizeSecurityGroupIngress",
          "ec2:CreateFlowLogs",
          "ec2:CreateNatGateway",
          "ec2:CreateNetworkInterface",
          "ec2:CreateRoute",
          "ec2:CreateRouteTable",
          "ec2:CreateSecurityGroup",
          "ec2:CreateSubnet",
          "ec2:CreateTags",
          "ec2:CreateVpcEndpoint",
          "ec2:DeleteFlowLogs",
          "ec2:DeleteInternetGateway",
          "ec2:DeleteNatGateway",
          "ec2:DeleteRoute",
          "ec2:DeleteRouteTable",
          "ec2:DeleteSecurityGroup",
          "ec2:DeleteSubnet",
          "ec2:DeleteTags",
          "ec2:DeleteVpc",
          "ec2:DeleteVpcEndpoints",
          "ec2:DetachInternetGateway",
          "ec2:DisassociateAddress",
          "ec2:DisassociateRouteTable",
          "ec2:ModifySecurityGroupRules",
          "ec2:ModifySubnetAttribute",
          "ec2:ModifyVpcAttribute",
          "ec2:ModifyVpcEndpoint",
          "ec2:ReleaseAddress",
          "ec2:ReplaceRoute",
          "ec2:ReplaceRouteTableAssociation",
          "ec2:RevokeSecurityGroupEgress",
          "ec2:RevokeSecurityGroupIngress",
          "ec2:UpdateSecurityGroupRuleDescriptionsEgress",
          "ec2:UpdateSecurityGroupRuleDescriptionsIngress",
        ],
        arn(...MADE, "vpc-endpoint"),
        own,
      ),
      // Tags that come with what is made, and no others: a tag is what the statement above goes by.
      allow(
        "TagWhatIsMade",
        ["ec2:CreateTags"],
        arn(...MADE, "network-interface", "vpc-endpoint"),
        {
          StringEquals: {
            "ec2:CreateAction": [
              "AllocateAddress",
              "CreateFlowLogs",
              "CreateInternetGateway",
              "CreateNatGateway",
              "CreateNetworkInterface",
              "CreateRouteTable",
              "CreateSecurityGroup",
              "CreateSubnet",
              "CreateVpc",
              "CreateVpcEndpoint",
            ],
          },
        },
      ),
      // A rule has no tags before it is there: whose it is its group says, which each of these calls is about as well.
      // https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/ec2/vpc_security_group_ingress_rule.go
      allow(
        "MakeRules",
        ["ec2:AuthorizeSecurityGroupEgress", "ec2:AuthorizeSecurityGroupIngress"],
        arn("security-group-rule"),
      ),
      // The VPC's own group comes with the VPC and without tags; the program takes it over and empties it.
      allow(
        "TakeOverDefaultGroup",
        ["ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress"],
        arn("security-group"),
        { Null: { "aws:ResourceTag/Stack": "true" } },
      ),
      // That group, and new rules.
      allow("TagWhatHasNone", ["ec2:CreateTags"], arn("security-group*"), {
        ...made,
        Null: { "aws:ResourceTag/Stack": "true" },
      }),
    ],
  };
}

/** What is done with things that the stack has not made, and that have none of its tags, each by its id. */
function usesOfExisting({ location, settings: { network } }: ProgramStack): Statement[] {
  const { existing, securityGroupIds } = network;
  const arns = (type: string, ids: readonly string[]) =>
    ids.map((id) => regionalArn(location, "ec2", `${type}/${id}`));
  const groups = arns("security-group", [...securityGroupIds, ...existing.securityGroupIds]);
  const vpc = existing.vpcId === "" ? [] : arns("vpc", [existing.vpcId]);
  const subnets = arns("subnet", existing.subnetIds);
  // Those of the subnets, which the settings do not name, are known at preview alone.
  const tables =
    vpc.length === 0 || !network.vpcEndpoints.includes("s3")
      ? []
      : arns("route-table", existing.routeTableIds.length > 0 ? existing.routeTableIds : ["*"]);
  return [
    // The environment's own endpoints are in its groups as well.
    allow(
      "UseExistingNetwork",
      ["ec2:CreateNetworkInterface", "ec2:CreateVpcEndpoint"],
      [...groups, ...vpc, ...subnets],
    ),
    allow(
      "MakeInExistingVpc",
      ["ec2:CreateRouteTable", "ec2:CreateSecurityGroup", "ec2:CreateSubnet"],
      vpc,
    ),
    allow("ChangeEndpointsOfExisting", ["ec2:ModifyVpcEndpoint"], subnets),
    allow("RouteToS3", ["ec2:CreateVpcEndpoint", "ec2:ModifyVpcEndpoint"], tables),
  ];
}
