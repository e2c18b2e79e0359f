import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { functionOf, rowOf } from "../../../local/provider/aws";
import {
  UNKNOWN,
  checkArguments,
  checkInputs,
  difference,
} from "../../../local/provider/aws/lifecycle";
import { serverless } from "../../../local/provider/aws/redshiftserverless/client";
import { ROOT } from "../../../local/home";
import { FUNCTIONS, ROWS } from "./rows";

const URN = (type: string) => `urn:pulumi:test::test::${type}::thing`;

/** What the official package declares of a type: its class, in its own file. */
function declaration(type: string): string {
  const [, module] = type.split(":");
  const file = path.join(ROOT, "node_modules", "@pulumi", "aws", `${module}.d.ts`);
  return fs.readFileSync(file, "utf8");
}

/**
 * The arguments whose change replaces a resource, of those that the rows have: from AWS's API references (what no
 * Update, Modify or Put call takes) and the official provider's documentation, not from the rows.
 */
const REPLACED: Readonly<Record<string, readonly string[]>> = {
  "aws:athena/workgroup:Workgroup": ["name"],
  "aws:cloudwatch/logGroup:LogGroup": ["name", "namePrefix"],
  "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": ["vpcId"],
  "aws:ec2/eip:Eip": ["domain"],
  "aws:ec2/flowLog:FlowLog": [
    "iamRoleArn",
    "logDestination",
    "logDestinationType",
    "trafficType",
    "vpcId",
  ],
  "aws:ec2/internetGateway:InternetGateway": [],
  "aws:ec2/natGateway:NatGateway": ["allocationId", "connectivityType", "subnetId"],
  "aws:ec2/route:Route": ["destinationCidrBlock", "routeTableId"],
  "aws:ec2/routeTable:RouteTable": ["vpcId"],
  "aws:ec2/routeTableAssociation:RouteTableAssociation": ["subnetId"],
  "aws:ec2/securityGroup:SecurityGroup": ["description", "name", "vpcId"],
  "aws:ec2/subnet:Subnet": ["availabilityZone", "cidrBlock", "vpcId"],
  "aws:ec2/vpc:Vpc": ["cidrBlock", "instanceTenancy"],
  // Private DNS names where the endpoint is no interface: see below.
  "aws:ec2/vpcEndpoint:VpcEndpoint": [
    "privateDnsEnabled",
    "serviceName",
    "vpcEndpointType",
    "vpcId",
  ],
  "aws:emr/securityConfiguration:SecurityConfiguration": ["configuration", "name", "namePrefix"],
  "aws:glue/catalogDatabase:CatalogDatabase": ["name"],
  "aws:glue/crawler:Crawler": ["databaseName", "name"],
  "aws:glue/job:Job": ["name"],
  "aws:glue/securityConfiguration:SecurityConfiguration": ["encryptionConfiguration", "name"],
  "aws:iam/instanceProfile:InstanceProfile": ["name", "namePrefix", "path"],
  "aws:iam/policy:Policy": ["description", "name", "namePrefix", "path"],
  "aws:iam/role:Role": ["name", "namePrefix", "path"],
  "aws:iam/rolePolicy:RolePolicy": ["name", "namePrefix", "role"],
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": ["policyArn", "role"],
  "aws:kms/alias:Alias": ["name"],
  "aws:kms/key:Key": [],
  // And other subnets or a new major version of Airflow: see below.
  "aws:mwaa/environment:Environment": ["endpointManagement", "kmsKey", "name"],
  // Not the database: the provider takes another name for a change, of which it sends nothing.
  "aws:redshift/cluster:Cluster": ["clusterIdentifier", "clusterSubnetGroupName", "masterUsername"],
  "aws:redshift/logging:Logging": ["clusterIdentifier"],
  "aws:redshift/parameterGroup:ParameterGroup": ["description", "family", "name"],
  "aws:redshift/subnetGroup:SubnetGroup": ["name"],
  "aws:redshiftserverless/namespace:Namespace": ["dbName", "namespaceName"],
  "aws:redshiftserverless/workgroup:Workgroup": ["namespaceName", "workgroupName"],
  "aws:s3/bucket:Bucket": ["bucket", "bucketPrefix"],
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": ["bucket"],
  "aws:s3/bucketObjectv2:BucketObjectv2": ["bucket", "key"],
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": ["bucket"],
  "aws:s3/bucketPolicy:BucketPolicy": ["bucket"],
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": ["bucket"],
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": [
    "bucket",
  ],
  "aws:s3/bucketVersioning:BucketVersioning": ["bucket"],
  "aws:sfn/stateMachine:StateMachine": ["name", "namePrefix", "type"],
  "aws:sns/topic:Topic": ["name", "namePrefix"],
  "aws:sns/topicPolicy:TopicPolicy": ["arn"],
  "aws:sns/topicSubscription:TopicSubscription": ["endpoint", "protocol", "topic"],
  "aws:ssm/parameter:Parameter": ["name"],
  // And another kind of source or destination: see below.
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": ["securityGroupId"],
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": ["securityGroupId"],
};

