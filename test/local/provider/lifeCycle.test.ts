import assert from "node:assert/strict";

import { startCloud, stopCloud } from "../../../local/cli/cloud";
import { Endpoint } from "../../../local/engine/endpoint";
import {
  checkInputs,
  difference,
  equivalent,
  observedInputs,
  stateOf,
} from "../../../local/provider/aws/lifecycle";
import { Properties } from "../../../local/provider/aws/row";
import { freePort, inventory, temporaryHome } from "../running";
import { ROWS } from "./rows";

/** What was made: id and properties, by the entry's name. */
type Made = Readonly<Record<string, { readonly id: string; readonly state: Properties }>>;

/** A resource to make, and a change to it. In the order in which one needs the other. */
interface Entry {
  readonly type: string;
  /** Unique here; the type's last word where it is left out. */
  readonly name?: string;
  readonly inputs: (made: Made) => Properties;
  /** Inputs that are changed in place; none where AWS changes nothing of such a thing. */
  readonly change?: (made: Made) => Properties;
  /** An input that forces a replacement when it is changed. */
  readonly replaces?: readonly [string, unknown];
  /** There is no such thing to be gone: taking it off only resets it. */
  readonly stays?: boolean;
}

const TRUST = (service: string) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: service }, Action: "sts:AssumeRole" }],
  });

const AIRFLOW_TRUST = JSON.stringify({
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Principal: { Service: ["airflow.amazonaws.com", "airflow-env.amazonaws.com"] },
      Action: "sts:AssumeRole",
    },
  ],
});

const allow = (Action: string) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action, Resource: "*" }],
  });

const bucketPolicy = (made: Made, Sid: string) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Sid,
        Effect: "Deny",
        Principal: "*",
        Action: "s3:*",
        Resource: [made.Bucket.state.arn, `${String(made.Bucket.state.arn)}/*`],
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      },
    ],
  });

const subnet = (zone: string, cidrBlock: string) => (made: Made) => ({
  vpcId: made.Vpc.id,
  availabilityZone: `us-east-1${zone}`,
  cidrBlock,
  mapPublicIpOnLaunch: false,
});

