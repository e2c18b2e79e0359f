import { PolicyResource } from "@pulumi/policy";

import { stackNatInOwnZone } from "../../../policy/rules/stack/stack-nat-in-own-zone";
import { stackRouteToAws } from "../../../policy/rules/stack/stack-route-to-aws";
import { stackSubnetsHaveRoutes } from "../../../policy/rules/stack/stack-subnets-have-routes";
import { Case, UNKNOWN, resource, table } from "../graph";
import {
  ASSOCIATION,
  ENVIRONMENT,
  INTERNET_GATEWAY,
  Mode,
  NAT_GATEWAY,
  ROUTE,
  ROUTE_TABLE,
  SUBNET,
  VPC,
  VPC_ENDPOINT,
  awsxNetwork,
} from "./network";

const MODES: readonly Mode[] = ["planned", "deployed"];
const inBoth = (cases: (mode: Mode) => readonly Case[]): Case[] =>
  MODES.flatMap((mode) => cases(mode).map((one) => ({ ...one, when: `${one.when} (${mode})` })));

const services = ["sqs", "logs", "s3"];
const configuration = { services };

/** A network of aws.ec2 resources alone, with the routes written within the tables. */
function own(mode: Mode, natZone = "a", natProps: object = {}): PolicyResource[] {
  const id = (name: string) => (mode === "planned" ? UNKNOWN : name);
  const vpc = resource(VPC, "vpc", { id: id("vpc-1") });
  const inVpc = { vpcId: [vpc] };
  const subnet = (name: string, zone: string) =>
    resource(
      SUBNET,
      name,
      { id: id(name), vpcId: id("vpc-1"), availabilityZone: zone, mapPublicIpOnLaunch: false },
      inVpc,
    );
  const [outer, a, b] = [subnet("outer", natZone), subnet("a", "a"), subnet("b", "a")];
  const internet = resource(INTERNET_GATEWAY, "internet", { id: id("igw-1") }, inVpc);
  const nat = resource(
    NAT_GATEWAY,
    "nat",
    { id: id("nat-1"), subnetId: id("outer"), ...natProps },
    { subnetId: [outer] },
  );
  const tableOf = (name: string, routes: unknown, through: PolicyResource[]) =>
    resource(
      ROUTE_TABLE,
      name,
      { id: id(name), vpcId: id("vpc-1"), routes },
      { ...inVpc, routes: through },
    );
  const outerTable = tableOf(
    "outer-table",
    [{ cidrBlock: "0.0.0.0/0", gatewayId: id("igw-1") }],
    [internet],
  );
  const innerTable = tableOf(
    "inner-table",
    [
      { cidrBlock: "10.1.0.0/16", vpcPeeringConnectionId: "pcx-1" },
      { cidrBlock: "0.0.0.0/0", natGatewayId: id("nat-1") },
    ],
    [nat],
  );
  const associate = (one: PolicyResource, with_: PolicyResource) =>
    resource(
      ASSOCIATION,
      one.name,
      { subnetId: id(one.name), routeTableId: id(with_.name) },
      { subnetId: [one], routeTableId: [with_] },
    );
  return [
    vpc,
    outer,
    a,
    b,
    internet,
    nat,
    outerTable,
    innerTable,
    associate(outer, outerTable),
    associate(a, innerTable),
    associate(b, innerTable),
    resource(
      ENVIRONMENT,
      "env",
      { networkConfiguration: { subnetIds: [id("a"), id("b")] } },
      { networkConfiguration: [a, b] },
    ),
  ];
}

const replaced = (
  resources: readonly PolicyResource[],
  type: string,
  name: string,
  props: object,
  dependencies?: Record<string, PolicyResource[]>,
): PolicyResource[] =>
  resources.map((one) =>
    one.type === type && one.name === name
      ? resource(type, name, props as Record<string, unknown>, dependencies)
      : one,
  );