/** Minutes that the official provider waits, from Timeouts in its schemas and its own constants. */
const WAITS: Readonly<Record<string, object>> = {
  "aws:ec2/internetGateway:InternetGateway": { create: 20, update: 20, delete: 20 },
  "aws:ec2/natGateway:NatGateway": { create: 10, delete: 30 },
  "aws:ec2/route:Route": { create: 5, update: 2 },
  "aws:ec2/routeTable:RouteTable": { create: 5 },
  "aws:ec2/subnet:Subnet": { create: 10 },
  "aws:ec2/vpcEndpoint:VpcEndpoint": { create: 10, update: 10, delete: 10 },
  "aws:mwaa/environment:Environment": { create: 120, update: 90, delete: 90 },
  "aws:redshift/cluster:Cluster": { create: 75, update: 75, delete: 40 },
  "aws:redshift/logging:Logging": { create: 2, update: 2, delete: 2 },
  "aws:redshiftserverless/namespace:Namespace": { update: 10, delete: 10 },
  "aws:redshiftserverless/workgroup:Workgroup": { create: 20, update: 20, delete: 20 },
  "aws:sfn/stateMachine:StateMachine": { delete: 5 },
  "aws:sns/topicSubscription:TopicSubscription": { create: 2, delete: 2 },
};

