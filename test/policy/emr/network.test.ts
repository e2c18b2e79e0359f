import { PolicyResource } from "@pulumi/policy";

import { emrNoOpenGroups } from "../../../policy/rules/emr/emr-no-open-groups";
import { emrNoPublicMaster } from "../../../policy/rules/emr/emr-no-public-master";
import { UNKNOWN, resource, table } from "../graph";

const CLUSTER = "aws:emr/cluster:Cluster";
const SUBNET = "aws:ec2/subnet:Subnet";
const TABLE = "aws:ec2/routeTable:RouteTable";
const ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation";
const ROUTE = "aws:ec2/route:Route";
const GATEWAY = "aws:ec2/internetGateway:InternetGateway";
const NAT = "aws:ec2/natGateway:NatGateway";
const GROUP = "aws:ec2/securityGroup:SecurityGroup";
const INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";

/** A subnet with a route table of its own, whose one route leads to a gateway or to NAT. */
function subnet(name: string, leadsTo: "internet" | "nat"): PolicyResource[] {
  const [id, tableId, gatewayId] = [`subnet-${name}`, `rtb-${name}`, `gw-${name}`];
  const isPublic = leadsTo === "internet";
  const gateway = resource(isPublic ? GATEWAY : NAT, `gateway-${name}`, { id: gatewayId });
  const own = resource(SUBNET, name, { id, vpcId: "vpc-1", availabilityZone: "us-east-1a" });
  const routes = resource(TABLE, `table-${name}`, { id: tableId, vpcId: "vpc-1" });
  const target = isPublic ? "gatewayId" : "natGatewayId";
  return [
    own,
    gateway,
    routes,
    resource(
      ROUTE,
      `route-${name}`,
      { routeTableId: tableId, destinationCidrBlock: "0.0.0.0/0", [target]: gatewayId },
      { routeTableId: [routes], destinationCidrBlock: [], [target]: [gateway] },
    ),
    resource(
      ASSOCIATION,
      `association-${name}`,
      { subnetId: id, routeTableId: tableId },
      { subnetId: [own], routeTableId: [routes] },
    ),
  ];
}

const closed = subnet("closed", "nat");
const open = subnet("open", "internet");
const all = [...closed, ...open];

const cluster = (ec2Attributes: unknown, from: PolicyResource[] = []) =>
  resource(CLUSTER, "cluster", { ec2Attributes }, { ec2Attributes: from });

table(emrNoPublicMaster, [
  { when: "the subnet is private", resources: [...all, cluster({ subnetId: "subnet-closed" })] },
  {
    when: "the subnet is private (first preview)",
    resources: [...all, cluster({ subnetId: UNKNOWN }, [closed[0]])],
  },
  {
    when: "all subnets are private",
    resources: [...all, cluster({ subnetIds: ["subnet-closed"] })],
  },
  {
    when: "the subnet is public",
    resources: [...all, cluster({ subnetId: "subnet-open" })],
    violations: [["cluster", /in the subnet open, whose route table leads to an internet gateway/]],
  },
  {
    when: "the subnet is public (first preview)",
    resources: [...all, cluster({ subnetId: UNKNOWN }, [open[0]])],
    violations: [["cluster", /in the subnet open/]],
  },
  {
    when: "one of the subnets is public",
    resources: [...all, cluster({ subnetIds: ["subnet-closed", "subnet-open"] })],
    violations: [["cluster", /in the subnet open/]],
  },
  {
    when: "no subnet is named",
    resources: [...all, cluster({})],
    violations: [["cluster", /neither ec2Attributes\.subnetId nor subnetIds/]],
  },
  {
    when: "nothing is said",
    resources: [cluster(undefined)],
    violations: [["cluster", /neither ec2Attributes\.subnetId nor subnetIds/]],
  },
  {
    when: "the subnet is none of the stack",
    resources: [...all, cluster({ subnetId: "subnet-elsewhere" })],
    notSeen: /no subnet that cluster names in ec2Attributes\.subnetId is a resource of this stack/,
  },
  {
    when: "the attributes are not known",
    resources: [...all, cluster(UNKNOWN)],
    notChecked: /of cluster/,
  },
  { when: "a resource has another type", resources: [resource("aws:sqs/queue:Queue", "q", {})] },
]);

