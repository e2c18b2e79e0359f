import assert from "node:assert/strict";

import { SERVICES } from "../../components/plan";
import program from "../../index";
import { NETWORK, THERE, type ThereVpc, VPC, existingVpc } from "../existingVpc";
import { ofType, only, record } from "../mocks";
import { shippedStack } from "../shippedStack";
import { type StackName, stackConfig } from "../stackFiles";
import { mandatoryFindings } from "./packFindings";

/** Runs the program in the VPC that is there, changed. */
const run = (
  more: Record<string, unknown> = {},
  there: Partial<ThereVpc> = {},
  stack: StackName = "dev",
) =>
  record(() => program(), {
    stack,
    // With every service, whatever the pipelines of the stack need.
    config: { ...stackConfig(stack), services: [...SERVICES], network: NETWORK, ...more },
    functions: existingVpc(there),
  });

const ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint";
/** Tables without a way out. */
const CLOSED = { ...THERE.tables, "rtb-0000000a": [], "rtb-0000000b": [] };
const sub = (change: object) => ({
  subnets: {
    ...THERE.subnets,
    "subnet-0000000b": { ...THERE.subnets["subnet-0000000b"], ...change },
  },
});
const endpoint = (service: string, more: object = {}) => ({
  endpoints: [{ service, type: "Interface", securityGroupIds: ["sg-0000000e"], ...more }],
});
const ruled = (...rules: ThereVpc["groups"][string]["rules"]) => ({
  groups: { ...THERE.groups, "sg-0000000a": { rules } },
});
const GROUPED = { network: { ...NETWORK, securityGroupIds: ["sg-0000000a"] } };