const routeToAws: readonly Case[] = [
  ...inBoth((mode) => [
    { when: "each zone has its NAT gateway", resources: awsxNetwork({ mode }) },
    { when: "one NAT gateway serves both zones", resources: awsxNetwork({ mode, nat: "Single" }) },
    { when: "routes are written within the tables", resources: own(mode) },
    {
      when: "there is neither a NAT gateway nor an endpoint",
      resources: awsxNetwork({ mode, nat: "None" }),
      configuration,
      violations: [
        ["net-private-1", /no way to sqs, logs, s3: its table has no route to 0\.0\.0\.0\/0/],
        ["net-private-2", /no way to sqs, logs, s3/],
      ],
    },
    {
      when: "one private subnet has lost its route",
      resources: awsxNetwork({ mode, without: ["Route net-private-2"] }),
      configuration,
      violations: [["net-private-2", /no way to sqs, logs, s3/]],
    },
    {
      when: "the NAT gateway is in a private subnet",
      resources: awsxNetwork({
        mode,
        nat: "Single",
        without: ["Route net-public-1"],
      }),
      configuration,
      violations: [
        ["net-private-1", /leads to the NAT gateway net-1, which is not known to reach/],
        ["net-private-2", /NAT gateway net-1/],
      ],
    },
    {
      when: "the NAT gateway is a private one",
      resources: awsxNetwork({
        mode,
        nat: "Single",
        change: { "NatGateway net-1": { connectivityType: "private" } },
      }),
      configuration,
      violations: [
        ["net-private-1", /no way to/],
        ["net-private-2", /no way to/],
      ],
    },
    {
      when: "interface endpoints take the place of NAT",
      resources: awsxNetwork({ mode, nat: "None", interfaces: services }),
      configuration,
    },
    {
      when: "one service has no endpoint",
      resources: awsxNetwork({ mode, nat: "None", interfaces: ["sqs", "s3"] }),
      configuration,
      violations: [
        ["net-private-1", /no way to logs:/],
        ["net-private-2", /no way to logs:/],
      ],
    },
    {
      when: "one endpoint has no private DNS",
      resources: awsxNetwork({
        mode,
        nat: "None",
        interfaces: services,
        change: { logs: { privateDnsEnabled: false } },
      }),
      configuration,
      violations: [
        ["net-private-1", /no way to logs:/],
        ["net-private-2", /no way to logs:/],
      ],
    },
    {
      when: "a route within the table leads to a NAT gateway without the internet",
      resources: own(mode).filter(({ name }) => name !== "outer-table"),
      configuration,
      violations: [
        ["a", /NAT gateway nat/],
        ["b", /NAT gateway nat/],
      ],
    },
    {
      when: "a regional NAT gateway stands in no subnet",
      resources: own(mode, "a", { availabilityMode: "regional" }).filter(
        ({ name }) => name !== "outer-table",
      ),
    },
    {
      when: "the subnets leave by a transit gateway",
      resources: own(mode).map((one) =>
        one.name === "inner-table"
          ? resource(
              ROUTE_TABLE,
              "inner-table",
              {
                id: mode === "planned" ? UNKNOWN : "inner-table",
                routes: [{ cidrBlock: "0.0.0.0/0", transitGatewayId: "tgw-1" }],
              },
              { routes: [] },
            )
          : one,
      ),
      notSeen: /by transitGatewayId out of what the stack shows/,
    },
    {
      when: "a subnet has no route table of its own",
      resources: awsxNetwork({ mode, without: ["RouteTableAssociation net-private-1"] }),
      configuration,
      violations: [["net-private-1", /no way to sqs, logs, s3: its table has no route/]],
    },
    {
      when: "two of three private subnets have no way",
      resources: awsxNetwork({
        mode,
        thirdPrivate: true,
        without: ["Route net-private-1", "Route net-private-2"],
      }),
      configuration,
      violations: [
        ["net-private-1", /no way/],
        ["net-private-2", /no way/],
      ],
    },
  ]),
  {
    when: "an environment needs two subnets and only one leaves by NAT (planned)",
    resources: awsxNetwork({
      mode: "planned",
      change: { "Route net-private-2": { gatewayId: "igw-1", natGatewayId: "" } },
    }),
    configuration,
    violations: [
      ["net-public-1", /of no use without public addresses/],
      ["net-public-2", /of no use/],
      ["net-private-2", /of no use/],
    ],
  },
  {
    when: "one of three private subnets has no way, and which two are meant is not known",
    resources: awsxNetwork({
      mode: "planned",
      thirdPrivate: true,
      without: ["Route net-private-3"],
    }),
    notChecked: /which subnets are meant is not known yet.*net-private-3/,
  },
  {
    when: "one of three private subnets has no way, and it is not the environment's",
    resources: awsxNetwork({
      mode: "deployed",
      thirdPrivate: true,
      without: ["Route net-private-3"],
    }),
  },
  {
    when: "a gateway endpoint is in the subnets' tables (deployed)",
    resources: awsxNetwork({
      mode: "deployed",
      nat: "None",
      interfaces: ["sqs", "logs"],
      gateway: true,
    }),
    configuration,
  },
  {
    when: "a gateway endpoint is in tables that are not known yet",
    resources: awsxNetwork({
      mode: "planned",
      nat: "None",
      interfaces: ["sqs", "logs"],
      gateway: true,
    }),
    configuration,
    notChecked: /cannot be seen whether the subnet net-private-1 reaches/,
  },
  {
    when: "a gateway endpoint is in other tables",
    resources: awsxNetwork({
      mode: "deployed",
      nat: "None",
      interfaces: ["sqs", "logs"],
      gateway: true,
      change: { s3: { routeTableIds: ["net-public-1-RouteTable"] } },
    }),
    configuration,
    violations: [
      ["net-private-1", /no way to s3:/],
      ["net-private-2", /no way to s3:/],
    ],
  },
  {
    when: "a gateway endpoint is associated with the tables one by one (planned)",
    resources: (() => {
      const made = awsxNetwork({ mode: "planned", nat: "None" });
      const endpoint = resource(VPC_ENDPOINT, "gateway", {
        serviceName: "com.amazonaws.us-east-1.s3",
        vpcEndpointType: "Gateway",
      });
      const tables = made.filter(
        ({ type, name }) => type === ROUTE_TABLE && name.startsWith("net-private"),
      );
      return [
        ...made,
        endpoint,
        ...tables.map((one) =>
          resource(
            "aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation",
            one.name,
            { vpcEndpointId: UNKNOWN, routeTableId: UNKNOWN },
            { vpcEndpointId: [endpoint], routeTableId: [one] },
          ),
        ),
      ];
    })(),
    configuration: { services: ["s3"] },
  },
  {
    when: "the environment is in public subnets (deployed)",
    resources: awsxNetwork({ mode: "deployed", in: ["net-public-1", "net-private-1"] }),
    configuration,
    violations: [["net-public-1", /leads to an internet gateway, of no use/]],
  },
  {
    when: "an endpoint's service is not known yet",
    resources: awsxNetwork({
      mode: "planned",
      nat: "None",
      interfaces: services,
      change: { logs: { serviceName: UNKNOWN } },
    }),
    configuration,
    notChecked: /cannot be seen/,
  },
  {
    when: "the environment's subnets are not of the stack",
    resources: [
      resource(ENVIRONMENT, "env", { networkConfiguration: { subnetIds: ["subnet-1"] } }),
    ],
    notSeen: /no subnet that env names .* is a resource of this stack/,
  },
  {
    when: "a NAT gateway is not of the stack",
    resources: replaced(
      own("deployed"),
      ROUTE_TABLE,
      "inner-table",
      {
        id: "inner-table",
        routes: [{ cidrBlock: "0.0.0.0/0", natGatewayId: "nat-9" }],
      },
      { routes: [] },
    ),
    notSeen: /by natGatewayId out of what the stack shows/,
  },
  {
    when: "a table's routes are known by its state only",
    resources: replaced(own("deployed"), ROUTE_TABLE, "inner-table", {
      id: "inner-table",
      routes: [{ cidrBlock: "0.0.0.0/0", natGatewayId: "nat-1" }],
    }),
  },
  {
    when: "a table's routes are a copy of one that the program has dropped",
    resources: [
      ...replaced(own("deployed"), ROUTE_TABLE, "inner-table", {
        id: "inner-table",
        routes: [{ cidrBlock: "0.0.0.0/0", natGatewayId: "nat-1" }],
      }),
      resource(ROUTE, "peer", {
        routeTableId: "inner-table",
        destinationCidrBlock: "10.1.0.0/16",
        vpcPeeringConnectionId: "pcx-1",
      }),
    ],
    configuration,
    violations: [
      ["a", /its table has no route/],
      ["b", /its table has no route/],
    ],
  },
  {
    when: "the whole list of a table's routes is not known yet",
    resources: replaced(
      own("deployed"),
      ROUTE_TABLE,
      "inner-table",
      { id: "inner-table", routes: UNKNOWN },
      { routes: own("deployed").filter(({ name }) => name === "nat") },
    ),
    notChecked: /routes of the route table inner-table/,
  },
  { when: "there is no environment", resources: [resource(ROUTE, "route", {})] },
];