describe("the aws provider decides", () => {
  it("how long it waits", () => {
    const waits = Object.entries(ROWS).flatMap(([type, row]) =>
      row.waits ? [[type, row.waits]] : [],
    );
    assert.deepEqual(Object.fromEntries(waits), WAITS);
  });

  it("on rows that its server finds", async () => {
    assert.ok(Object.keys(ROWS).length > 0);
    for (const [type, row] of Object.entries(ROWS)) {
      assert.equal(await rowOf(type), row);
    }
    for (const [token, fn] of Object.entries(FUNCTIONS)) {
      assert.equal(await functionOf(token), fn);
    }
  });

  it("that a type without a row is an error with its name", () =>
    assert.rejects(rowOf("aws:sqs/queue:Queue"), /no resource type aws:sqs\/queue:Queue/));

  it("that a function that is not there is an error with its name", () =>
    assert.rejects(functionOf("aws:ec2/getAmi:getAmi"), /no function aws:ec2\/getAmi:getAmi/));

  for (const [type, row] of Object.entries(ROWS)) {
    it(`that an argument which ${type} does not have is an error with its name`, () => {
      assert.throws(
        () => checkInputs(row, URN(type), {}, { misspelt: 1 }),
        (error: Error) =>
          error.message.includes(`${type} thing: the argument misspelt is not supported`) &&
          error.message.includes([...row.args].sort().join(", ")),
      );
    });

    it(`which changes replace a ${type}`, () => {
      const olds = Object.fromEntries(row.args.map((arg) => [arg, "old"]));
      const replacing = row.args.filter(
        (arg) => difference(row, olds, { ...olds, [arg]: "new" }).replaces.length > 0,
      );
      assert.deepEqual([...replacing].sort(), [...(REPLACED[type] ?? ["no entry"])].sort());
      for (const arg of row.args) {
        assert.deepEqual(difference(row, olds, { ...olds, [arg]: "new" }).changed, [arg]);
        // What is not known yet may be anything: the preview says that it changes.
        assert.deepEqual(difference(row, olds, { ...olds, [arg]: UNKNOWN }).changed, [arg]);
      }
      const none = { changed: [], replaces: [], deleteBeforeReplace: false };
      assert.deepEqual(difference(row, olds, { ...olds }), none);
    });

    it(`on inputs and outputs of ${type} that the official provider has`, () => {
      const declared = declaration(type);
      for (const property of [...row.args, ...row.computed]) {
        assert.match(declared, new RegExp(`\\b${property}\\??:`), property);
      }
      const [resource] = declared.split(/export interface \w+State/);
      for (const output of row.computed) {
        assert.match(resource, new RegExp(`readonly ${output}: pulumi\\.Output`), output);
      }
    });
  }

  for (const [token, fn] of Object.entries(FUNCTIONS)) {
    it(`that an argument which ${token} does not have is an error with its name`, () =>
      assert.throws(
        () => checkArguments(fn, token, { misspelt: 1 }),
        (error: Error) =>
          error.message.startsWith(`${token}: the argument misspelt is not supported`),
      ));
  }

  for (const [type, path, inputs] of [
    [
      "aws:s3/bucketVersioning:BucketVersioning",
      "versioningConfiguration.mfaDelete",
      { versioningConfiguration: { status: "Enabled", mfaDelete: "Enabled" } },
    ],
    [
      "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
      "rules.blockedTypes",
      { rules: [{ bucketKeyEnabled: true }, { blockedTypes: ["SSE-C"] }] },
    ],
    [
      "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
      "rules.filter.objectSizeLessThan",
      { rules: [{ id: "all", status: "Enabled", filter: { objectSizeLessThan: 5 } }] },
    ],
    [
      "aws:athena/workgroup:Workgroup",
      "configuration.resultConfiguration.aclConfiguration",
      { configuration: { resultConfiguration: { aclConfiguration: { s3AclOption: "x" } } } },
    ],
    [
      "aws:mwaa/environment:Environment",
      "loggingConfiguration.taskLogs.cloudWatchLogGroupArn",
      { loggingConfiguration: { taskLogs: { enabled: true, cloudWatchLogGroupArn: "x" } } },
    ],
    ["aws:ec2/routeTable:RouteTable", "routes.cidrBlock", { routes: [{ cidrBlock: "0.0.0.0/0" }] }],
    [
      "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
      "ingress.protocol",
      { ingress: [{ protocol: "-1" }] },
    ],
  ] as const) {
    it(`that ${path} of ${type} is an error with its path`, () =>
      assert.throws(
        () => checkInputs(ROWS[type], URN(type), {}, inputs),
        (error: Error) =>
          error.message.startsWith(`${type} thing: the argument ${path} is not supported`),
      ));
  }

  it("that structures with what it knows, or with what is not known yet, are right", () => {
    const check = (type: string, inputs: Record<string, unknown>) =>
      assert.deepEqual(checkInputs(ROWS[type], URN(type), {}, inputs), inputs);
    check("aws:ec2/routeTable:RouteTable", { routes: [], tags: { routes: "any" } });
    check("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", { ingress: [], egress: [] });
    check("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", {
      bucket: UNKNOWN,
      rules: [{ id: "all", status: "Enabled", filter: {}, __defaults: [] }],
    });
    check("aws:s3/bucketVersioning:BucketVersioning", { versioningConfiguration: UNKNOWN });
  });

  it("that what the program leaves to AWS is no change, and is unknown before it is made", () => {
    const type = "aws:mwaa/environment:Environment";
    const olds = { name: "e", airflowVersion: "3.2.1", minWorkers: 2, pluginsS3Path: "p.zip" };
    assert.deepEqual(difference(ROWS[type], olds, { name: "e" }).changed, ["pluginsS3Path"]);
    assert.deepEqual(difference(ROWS[type], olds, { ...olds, minWorkers: 3 }).changed, [
      "minWorkers",
    ]);
  });

  it("that a bucket which has versions cannot be without again, at preview", async () => {
    const versioning = ROWS["aws:s3/bucketVersioning:BucketVersioning"];
    const status = (value: string) => ({ versioningConfiguration: { status: value } });
    const plan = async (from: string | undefined, to: string) =>
      versioning.plan?.(status(to), undefined, from === undefined ? undefined : status(from));
    await assert.rejects(plan("Enabled", "Disabled"), /cannot be updated from "Enabled"/);
    await plan("Enabled", "Suspended");
    await plan("Disabled", "Disabled");
    await plan(undefined, "Disabled");
  });

  it("to replace a VPC of shared hosts for hosts of its own, not the other way round", () => {
    const tenancy = (from?: string, to?: string) =>
      difference(ROWS["aws:ec2/vpc:Vpc"], { instanceTenancy: from }, { instanceTenancy: to })
        .replaces;
    assert.deepEqual(tenancy("default", "dedicated"), ["instanceTenancy"]);
    assert.deepEqual(tenancy("dedicated", "default"), []);
    assert.deepEqual(tenancy("dedicated"), []);
  });

  it("which outputs a change makes unknown", () => {
    const volatile = (type: string, ...changed: string[]) =>
      ROWS[type].volatile?.(new Set(changed));
    assert.deepEqual(volatile("aws:s3/bucketObjectv2:BucketObjectv2", "tags"), []);
    assert.deepEqual(volatile("aws:s3/bucketObjectv2:BucketObjectv2", "tags", "content"), [
      "versionId",
    ]);
    assert.deepEqual(volatile("aws:ssm/parameter:Parameter", "tags", "tier"), []);
    assert.deepEqual(volatile("aws:ssm/parameter:Parameter", "value"), ["version"]);
    assert.deepEqual(volatile("aws:sfn/stateMachine:StateMachine", "roleArn"), ["revisionId"]);
  });

  it("that a namespace keeps the keys that it is no longer given", () => {
    const namespace = ROWS["aws:redshiftserverless/namespace:Namespace"];
    const olds = { namespaceName: "n", kmsKeyId: "k", adminPasswordSecretKmsKeyId: "k" };
    assert.deepEqual(difference(namespace, olds, { namespaceName: "n" }).changed, []);
  });

  it("to ask Redshift for all changes of a namespace at once, as the provider does", async () => {
    const send = serverless.send.bind(serverless);
    const asked: unknown[] = [];
    serverless.send = ((command: { input: object }) => {
      asked.push(command.input);
      return Promise.resolve({ namespace: { status: "AVAILABLE" } });
    }) as typeof send;
    try {
      const keys = { kmsKeyId: "new", adminPasswordSecretKmsKeyId: "new" };
      await ROWS["aws:redshiftserverless/namespace:Namespace"].update?.({
        id: "n",
        inputs: { namespaceName: "n", ...keys },
        olds: { namespaceName: "n", kmsKeyId: "old", adminPasswordSecretKmsKeyId: "old" },
        changed: new Set(Object.keys(keys)),
      });
      assert.deepEqual(asked[0], { namespaceName: "n", ...keys });
    } finally {
      serverless.send = send;
    }
  });

  it("to replace a parameter of a lower tier", () => {
    const tier = (from: string, to: string) =>
      difference(ROWS["aws:ssm/parameter:Parameter"], { tier: from }, { tier: to }).replaces;
    assert.deepEqual(tier("Advanced", "Standard"), ["tier"]);
    assert.deepEqual(tier("Standard", "Advanced"), []);
  });

  it("to replace a rule that is for a group after it was for addresses", () => {
    for (const type of [
      "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
      "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    ]) {
      const rule = { securityGroupId: "sg-1", ipProtocol: "-1" };
      const replaces = (olds: object, news: object) =>
        difference(ROWS[type], { ...rule, ...olds }, { ...rule, ...news }).replaces;
      const [addresses, group] = [
        { cidrIpv4: "10.0.0.0/8" },
        { referencedSecurityGroupId: "sg-2" },
      ];
      assert.deepEqual(replaces(addresses, group), ["cidrIpv4", "referencedSecurityGroupId"]);
      assert.deepEqual(replaces(group, addresses), ["cidrIpv4", "referencedSecurityGroupId"]);
      assert.deepEqual(replaces(addresses, { cidrIpv4: "10.0.0.0/16" }), []);
      assert.deepEqual(replaces(group, { referencedSecurityGroupId: "sg-3" }), []);
    }
  });

  it("to refuse a log of an environment without a level, as the AWS SDK does", async () => {
    const mwaa = ROWS["aws:mwaa/environment:Environment"];
    const inputs = {
      name: "mwaa-given",
      networkConfiguration: { subnetIds: ["a", "b"], securityGroupIds: ["g"] },
      loggingConfiguration: {
        taskLogs: { enabled: true, logLevel: "INFO" },
        workerLogs: { enabled: false },
      },
    };
    await assert.rejects(
      async () => mwaa.create(inputs, () => undefined),
      /missing required field, CreateEnvironmentInput\.LoggingConfiguration\.WorkerLogs\.LogLevel/,
    );
  });

  it("to replace an environment for other subnets or a new major version alone", () => {
    const type = "aws:mwaa/environment:Environment";
    const olds = {
      name: "mwaa-given",
      airflowVersion: "2.11.0",
      networkConfiguration: { subnetIds: ["a", "b"], securityGroupIds: ["g"] },
    };
    const change = (part: object) => difference(ROWS[type], olds, { ...olds, ...part });
    const moved = change({
      networkConfiguration: { subnetIds: ["a", "c"], securityGroupIds: ["g"] },
    });
    assert.deepEqual(moved.replaces, ["networkConfiguration"]);
    // Its name is taken until it is gone.
    assert.equal(moved.deleteBeforeReplace, true);
    const regrouped = change({
      networkConfiguration: { subnetIds: ["b", "a"], securityGroupIds: ["h"] },
    });
    assert.deepEqual(regrouped.changed, ["networkConfiguration"]);
    assert.deepEqual(regrouped.replaces, []);
    assert.deepEqual(change({ airflowVersion: "3.2.1" }).replaces, ["airflowVersion"]);
    assert.deepEqual(change({ airflowVersion: "2.11.1" }).replaces, []);
  });

  it("to replace an endpoint for private names unless it is an interface", () => {
    const endpoint = ROWS["aws:ec2/vpcEndpoint:VpcEndpoint"];
    const replaces = (vpcEndpointType: string) => {
      const olds = { vpcEndpointType, privateDnsEnabled: false };
      return difference(endpoint, olds, { ...olds, privateDnsEnabled: true }).replaces;
    };
    assert.deepEqual(replaces("Interface"), []);
    assert.deepEqual(replaces("GatewayLoadBalancer"), ["privateDnsEnabled"]);
  });

  const logGroup = ROWS["aws:cloudwatch/logGroup:LogGroup"];
  const urn = URN("aws:cloudwatch/logGroup:LogGroup");

  it("on a name where none is given, and keeps it", () => {
    const first = checkInputs(logGroup, urn, {}, { retentionInDays: 1 });
    assert.match(first.name as string, /^thing-[0-9a-f]{7}$/);
    const again = checkInputs(logGroup, urn, first, { retentionInDays: 3 });
    assert.equal(again.name, first.name);
  });

  it("on a name with the prefix that is given", () => {
    const { name } = checkInputs(logGroup, urn, {}, { namePrefix: "team-" });
    assert.match(name as string, /^team-[0-9a-f]{7}$/);
  });

  it("to make the new one first where the name was made up, and last where it was given", () => {
    const policy = ROWS["aws:iam/rolePolicy:RolePolicy"];
    const policyUrn = URN("aws:iam/rolePolicy:RolePolicy");
    const madeUp = checkInputs(policy, policyUrn, {}, { role: "a", policy: "{}" });
    assert.equal(
      difference(
        policy,
        madeUp,
        checkInputs(policy, policyUrn, madeUp, { role: "b", policy: "{}" }),
      ).deleteBeforeReplace,
      false,
    );
    const given = { name: "p", role: "a", policy: "{}" };
    assert.equal(difference(policy, given, { ...given, role: "b" }).deleteBeforeReplace, true);
  });

  it("to detach a policy before another is attached, as the two could be the same", () => {
    const attachment = ROWS["aws:iam/rolePolicyAttachment:RolePolicyAttachment"];
    const olds = { policyArn: "arn:aws:iam::aws:policy/a", role: "r" };
    const news = { ...olds, policyArn: "arn:aws:iam::aws:policy/b" };
    assert.equal(difference(attachment, olds, news).deleteBeforeReplace, true);
    assert.equal(difference(attachment, olds, olds).deleteBeforeReplace, false);
  });

  it("on names as long as the package makes them, which the service may refuse", () => {
    const named = (type: string) =>
      checkInputs(ROWS[type], `${URN(type)}${"-".repeat(255)}`, {}, {});
    assert.equal((named("aws:sns/topic:Topic").name as string).length, 80);
    assert.equal((named("aws:iam/role:Role").name as string).length, 64);
    assert.throws(
      () => named("aws:iam/policy:Policy"),
      /policy\/?\w*:Policy thing-+: name "thing-/i,
    );
  });

  it("that documents which say the same, and lists in another order, are no change", () => {
    const role = ROWS["aws:iam/role:Role"];
    const document = '{"Version":"2012-10-17","Statement":[]}';
    assert.deepEqual(
      difference(
        role,
        { assumeRolePolicy: document },
        { assumeRolePolicy: '{ "Statement": [], "Version": "2012-10-17" }' },
      ).changed,
      [],
    );
    const endpoint = ROWS["aws:ec2/vpcEndpoint:VpcEndpoint"];
    assert.deepEqual(
      difference(endpoint, { subnetIds: ["a", "b"] }, { subnetIds: ["b", "a"] }).changed,
      [],
    );
    assert.deepEqual(
      difference(endpoint, { subnetIds: ["a", "b"] }, { subnetIds: ["b"] }).changed,
      ["subnetIds"],
    );
  });
});