describe("a stack in a VPC that is there", () => {
  it("makes its groups in it, no VPC, no NAT gateway and no endpoint", async () => {
    const recording = await run();
    assert.deepEqual(ofType(recording, "awsx:ec2:Vpc"), []);
    assert.deepEqual(ofType(recording, ENDPOINT), []);
    assert.deepEqual(ofType(recording, "aws:ec2/flowLog:FlowLog"), []);
    const group = only(recording, "aws:ec2/securityGroup:SecurityGroup", "network-environment");
    assert.equal(group.inputs.vpcId, VPC);
    const { inputs } = only(recording, "aws:mwaa/environment:Environment");
    assert.deepEqual(inputs.networkConfiguration, {
      subnetIds: NETWORK.subnetIds,
      securityGroupIds: ["network-environment-id"],
    });
    const { vpcId, privateSubnetIds } = recording.result;
    assert.deepEqual({ vpcId, subnetIds: privateSubnetIds }, NETWORK);
  });

  it("puts Redshift into the zones of the environment's subnets first", async () => {
    const subnets = ofType(await run(), "aws:ec2/subnet:Subnet");
    assert.deepEqual(
      subnets.map(({ inputs }) => [inputs.vpcId, inputs.availabilityZone]),
      ["a", "b", "c"].map((zone) => [VPC, `us-east-1${zone}`]),
    );
  });

  it("makes the endpoints that are asked for, that of S3 in the subnets' tables", async () => {
    const recording = await run({ vpcEndpoints: ["s3", "elasticmapreduce", "ecr.api"] });
    const names = ofType(recording, ENDPOINT).map(({ name }) => name);
    assert.deepEqual(names, ["network-s3", "network-emr", "network-ecr-api"]);
    const { inputs } = only(recording, ENDPOINT, "network-s3");
    assert.deepEqual(inputs.routeTableIds, ["rtb-0000000a", "rtb-0000000b"]);
    const other = await run({
      vpcEndpoints: ["s3"],
      network: { ...NETWORK, routeTableIds: ["rtb-0000000f"] },
    });
    assert.deepEqual(only(other, ENDPOINT).inputs.routeTableIds, ["rtb-0000000f"]);
  });

  it("makes no group where it is given some, and gives the environment those", async () => {
    const recording = await run({ ...GROUPED, vpcEndpoints: ["ssm"] });
    const { inputs } = only(recording, "aws:mwaa/environment:Environment");
    const { securityGroupIds } = inputs.networkConfiguration as { securityGroupIds: string[] };
    assert.deepEqual(securityGroupIds, ["sg-0000000a"]);
    const groups = ofType(recording, "aws:ec2/securityGroup:SecurityGroup").map(({ name }) => name);
    assert.ok(!groups.includes("network-environment"), groups.join());
    const type = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
    const admitted = only(recording, type, "network-endpoints-environment");
    assert.equal(admitted.inputs.referencedSecurityGroupId, "sg-0000000a");
  });

  it("passes the policy pack as a stack with a VPC of its own does", async () => {
    const own = await shippedStack("prod");
    const recording = await run({ vpcEndpoints: ["s3", "ssm"] }, {}, "prod");
    assert.deepEqual(mandatoryFindings(recording), mandatoryFindings(own));
  });

  const refused: [string, Record<string, unknown>, Partial<ThereVpc>, RegExp][] = [
    [
      "a VPC that is not there",
      { network: { ...NETWORK, vpcId: "vpc-99999999" } },
      {},
      /network\.vpcId names vpc-99999999, which could not be looked up: .*no matching EC2 VPC found/,
    ],
    [
      "a subnet that is not there",
      {},
      { subnets: {} },
      /network\.subnetIds names subnet-0000000a, which could not/,
    ],
    ["DNS support that is off", {}, { enableDnsSupport: false }, /a VPC with DNS support/],
    ["DNS host names that are off", {}, { enableDnsHostnames: false }, /a VPC with DNS host names/],
    ["subnets of one zone", {}, sub({ zone: "a" }), /subnets in two zones; both are in us-east-1a/],
    [
      "a subnet of another VPC",
      {},
      sub({ vpcId: "vpc-99999999" }),
      /a subnet of vpc-0123abcd; it is of vpc-99999999/,
    ],
    [
      "a public subnet",
      {},
      sub({ table: "rtb-0000000c" }),
      /a private subnet; its route table rtb-0000000c leads to an internet gateway/,
    ],
    [
      "a subnet without the tag of EMR",
      {},
      sub({ tags: {} }),
      /tag for-use-with-amazon-emr-managed-policies=true/,
    ],
    ["too few free addresses", {}, sub({ free: 3 }), /4 free addresses: .*; it has 3/],
    [
      "a subnet without a way out",
      {},
      { tables: CLOSED },
      /a way to airflow\.api, .*; rtb-0000000a has no route to 0\.0\.0\.0\/0/,
    ],
    ["a main table without a way out", {}, sub({ table: undefined }), /rtb-0000000f has no route/],
    [
      "a NAT gateway in a private subnet",
      {},
      { nats: { "nat-0000000a": { subnetId: "subnet-0000000a" } } },
      /rtb-0000000a leads to nat-0000000a, and no endpoint/,
    ],
    [
      "a private NAT gateway",
      {},
      { nats: { "nat-0000000a": { ...THERE.nats["nat-0000000a"], connectivityType: "private" } } },
      /a way to/,
    ],
    [
      "an endpoint that does not admit the environment",
      {},
      endpoint("sqs", { securityGroupIds: ["sg-0000000a"] }),
      /endpoint vpce-sqs for sqs admits the environment on port 443.*10\.192\.1\.0\/24, 10\.192\.2\.0\/24/,
    ],
    [
      "an endpoint where there is one of that name",
      { vpcEndpoints: ["sqs"] },
      endpoint("sqs"),
      /vpcEndpoints is "sqs"; allowed: services that the VPC has no endpoint .* there is vpce-sqs/,
    ],
    [
      "S3's endpoint where the table leads to one",
      { vpcEndpoints: ["s3"] },
      endpoint("s3", { type: "Gateway", routeTableIds: ["rtb-0000000a"] }),
      /services that rtb-0000000a leads to no endpoint of/,
    ],
    [
      "groups that are not there",
      { network: { ...NETWORK, securityGroupIds: ["sg-99999999"] } },
      {},
      /network\.securityGroupIds names sg-99999999/,
    ],
    [
      "groups of another VPC",
      GROUPED,
      { groups: { "sg-0000000a": { ...THERE.groups["sg-0000000a"], vpcId: "vpc-99999999" } } },
      /groups of vpc-0123abcd; it is of vpc-99999999/,
    ],
    [
      "groups that do not admit themselves",
      GROUPED,
      ruled({ isEgress: true, ipProtocol: "-1", cidrIpv4: "0.0.0.0/0" }),
      /admit their own members on TCP 443 and 5432; not on 443, 5432/,
    ],
    [
      "groups that let nothing out",
      GROUPED,
      ruled({ ipProtocol: "-1", referencedSecurityGroupId: "sg-0000000a" }),
      /let TCP 443 and 5432 out to their members/,
    ],
    [
      "Redshift's blocks outside of the VPC",
      {},
      { cidrs: ["10.192.0.0/20"] },
      /redshiftSubnetCidrs\[0\].*a block inside vpc-0123abcd, which has 10\.192\.0\.0\/20/,
    ],
    [
      "Redshift's block over another subnet",
      { redshiftSubnetCidrs: ["10.192.1.0/25", "10.192.31.0/24"] },
      {},
      /no subnet of vpc-0123abcd uses; 10\.192\.1\.0\/24/,
    ],
    [
      "settings of an own VPC",
      { natGateways: "Single" },
      {},
      /natGateways is "Single"; allowed: nothing beside network\.vpcId/,
    ],
    [
      "further groups beside given ones",
      { ...GROUPED, securityGroupIds: ["sg-0000000e"] },
      {},
      /nothing beside network\.securityGroupIds/,
    ],
  ];
  for (const [what, more, there, message] of refused) {
    it(`is refused before anything is registered: ${what}`, async () => {
      await assert.rejects(run(more, there), message);
    });
  }

  const taken: [string, Record<string, unknown>, Partial<ThereVpc>][] = [
    ["a regional NAT gateway", {}, { nats: { "nat-0000000a": { availabilityMode: "regional" } } }],
    ["an endpoint that admits the subnets' blocks", {}, endpoint("sqs")],
    [
      "an endpoint without a private name",
      {},
      endpoint("sqs", { privateDnsEnabled: false, securityGroupIds: [] }),
    ],
    [
      "its own endpoint again",
      { vpcEndpoints: ["sqs"] },
      endpoint("sqs", { tags: { Project: "mwaa-analytics", Stack: "dev" } }),
    ],
  ];
  for (const [what, more, there] of taken) {
    it(`takes ${what}`, async () => {
      await run(more, there);
    });
  }

  it("takes few free addresses where the environment is there, which has the others", async () => {
    const tags = { Project: "mwaa-analytics", Stack: "dev" };
    await record(() => program(), {
      stack: "dev",
      config: { ...stackConfig("dev"), network: NETWORK },
      functions: {
        ...existingVpc(sub({ free: 0 })),
        "aws:resourcegroupstaggingapi/getResources:getResources": ({ resourceArnLists }) => ({
          resourceTagMappingLists: (resourceArnLists as string[]).map((resourceArn) => ({
            resourceArn,
            tags,
          })),
        }),
      },
    });
  });

  it("takes subnets without a way out, where an endpoint is there or made for each service", async () => {
    const made = [
      ...["airflow.api", "airflow.env", "athena", "ecr.api", "ecr.dkr", "elasticmapreduce", "glue"],
      ...["kms", "logs", "monitoring", "redshift-data", "s3", "sns", "ssm", "states"],
    ];
    const { registrations } = await run(
      { vpcEndpoints: made, movielensSource: "s3://films/ml.zip" },
      { tables: CLOSED, ...endpoint("sqs") },
    );
    assert.equal(registrations.filter(({ type }) => type === ENDPOINT).length, made.length);
  });

  it("says once what cannot be seen", async () => {
    const tables = {
      ...THERE.tables,
      "rtb-0000000a": [{ cidrBlock: "0.0.0.0/0", transitGatewayId: "tgw-1" }],
    };
    const said: string[] = [];
    const { log } = await import("@pulumi/pulumi");
    const { warn } = log;
    Object.assign(log, { warn: (message: string) => Promise.resolve(void said.push(message)) });
    try {
      await run({}, { tables });
    } finally {
      Object.assign(log, { warn });
    }
    assert.equal(said.length, 1);
    assert.match(
      said[0],
      /cannot be seen whether subnet-0000000a reaches airflow\.api.*by rtb-0000000a leads to tgw-1/,
    );
  });
});