const inbound = (blocks: unknown) => [
  { protocol: "tcp", fromPort: 22, toPort: 22, cidrBlocks: blocks },
];
const group = (name: string, blocks: unknown = ["10.0.0.0/16"]) =>
  resource(GROUP, name, { id: `sg-${name}`, ingress: inbound(blocks) });
const [master, core, access] = [group("master"), group("core"), group("access")];
const wide = group("wide", ["0.0.0.0/0"]);
const managed = {
  emrManagedMasterSecurityGroup: "sg-master",
  emrManagedSlaveSecurityGroup: "sg-core",
};
const groups = [master, core, access, wide];
const rule = (block: Record<string, unknown>, of: PolicyResource = master) =>
  resource(
    INGRESS,
    "rule",
    { securityGroupId: UNKNOWN, ipProtocol: "tcp", fromPort: 8998, toPort: 8998, ...block },
    { securityGroupId: [of] },
  );

table(emrNoOpenGroups, [
  { when: "the groups admit the VPC", resources: [...groups, cluster(managed)] },
  {
    when: "another group is open",
    resources: [...groups, cluster(managed), rule({ cidrIpv4: "0.0.0.0/0" }, wide)],
  },
  {
    when: "the groups are not known yet",
    resources: [
      ...groups,
      cluster({ emrManagedMasterSecurityGroup: UNKNOWN, emrManagedSlaveSecurityGroup: UNKNOWN }, [
        master,
        core,
      ]),
    ],
  },
  {
    when: "a managed group is open",
    resources: [...groups, cluster({ ...managed, emrManagedSlaveSecurityGroup: "sg-wide" })],
    violations: [["wide", /admits 0\.0\.0\.0\/0 on port 22/]],
  },
  {
    when: "a managed group is open (first preview)",
    resources: [
      ...groups,
      cluster({ emrManagedMasterSecurityGroup: UNKNOWN, emrManagedSlaveSecurityGroup: UNKNOWN }, [
        master,
        wide,
      ]),
    ],
    violations: [["wide", /admits 0\.0\.0\.0\/0/]],
  },
  {
    when: "a managed group is open to half of the internet",
    resources: [...groups, cluster(managed), rule({ cidrIpv4: "128.0.0.0/1" })],
    violations: [["rule", /admits 128\.0\.0\.0\/1 on port 8998/]],
  },
  {
    when: "a group for access of the service is open",
    resources: [...groups, cluster({ ...managed, serviceAccessSecurityGroup: "sg-wide" })],
    violations: [["wide", /admits/]],
  },
  {
    when: "one of the additional groups is open",
    resources: [
      ...groups,
      cluster({ ...managed, additionalMasterSecurityGroups: "sg-access, sg-wide" }),
    ],
    violations: [["wide", /admits/]],
  },
  {
    when: "a rule of its own opens a group",
    resources: [...groups, cluster(managed), rule({ cidrIpv6: "::/0" })],
    violations: [["rule", /admits ::\/0 on port 8998/]],
  },
  {
    when: "no group is named",
    resources: [cluster({})],
    violations: [
      ["cluster", /emrManagedMasterSecurityGroup.*is missing/],
      ["cluster", /emrManagedSlaveSecurityGroup.*is missing/],
    ],
  },
  {
    when: "a group's blocks are not known",
    resources: [group("master", UNKNOWN), core, cluster(managed)],
    notChecked: /cidrBlocks/,
  },
  { when: "a resource has another type", resources: [...groups] },
]);