const natInOwnZone: readonly Case[] = [
  ...inBoth((mode) => [
    { when: "each zone has its NAT gateway", resources: awsxNetwork({ mode }) },
    {
      when: "one NAT gateway serves both zones",
      resources: awsxNetwork({ mode, nat: "Single" }),
      violations: [["net-private-2", /in us-east-1b .* NAT gateway net-1 in us-east-1a; one in/]],
    },
    { when: "the route is written within the table", resources: own(mode) },
    {
      when: "the NAT gateway of a route within the table is elsewhere",
      resources: own(mode, "c"),
      violations: [
        ["a", /in a and its route inner-table leads to the NAT gateway nat in c/],
        ["b", /NAT gateway nat in c/],
      ],
    },
    {
      when: "the NAT gateway is a regional one",
      resources: own(mode, "c", { availabilityMode: "regional" }),
    },
    {
      when: "the NAT gateway's zone is not known yet",
      resources: own(mode, UNKNOWN),
      notChecked: /zone of the NAT gateway nat/,
    },
    {
      when: "a subnet's zone is not known yet",
      resources: awsxNetwork({ mode, change: { "net-private-1": { availabilityZone: UNKNOWN } } }),
      notChecked: /zone of the subnet net-private-1/,
    },
    { when: "nothing leads out", resources: awsxNetwork({ mode, nat: "None" }) },
  ]),
  {
    when: "endpoints are in both zones and there is no NAT gateway (deployed)",
    resources: awsxNetwork({ mode: "deployed", nat: "None", interfaces: ["sqs"] }),
  },
  {
    when: "endpoints may be in one zone only (planned)",
    resources: awsxNetwork({ mode: "planned", nat: "None", interfaces: ["sqs"] }),
    notChecked: /zones the endpoint sqs is in/,
  },
  {
    when: "an endpoint is in one zone only and there is no NAT gateway",
    resources: awsxNetwork({
      mode: "deployed",
      nat: "None",
      interfaces: ["sqs"],
      change: { sqs: { subnetIds: ["net-private-1-Subnet"] } },
    }),
    violations: [["sqs", /net-private-2 is in us-east-1b.*has no subnet in us-east-1b/]],
  },
  {
    when: "an endpoint is in one zone only beside NAT gateways",
    resources: awsxNetwork({
      mode: "deployed",
      interfaces: ["sqs"],
      change: { sqs: { subnetIds: ["net-private-1-Subnet"] } },
    }),
  },
  { when: "there is no environment", resources: [resource(NAT_GATEWAY, "nat", {})] },
];