const ENTRIES: readonly Entry[] = [
  {
    type: "aws:ec2/vpc:Vpc",
    inputs: () => ({
      cidrBlock: "10.1.0.0/16",
      enableDnsHostnames: true,
      tags: { a: "1", b: "2" },
    }),
    change: () => ({ enableDnsHostnames: false, tags: { a: "3" } }),
    replaces: ["cidrBlock", "10.2.0.0/16"],
  },
  {
    type: "aws:ec2/subnet:Subnet",
    inputs: subnet("a", "10.1.1.0/24"),
    change: () => ({ mapPublicIpOnLaunch: true }),
    replaces: ["availabilityZone", "us-east-1b"],
  },
  { type: "aws:ec2/subnet:Subnet", name: "SubnetB", inputs: subnet("b", "10.1.2.0/24") },
  { type: "aws:ec2/subnet:Subnet", name: "SubnetC", inputs: subnet("c", "10.1.3.0/24") },
  {
    type: "aws:ec2/internetGateway:InternetGateway",
    inputs: ({ Vpc }) => ({ vpcId: Vpc.id }),
    change: () => ({ tags: { a: "1" } }),
  },
  {
    type: "aws:ec2/eip:Eip",
    inputs: () => ({ tags: { a: "1" } }),
    change: () => ({ tags: { a: "2" } }),
    replaces: ["domain", "vpc"],
  },
  {
    type: "aws:ec2/natGateway:NatGateway",
    inputs: ({ Eip, Subnet }) => ({ allocationId: Eip.state.allocationId, subnetId: Subnet.id }),
    change: () => ({ tags: { a: "1" } }),
    replaces: ["subnetId", "subnet-0"],
  },
  {
    type: "aws:ec2/routeTable:RouteTable",
    inputs: ({ Vpc }) => ({ vpcId: Vpc.id }),
    change: () => ({ tags: { a: "1" } }),
    replaces: ["vpcId", "vpc-0"],
  },
  {
    type: "aws:ec2/route:Route",
    inputs: ({ RouteTable, InternetGateway }) => ({
      routeTableId: RouteTable.id,
      destinationCidrBlock: "0.0.0.0/0",
      gatewayId: InternetGateway.id,
    }),
    change: ({ NatGateway }) => ({ gatewayId: undefined, natGatewayId: NatGateway.id }),
    replaces: ["destinationCidrBlock", "10.9.0.0/16"],
  },
  {
    type: "aws:ec2/routeTable:RouteTable",
    name: "OtherRouteTable",
    inputs: ({ Vpc }) => ({ vpcId: Vpc.id }),
  },
  {
    type: "aws:ec2/routeTableAssociation:RouteTableAssociation",
    inputs: ({ RouteTable, Subnet }) => ({ routeTableId: RouteTable.id, subnetId: Subnet.id }),
    change: ({ OtherRouteTable }) => ({ routeTableId: OtherRouteTable.id }),
    replaces: ["subnetId", "subnet-0"],
  },
  {
    type: "aws:ec2/securityGroup:SecurityGroup",
    inputs: ({ Vpc }) => ({ vpcId: Vpc.id, name: "group", description: "of the test" }),
    change: () => ({ tags: { a: "1" } }),
    replaces: ["description", "another"],
  },
  {
    type: "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
    inputs: ({ Vpc }) => ({ vpcId: Vpc.id }),
    change: () => ({ tags: { a: "1" } }),
    replaces: ["vpcId", "vpc-0"],
    stays: true,
  },
  {
    type: "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    inputs: ({ SecurityGroup }) => ({
      securityGroupId: SecurityGroup.id,
      referencedSecurityGroupId: SecurityGroup.id,
      ipProtocol: "-1",
      description: "its members",
    }),
    replaces: ["securityGroupId", "sg-0"],
  },
  {
    type: "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
    inputs: ({ SecurityGroup }) => ({
      securityGroupId: SecurityGroup.id,
      cidrIpv4: "10.0.0.0/8",
      ipProtocol: "tcp",
      fromPort: 443,
      toPort: 443,
      description: "inside",
    }),
    replaces: ["securityGroupId", "sg-0"],
  },
  {
    type: "aws:ec2/vpcEndpoint:VpcEndpoint",
    inputs: ({ Vpc, RouteTable }) => ({
      vpcId: Vpc.id,
      serviceName: "com.amazonaws.us-east-1.s3",
      vpcEndpointType: "Gateway",
      routeTableIds: [RouteTable.id],
    }),
    change: ({ RouteTable, OtherRouteTable }) => ({
      routeTableIds: [RouteTable.id, OtherRouteTable.id],
    }),
    replaces: ["serviceName", "com.amazonaws.us-east-1.dynamodb"],
  },
  {
    type: "aws:ec2/vpcEndpoint:VpcEndpoint",
    name: "InterfaceEndpoint",
    inputs: ({ Vpc, Subnet, SecurityGroup }) => ({
      vpcId: Vpc.id,
      serviceName: "com.amazonaws.us-east-1.elasticmapreduce",
      vpcEndpointType: "Interface",
      privateDnsEnabled: true,
      subnetIds: [Subnet.id],
      securityGroupIds: [SecurityGroup.id],
    }),
    change: ({ Subnet, SubnetB }) => ({ subnetIds: [Subnet.id, SubnetB.id] }),
    replaces: ["vpcEndpointType", "Gateway"],
  },
  {
    type: "aws:cloudwatch/logGroup:LogGroup",
    inputs: () => ({ name: "/test/logs", retentionInDays: 30, tags: { a: "1" } }),
    change: () => ({ retentionInDays: 90, tags: { a: "2" } }),
    replaces: ["name", "/test/others"],
  },
  {
    type: "aws:iam/role:Role",
    inputs: () => ({
      name: "test-role",
      description: "of the test",
      assumeRolePolicy: TRUST("vpc-flow-logs.amazonaws.com"),
      tags: { a: "1" },
    }),
    change: () => ({
      description: "changed",
      assumeRolePolicy: AIRFLOW_TRUST,
      tags: { a: "2" },
    }),
    replaces: ["name", "other-role"],
  },
  {
    type: "aws:iam/rolePolicy:RolePolicy",
    inputs: ({ Role }) => ({
      name: "test-policy",
      role: Role.state.name,
      policy: allow("logs:DescribeLogGroups"),
    }),
    change: () => ({ policy: allow("s3:ListAllMyBuckets") }),
    replaces: ["role", "other-role"],
  },
  {
    type: "aws:ec2/flowLog:FlowLog",
    inputs: ({ Vpc, LogGroup, Role }) => ({
      vpcId: Vpc.id,
      trafficType: "ALL",
      logDestinationType: "cloud-watch-logs",
      logDestination: LogGroup.state.arn,
      iamRoleArn: Role.state.arn,
    }),
    change: () => ({ tags: { a: "1" } }),
    replaces: ["trafficType", "REJECT"],
  },
  {
    type: "aws:kms/key:Key",
    inputs: () => ({
      description: "of the test",
      enableKeyRotation: true,
      deletionWindowInDays: 7,
    }),
    change: () => ({ description: "changed", enableKeyRotation: false }),
  },
  {
    type: "aws:kms/key:Key",
    name: "OtherKey",
    inputs: () => ({ description: "another", deletionWindowInDays: 7 }),
  },
  {
    type: "aws:kms/alias:Alias",
    inputs: ({ Key }) => ({ name: "alias/test", targetKeyId: Key.state.keyId }),
    change: ({ OtherKey }) => ({ targetKeyId: OtherKey.state.keyId }),
    replaces: ["name", "alias/other"],
  },
  {
    type: "aws:s3/bucket:Bucket",
    inputs: () => ({ bucket: "airflow-life-cycle", forceDestroy: true, tags: { a: "1" } }),
    change: () => ({ tags: { a: "2" } }),
    replaces: ["bucket", "airflow-other"],
  },
  {
    type: "aws:s3/bucketVersioning:BucketVersioning",
    inputs: ({ Bucket }) => ({
      bucket: Bucket.id,
      versioningConfiguration: { status: "Suspended" },
    }),
    change: () => ({ versioningConfiguration: { status: "Enabled" } }),
    replaces: ["bucket", "airflow-other"],
    stays: true,
  },
  {
    type: "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    inputs: ({ Bucket }) => ({
      bucket: Bucket.id,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: false,
    }),
    change: () => ({ restrictPublicBuckets: true }),
    replaces: ["bucket", "airflow-other"],
  },
  {
    type: "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    inputs: ({ Bucket }) => ({
      bucket: Bucket.id,
      rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }],
    }),
    change: ({ Key }) => ({
      rules: [
        {
          applyServerSideEncryptionByDefault: {
            sseAlgorithm: "aws:kms",
            kmsMasterKeyId: Key.state.arn,
          },
          bucketKeyEnabled: true,
        },
      ],
    }),
    replaces: ["bucket", "airflow-other"],
    stays: true,
  },
  {
    type: "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
    inputs: ({ Bucket }) => ({
      bucket: Bucket.id,
      rule: { objectOwnership: "BucketOwnerPreferred" },
    }),
    change: () => ({ rule: { objectOwnership: "BucketOwnerEnforced" } }),
    replaces: ["bucket", "airflow-other"],
  },
  {
    type: "aws:s3/bucketPolicy:BucketPolicy",
    inputs: (made) => ({ bucket: made.Bucket.id, policy: bucketPolicy(made, "First") }),
    change: (made) => ({ policy: bucketPolicy(made, "Second") }),
    replaces: ["bucket", "airflow-other"],
  },
  {
    type: "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    inputs: ({ Bucket }) => ({
      bucket: Bucket.id,
      rules: [
        {
          id: "old",
          status: "Enabled",
          filter: {},
          noncurrentVersionExpiration: { noncurrentDays: 30 },
        },
      ],
    }),
    change: () => ({
      rules: [
        {
          id: "old",
          status: "Enabled",
          filter: {},
          noncurrentVersionExpiration: { noncurrentDays: 60 },
        },
      ],
    }),
    replaces: ["bucket", "airflow-other"],
  },
  {
    type: "aws:s3/bucketObjectv2:BucketObjectv2",
    inputs: ({ Bucket }) => ({ bucket: Bucket.id, key: "dags/a.py", content: "one" }),
    change: () => ({ content: "two" }),
    replaces: ["key", "dags/b.py"],
  },
  {
    type: "aws:ssm/parameter:Parameter",
    inputs: () => ({ name: "/test/one", type: "String", value: "1", tags: { a: "1" } }),
    change: () => ({ value: "2", tags: { a: "2" } }),
    replaces: ["name", "/test/two"],
  },
  {
    type: "aws:glue/catalogDatabase:CatalogDatabase",
    inputs: () => ({ name: "test_database", description: "of the test" }),
    change: () => ({ description: "changed" }),
    replaces: ["name", "other_database"],
  },
  {
    type: "aws:athena/workgroup:Workgroup",
    inputs: ({ Bucket }) => ({
      name: "test-workgroup",
      forceDestroy: true,
      configuration: {
        enforceWorkgroupConfiguration: true,
        publishCloudwatchMetricsEnabled: true,
        resultConfiguration: { outputLocation: `s3://${Bucket.id}/results/` },
      },
    }),
    change: ({ Bucket }) => ({
      configuration: {
        enforceWorkgroupConfiguration: true,
        publishCloudwatchMetricsEnabled: false,
        resultConfiguration: { outputLocation: `s3://${Bucket.id}/elsewhere/` },
      },
    }),
    replaces: ["name", "other-workgroup"],
  },
  {
    type: "aws:redshiftserverless/namespace:Namespace",
    inputs: () => ({
      namespaceName: "test-namespace",
      dbName: "dev",
      manageAdminPassword: true,
      logExports: ["userlog"],
    }),
    change: () => ({ logExports: ["userlog", "connectionlog"] }),
    replaces: ["namespaceName", "other-namespace"],
  },
  {
    type: "aws:redshiftserverless/workgroup:Workgroup",
    name: "RedshiftWorkgroup",
    inputs: ({ Namespace, Subnet, SubnetB, SubnetC, SecurityGroup }) => ({
      workgroupName: "test-workgroup",
      namespaceName: Namespace.state.namespaceName,
      baseCapacity: 8,
      publiclyAccessible: false,
      subnetIds: [Subnet.id, SubnetB.id, SubnetC.id],
      securityGroupIds: [SecurityGroup.id],
    }),
    change: () => ({ baseCapacity: 16 }),
    replaces: ["workgroupName", "other-workgroup"],
  },
  {
    type: "aws:mwaa/environment:Environment",
    inputs: ({ Bucket, Role, Subnet, SubnetB, SecurityGroup }) => ({
      name: "mwaa-test",
      airflowVersion: "3.2.1",
      environmentClass: "mw1.small",
      dagS3Path: "dags/",
      sourceBucketArn: Bucket.state.arn,
      executionRoleArn: Role.state.arn,
      networkConfiguration: {
        subnetIds: [Subnet.id, SubnetB.id],
        securityGroupIds: [SecurityGroup.id],
      },
      airflowConfigurationOptions: { "core.default_timezone": "utc" },
      tags: { a: "1" },
    }),
    change: () => ({
      environmentClass: "mw1.medium",
      airflowConfigurationOptions: { "core.default_timezone": "Europe/Berlin" },
      tags: { a: "2" },
    }),
    replaces: ["name", "mwaa-other"],
  },
];

