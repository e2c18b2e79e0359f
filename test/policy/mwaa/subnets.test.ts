import { PolicyResource } from "@pulumi/policy";

import { mwaaTwoPrivateSubnets } from "../../../policy/rules/mwaa/mwaa-two-private-subnets";
import { ENVIRONMENT } from "../../../policy/types";
import { Case, UNKNOWN, resource, table } from "../graph";

interface Plan {
  readonly zone?: unknown;
  readonly vpc?: string;
  readonly target?: "natGatewayId" | "gatewayId";
}

/** Two subnets with their tables and routes, and an environment in them; ids known or not. */
function stack(
  plans: readonly Plan[],
  { planned = false, ids }: { planned?: boolean; ids?: readonly string[] } = {},
): PolicyResource[] {
  const id = (value: string) => (planned ? UNKNOWN : value);
  const vpcs = ["vpc-1", "vpc-2"].map((name) =>
    resource("aws:ec2/vpc:Vpc", name, { id: id(name) }),
  );
  const internet = resource("aws:ec2/internetGateway:InternetGateway", "igw", { id: id("igw-1") });
  const nat = resource("aws:ec2/natGateway:NatGateway", "nat", { id: id("nat-1") });
  const parts = plans.flatMap(({ zone, vpc = "vpc-1", target = "natGatewayId" }, i) => {
    const own = vpcs.find(({ name }) => name === vpc) as PolicyResource;
    const name = `subnet-${i + 1}`;
    const subnet = resource(
      "aws:ec2/subnet:Subnet",
      name,
      { id: id(name), vpcId: id(vpc), availabilityZone: zone ?? `us-east-1${"ab"[i] ?? "c"}` },
      { vpcId: [own] },
    );
    const routes = resource(
      "aws:ec2/routeTable:RouteTable",
      name,
      { id: id(`rtb-${name}`), vpcId: id(vpc) },
      { vpcId: [own] },
    );
    const gateway = target === "natGatewayId" ? nat : internet;
    return [
      subnet,
      routes,
      resource(
        "aws:ec2/routeTableAssociation:RouteTableAssociation",
        name,
        { subnetId: id(name), routeTableId: id(`rtb-${name}`) },
        { subnetId: [subnet], routeTableId: [routes] },
      ),
      resource(
        "aws:ec2/route:Route",
        name,
        {
          routeTableId: id(`rtb-${name}`),
          destinationCidrBlock: "0.0.0.0/0",
          [target]: id(target === "natGatewayId" ? "nat-1" : "igw-1"),
        },
        { routeTableId: [routes], [target]: [gateway] },
      ),
    ];
  });
  const subnets = parts.filter(({ type }) => type === "aws:ec2/subnet:Subnet");
  const names = ids ?? subnets.map(({ name }) => name);
  const environment = resource(
    ENVIRONMENT,
    "env",
    { networkConfiguration: { subnetIds: planned ? UNKNOWN : names } },
    { networkConfiguration: subnets },
  );
  return [...vpcs, internet, nat, ...parts, environment];
}

const both = (what: string, plans: readonly Plan[], violations: Case["violations"] = []): Case[] =>
  [false, true].map((planned) => ({
    when: `${what} (${planned ? "first preview" : "ids known"})`,
    resources: stack(plans, { planned }),
    violations,
  }));

table(mwaaTwoPrivateSubnets, [
  ...both("there are two private ones in two zones", [{}, {}]),
  ...both(
    "they are in one zone",
    [{ zone: "us-east-1a" }, { zone: "us-east-1a" }],
    [["env", /both in us-east-1a/]],
  ),
  ...both("they are in two VPCs", [{}, { vpc: "vpc-2" }], [["env", /in two VPCs/]]),
  {
    when: "one is public (ids known)",
    resources: stack([{}, { target: "gatewayId" }]),
    violations: [["subnet-2", /is public/]],
  },
  {
    when: "there is one",
    resources: stack([{}, {}], { ids: ["subnet-1"] }),
    violations: [["env", /has 1 subnets; exactly 2/]],
  },
  {
    when: "there are three",
    resources: stack([{}, {}, {}]),
    violations: [["env", /has 3 subnets; exactly 2/]],
  },
  {
    when: "it is not known which of three it takes",
    resources: stack([{}, {}, {}], { planned: true }),
    notChecked: /which 2 of subnet-1, subnet-2, subnet-3/,
  },
  {
    when: "the zones are not known yet",
    resources: stack([{ zone: UNKNOWN }, {}]),
    notChecked: /the zones of its subnets/,
  },
  {
    when: "they are not of the stack",
    resources: [resource(ENVIRONMENT, "env", { networkConfiguration: { subnetIds: ["a", "b"] } })],
    notSeen: /is a resource of this stack/,
  },
  { when: "there is no environment", resources: stack([{}, {}]).slice(0, -1) },
]);
