import assert from "node:assert";
import * as pulumi from "@pulumi/pulumi";
import { Network, type NetworkArgs } from "../../components/network";
import { LOCATION, document, statement } from "../policies";
import { type Recording, ofType, only, record } from "../mocks";

const ARGS: NetworkArgs = {
  location: LOCATION,
  environmentName: "mwaa-test",
  vpcCidr: "10.192.0.0/16",
  publicSubnetCidrs: ["10.192.10.0/24", "10.192.11.0/24"],
  privateSubnetCidrs: ["10.192.20.0/24", "10.192.21.0/24"],
  availabilityZones: ["us-east-1a", "us-east-1b", "us-east-1c"],
  interfaceEndpoints: { emr: "elasticmapreduce" },
  logRetentionDays: 30,
  tags: { Team: "data" },
};

const network = (args: Partial<NetworkArgs> = {}): Promise<Recording<Network>> =>
  record(() => new Network("network", { ...ARGS, ...args }));

describe("Network", () => {
  it("makes a VPC with two public and two private subnets in the first two zones", async () => {
    const vpc = only(await network(), "awsx:ec2:Vpc");
    assert.deepStrictEqual(vpc.inputs, {
      cidrBlock: "10.192.0.0/16",
      availabilityZoneNames: ["us-east-1a", "us-east-1b"],
      enableDnsHostnames: true,
      subnetStrategy: "Auto",
      subnetSpecs: [
        { type: "Public", name: "public", cidrBlocks: ["10.192.10.0/24", "10.192.11.0/24"] },
        { type: "Private", name: "private", cidrBlocks: ["10.192.20.0/24", "10.192.21.0/24"] },
      ],
      natGateways: { strategy: "OnePerAz" },
      tags: { Team: "data" },
    });
  });

  it("takes a single NAT gateway by setting", async () => {
    const vpc = only(await network({ natGateways: "Single" }), "awsx:ec2:Vpc");
    assert.deepStrictEqual(vpc.inputs.natGateways, { strategy: "Single" });
  });

  it("has neither public subnets nor a route out where there is no NAT gateway", async () => {
    const vpc = only(await network({ natGateways: "None" }), "awsx:ec2:Vpc");
    assert.deepStrictEqual(vpc.inputs.natGateways, { strategy: "None" });
    assert.deepStrictEqual(vpc.inputs.subnetSpecs, [
      { type: "Private", name: "private", cidrBlocks: ["10.192.20.0/24", "10.192.21.0/24"] },
    ]);
    assert.deepStrictEqual(vpc.state.routes, []);
  });

  it("puts the S3 gateway endpoint on the private route tables and no other", async () => {
    const { inputs } = only(await network(), "aws:ec2/vpcEndpoint:VpcEndpoint", "network-s3");
    assert.strictEqual(inputs.serviceName, "com.amazonaws.us-east-1.s3");
    assert.strictEqual(inputs.vpcEndpointType, "Gateway");
    assert.deepStrictEqual(inputs.routeTableIds, [
      "network-private-1-RouteTable",
      "network-private-2-RouteTable",
    ]);
  });

  it("has no endpoint but that of S3, and no group for any, where none is asked for", async () => {
    const plain = await network({ interfaceEndpoints: {} });
    const endpoints = ofType(plain, "aws:ec2/vpcEndpoint:VpcEndpoint").map(({ name }) => name);
    assert.deepStrictEqual(endpoints, ["network-s3"]);
    const groups = ofType(plain, "aws:ec2/securityGroup:SecurityGroup").map(({ name }) => name);
    assert.deepStrictEqual(groups, ["network-environment"]);
    assert.strictEqual(plain.result.endpointSecurityGroupId, undefined);
  });

  it("puts an interface endpoint into the private subnets, with private DNS", async () => {
    const { inputs } = only(await network(), "aws:ec2/vpcEndpoint:VpcEndpoint", "network-emr");
    assert.strictEqual(inputs.serviceName, "com.amazonaws.us-east-1.elasticmapreduce");
    assert.strictEqual(inputs.vpcEndpointType, "Interface");
    assert.strictEqual(inputs.privateDnsEnabled, true);
    assert.deepStrictEqual(inputs.subnetIds, ["network-private-1-id", "network-private-2-id"]);
    assert.deepStrictEqual(inputs.securityGroupIds, ["network-endpoints-id"]);
  });

  it("admits the environment to the endpoints, on the port of HTTPS alone", async () => {
    const recording = await network();
    const { inputs } = only(
      recording,
      "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
      "network-endpoints-environment",
    );
    assert.strictEqual(inputs.securityGroupId, "network-endpoints-id");
    assert.strictEqual(inputs.referencedSecurityGroupId, "network-environment-id");
    assert.deepStrictEqual([inputs.ipProtocol, inputs.fromPort, inputs.toPort], ["tcp", 443, 443]);
  });

  it("gives the private subnets, and no public one, the tags that a service wants there", async () => {
    const tags = { "for-use": "true" };
    const vpc = only(await network({ privateSubnetTags: tags }), "awsx:ec2:Vpc");
    const specs = vpc.inputs.subnetSpecs as { type: string; tags?: object }[];
    assert.deepStrictEqual(
      specs.map((spec) => [spec.type, spec.tags]),
      [
        ["Public", undefined],
        ["Private", tags],
      ],
    );
  });

  it("admits into the environment's group its own members only and lets everything out", async () => {
    const recording = await network();
    for (const { inputs } of ofType(recording, "aws:ec2/securityGroup:SecurityGroup")) {
      assert.ok(!("ingress" in inputs) && !("egress" in inputs));
    }
    const rules = ofType(recording, "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule");
    const inbounds = rules.filter(
      ({ inputs }) => inputs.securityGroupId === "network-environment-id",
    );
    assert.strictEqual(inbounds.length, 1);
    const [inbound] = inbounds;
    assert.deepStrictEqual(
      [
        inbound.inputs.securityGroupId,
        inbound.inputs.referencedSecurityGroupId,
        inbound.inputs.ipProtocol,
        inbound.inputs.cidrIpv4,
      ],
      ["network-environment-id", "network-environment-id", "-1", undefined],
    );
    const outbound = only(recording, "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule");
    assert.strictEqual(outbound.inputs.cidrIpv4, "0.0.0.0/0");
    assert.strictEqual(outbound.inputs.ipProtocol, "-1");
  });

  it("admits to the web server whom the settings name, on its port alone", async () => {
    const recording = await network({
      webserverIngress: {
        cidrBlocks: ["10.8.0.0/22"],
        securityGroupIds: ["sg-01234567", "210987654321/sg-01234567"],
      },
    });
    const type = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
    const rules = ofType(recording, type).filter(({ name }) => name.includes("-https-"));
    assert.deepStrictEqual(
      rules.map(({ name, inputs }) => [
        name,
        inputs.cidrIpv4 ?? inputs.referencedSecurityGroupId,
        ...[inputs.securityGroupId, inputs.ipProtocol, inputs.fromPort, inputs.toPort],
      ]),
      [
        ["network-environment-https-10.8.0.0-22", "10.8.0.0/22"],
        ["network-environment-https-sg-01234567", "sg-01234567"],
        ["network-environment-https-210987654321-sg-01234567", "210987654321/sg-01234567"],
      ].map((rule) => [...rule, "network-environment-id", "tcp", 443, 443]),
    );
  });

  it("closes the VPC's default security group", async () => {
    const { inputs } = only(await network(), "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup");
    assert.strictEqual(inputs.vpcId, "network-vpc-id");
    assert.deepStrictEqual([inputs.ingress, inputs.egress], [[], []]);
  });

  it("sends flow logs of all traffic to a log group that expires", async () => {
    const recording = await network({ kmsKeyArn: "arn:aws:kms:us-east-1:123456789012:key/k" });
    const flowLog = only(recording, "aws:ec2/flowLog:FlowLog");
    assert.strictEqual(flowLog.deleteBeforeReplace, true);
    const group = only(recording, "aws:cloudwatch/logGroup:LogGroup");
    assert.strictEqual(flowLog.inputs.trafficType, "ALL");
    assert.strictEqual(flowLog.inputs.vpcId, "network-vpc-id");
    assert.strictEqual(
      flowLog.inputs.logDestination,
      "arn:aws:logs:us-east-1:123456789012:log-group:/mwaa-test/vpc-flow-logs",
    );
    assert.strictEqual(group.inputs.retentionInDays, 30);
    assert.strictEqual(group.inputs.kmsKeyId, "arn:aws:kms:us-east-1:123456789012:key/k");
    // Without its permission the flow log would be made and stay empty.
    const policy = only(recording, "aws:iam/rolePolicy:RolePolicy");
    assert.ok(flowLog.dependencies.includes(policy.urn));
  });

  it("lets the flow logs of this account only write to that group only", async () => {
    const recording = await network();
    const trust = document(only(recording, "aws:iam/role:Role").inputs.assumeRolePolicy);
    assert.deepStrictEqual(statement(trust, "AssumedByFlowLogs").Condition, {
      StringEquals: { "aws:SourceAccount": "123456789012" },
      ArnLike: { "aws:SourceArn": "arn:aws:ec2:us-east-1:123456789012:vpc-flow-log/*" },
    });
    const policy = document(only(recording, "aws:iam/rolePolicy:RolePolicy").inputs.policy);
    const group = "arn:aws:logs:us-east-1:123456789012:log-group:/mwaa-test/vpc-flow-logs";
    assert.deepStrictEqual(statement(policy, "WriteFlowLogs").Resource, [group, `${group}:*`]);
  });

  it("gives out VPC, private subnets, group and every route for others to wait for", async () => {
    const { result } = await record(() => {
      const { vpcId, privateSubnetIds, securityGroupIds, routes } = new Network("network", {
        ...ARGS,
        natGateways: "Single",
      });
      const urns = routes.apply((all) => pulumi.all(all.map(({ urn }) => urn)));
      return { vpcId, privateSubnetIds, securityGroupIds, urns };
    });
    assert.strictEqual(result.vpcId, "network-vpc-id");
    assert.deepStrictEqual(result.privateSubnetIds, [
      "network-private-1-id",
      "network-private-2-id",
    ]);
    assert.deepStrictEqual(result.securityGroupIds, ["network-environment-id"]);
    const types = result.urns.map((urn) => urn.split(":").at(-3)).sort();
    assert.deepStrictEqual(types, [
      "NatGateway",
      ...Array<string>(4).fill("Route"),
      ...Array<string>(4).fill("RouteTableAssociation"),
    ]);
  });

  it("parents all that it makes", async () => {
    const recording = await network();
    const component = only(recording, "mwaa:network:Network");
    for (const child of recording.registrations.filter(({ urn }) => urn !== component.urn)) {
      assert.strictEqual(child.parent, component.urn, child.urn);
    }
    assert.strictEqual(ofType(recording, "aws:ec2/vpcEndpoint:VpcEndpoint").length, 2);
  });
});