const nameOf = ({ type, name }: Entry) => name ?? type.split(":")[2];

describe("each type of the aws provider", () => {
  const { home, remove } = temporaryHome();
  const made: Record<string, { id: string; state: Properties }> = {};
  const inputsOf: Record<string, Properties> = {};
  let endpoint: Endpoint;

  before(async () => {
    endpoint = await startCloud(home, await freePort(), () => undefined);
    Object.assign(process.env, endpoint.environment);
  });
  after(async () => {
    await stopCloud(home);
    remove();
  });

  it("is tried here", () => {
    assert.deepEqual(
      [...new Set(ENTRIES.map(({ type }) => type))].sort(),
      Object.keys(ROWS).sort(),
    );
  });

  for (const entry of ENTRIES) {
    const { type, inputs, change, replaces } = entry;
    const name = nameOf(entry);
    const row = ROWS[type];

    it(`${name} is made, read without a difference, and changed in place`, async () => {
      const urn = `urn:pulumi:test::test::${type}::${name}`;
      const wanted = checkInputs(row, urn, {}, inputs(made));
      const { id, outputs } = await row.create(wanted, () => undefined);
      const state = stateOf(row, wanted, outputs);
      for (const output of row.computed) {
        assert.ok(output in state, `${output} is not among the outputs`);
      }
      made[name] = { id, state };
      inputsOf[name] = wanted;
      const there = await row.read(id, state);
      assert.ok(there, "it is not there");
      assert.deepEqual(
        difference(row, wanted, observedInputs(row, wanted, there)).changed,
        [],
        JSON.stringify(there),
      );
      if (replaces) {
        const [key, value] = replaces;
        assert.ok(difference(row, wanted, { ...wanted, [key]: value }).replaces.includes(key));
      }
      if (change === undefined) {
        return;
      }
      const changed = { ...wanted, ...change(made) };
      const found = difference(row, wanted, changed);
      assert.deepEqual(found.replaces, []);
      assert.ok(found.changed.length > 0);
      const fresh = await row.update?.({
        id,
        inputs: changed,
        olds: state,
        changed: new Set(found.changed),
      });
      made[name] = { id, state: stateOf(row, changed, { ...outputs, ...(fresh ?? {}) }) };
      inputsOf[name] = changed;
      const after = (await row.read(id, made[name].state)) ?? {};
      for (const key of found.changed.filter((k) => changed[k] !== undefined && k in after)) {
        assert.ok(
          equivalent(after[key], changed[key]) ||
            difference(row, changed, observedInputs(row, changed, after)).changed.length === 0,
          `${key} is ${JSON.stringify(after[key])}`,
        );
      }
      assert.deepEqual(difference(row, changed, observedInputs(row, changed, after)).changed, []);
      assert.notDeepEqual(after, there, "the change is not to be seen");
    });
  }

  for (const entry of [...ENTRIES].reverse()) {
    const name = nameOf(entry);
    it(`${name} is removed, and may be gone already`, async () => {
      const row = ROWS[entry.type];
      const { id, state } = made[name];
      await row.delete(id, state);
      if (!entry.stays) {
        assert.equal(await row.read(id, state), undefined);
      }
      await row.delete(id, state);
    });
  }

  it("leaves nothing", async () => {
    assert.deepEqual(await inventory(home, endpoint), {});
  });
});