const subnetsHaveRoutes: readonly Case[] = [
  ...inBoth((mode) => [
    { when: "all subnets are associated", resources: awsxNetwork({ mode }) },
    { when: "the program associates its own subnets", resources: own(mode) },
    {
      when: "a private subnet is not associated",
      resources: awsxNetwork({ mode, without: ["RouteTableAssociation net-private-1"] }),
      violations: [["net-private-1", /no aws\.ec2\.RouteTableAssociation/]],
    },
    {
      when: "no private subnet is associated",
      resources: awsxNetwork({
        mode,
        without: ["RouteTableAssociation net-private-1", "RouteTableAssociation net-private-2"],
      }),
      violations: [
        ["net-private-1", /no aws/],
        ["net-private-2", /no aws/],
      ],
    },
    {
      when: "a public subnet is not associated",
      resources: awsxNetwork({ mode, without: ["RouteTableAssociation net-public-1"] }),
    },
    {
      when: "the main table is all that there is",
      resources: [
        ...awsxNetwork({ mode, without: ["RouteTableAssociation net-private-1"] }),
        resource("aws:ec2/defaultRouteTable:DefaultRouteTable", "main", { vpcId: UNKNOWN }),
      ],
      violations: [["net-private-1", /no aws/]],
    },
  ]),
  {
    when: "an association may be for either subnet",
    resources: (() => {
      const made = own("planned").filter(
        ({ type, name }) => type !== ASSOCIATION || name === "outer",
      );
      const find = (name: string) => made.filter((one) => one.name === name)[0];
      return [
        ...made,
        resource(
          ASSOCIATION,
          "blended",
          { subnetId: UNKNOWN, routeTableId: UNKNOWN },
          { subnetId: [find("a"), find("b")], routeTableId: [find("inner-table")] },
        ),
      ];
    })(),
    notChecked: /may be for a is not known yet/,
  },
  { when: "there is no environment", resources: [resource(SUBNET, "subnet", {})] },
];

describe("rules on the routes of an environment", () => {
  table(stackRouteToAws, routeToAws);
  table(stackNatInOwnZone, natInOwnZone);
  table(stackSubnetsHaveRoutes, subnetsHaveRoutes);
});
