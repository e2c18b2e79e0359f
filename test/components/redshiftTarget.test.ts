import assert from "node:assert";
import { dataApiNames } from "../../components/redshiftAccess";
import {
  type OwnTargetArgs,
  RedshiftTarget,
  type RedshiftTargetChoice,
  redshiftTargetArgs,
} from "../../components/redshiftTarget";
import { type Recording, ofType, only, record } from "../mocks";

const COPY_ROLE = "arn:aws:iam::123456789012:role/copy";
const KEY = "arn:aws:kms:us-east-1:123456789012:key/11112222-3333-4444-5555-666677778888";

const OWN: OwnTargetArgs = {
  environmentName: "mwaa-test",
  vpcId: "vpc-1",
  subnetCidrs: ["10.192.30.0/24", "10.192.31.0/24", "10.192.32.0/24"],
  availabilityZones: ["us-east-1a", "us-east-1b", "us-east-1c", "us-east-1d"],
  copyRoleArn: COPY_ROLE,
  logRetentionDays: 30,
};
const SERVERLESS: RedshiftTargetChoice = {
  kind: "serverless",
  database: "dev",
  baseCapacity: 8,
  maxCapacity: 16,
};
const PROVISIONED: RedshiftTargetChoice = {
  kind: "provisioned",
  database: "dev",
  nodeType: "ra3.large",
  numberOfNodes: 1,
};

const target = (choice: RedshiftTargetChoice, own: Partial<OwnTargetArgs> = {}) =>
  record(() => {
    const { dataApi, database } = new RedshiftTarget(
      "redshift",
      redshiftTargetArgs(choice, { ...OWN, ...own }),
    );
    return { dataApi, database, names: dataApiNames(dataApi) };
  });

const NAMESPACE = "aws:redshiftserverless/namespace:Namespace";
const WORKGROUP = "aws:redshiftserverless/workgroup:Workgroup";
const CLUSTER = "aws:redshift/cluster:Cluster";

function assertIsolated(recording: Recording<unknown>): void {
  const table = only(recording, "aws:ec2/routeTable:RouteTable");
  assert.deepStrictEqual(table.inputs.routes, []);
  const subnets = ofType(recording, "aws:ec2/subnet:Subnet");
  const associations = ofType(recording, "aws:ec2/routeTableAssociation:RouteTableAssociation");
  assert.deepStrictEqual(
    associations.map(({ inputs }) => inputs.subnetId),
    subnets.map(({ name }) => `${name}-id`),
  );
  for (const { inputs } of associations) {
    assert.strictEqual(inputs.routeTableId, "redshift-isolated-id");
  }
  for (const { inputs } of subnets) {
    assert.strictEqual(inputs.mapPublicIpOnLaunch, false);
    assert.strictEqual(inputs.vpcId, "vpc-1");
  }
  const group = only(recording, "aws:ec2/securityGroup:SecurityGroup");
  assert.ok(!("ingress" in group.inputs) && !("egress" in group.inputs));
  assert.ok(!recording.registrations.some(({ type }) => /GroupRule|(In|E)gressRule/.test(type)));
}

describe("RedshiftTarget, serverless", () => {
  it("makes a namespace and a workgroup of the environment's name", async () => {
    const recording = await target(SERVERLESS);
    const namespace = only(recording, NAMESPACE);
    assert.strictEqual(namespace.inputs.namespaceName, "mwaa-test");
    assert.strictEqual(namespace.inputs.dbName, "dev");
    const workgroup = only(recording, WORKGROUP);
    assert.strictEqual(workgroup.inputs.workgroupName, "mwaa-test");
    assert.strictEqual(workgroup.inputs.namespaceName, "mwaa-test");
    assert.deepStrictEqual([workgroup.inputs.baseCapacity, workgroup.inputs.maxCapacity], [8, 16]);
    assert.deepStrictEqual(recording.result.names, { workgroupName: "mwaa-test" });
    assert.strictEqual(recording.result.database, "dev");
  });

  it("is not public, in three isolated subnets in three zones, behind a group without rules", async () => {
    const recording = await target(SERVERLESS);
    const { inputs } = only(recording, WORKGROUP);
    assert.strictEqual(inputs.publiclyAccessible, false);
    assert.deepStrictEqual(inputs.subnetIds, [
      "redshift-isolated-1-id",
      "redshift-isolated-2-id",
      "redshift-isolated-3-id",
    ]);
    assert.deepStrictEqual(inputs.securityGroupIds, ["redshift-closed-id"]);
    assert.deepStrictEqual(
      ofType(recording, "aws:ec2/subnet:Subnet").map(({ inputs: subnet }) => [
        subnet.availabilityZone,
        subnet.cidrBlock,
      ]),
      [
        ["us-east-1a", "10.192.30.0/24"],
        ["us-east-1b", "10.192.31.0/24"],
        ["us-east-1c", "10.192.32.0/24"],
      ],
    );
    assertIsolated(recording);
  });

  it("takes connections by TLS only, and leaves the parameters that AWS adds alone", async () => {
    const { inputs, ignoreChanges } = only(await target(SERVERLESS), WORKGROUP);
    assert.deepStrictEqual(inputs.configParameters, [
      { parameterKey: "require_ssl", parameterValue: "true" },
    ]);
    assert.deepStrictEqual(ignoreChanges, ["configParameters"]);
  });

  it("takes as many subnets as the region has zones", async () => {
    const recording = await target(SERVERLESS, { availabilityZones: ["us-west-1a", "us-west-1c"] });
    assert.strictEqual(ofType(recording, "aws:ec2/subnet:Subnet").length, 2);
  });

  it("has its administrator's password made and kept by the service", async () => {
    const { inputs } = only(await target(SERVERLESS), NAMESPACE);
    assert.strictEqual(inputs.manageAdminPassword, true);
    assert.ok(!("adminUserPassword" in inputs));
  });

  it("has the COPY role as its default role", async () => {
    const { inputs } = only(await target(SERVERLESS), NAMESPACE);
    assert.deepStrictEqual(inputs.iamRoles, [COPY_ROLE]);
    assert.strictEqual(inputs.defaultIamRoleArn, COPY_ROLE);
  });

  it("is encrypted with the stack's key, its password as well", async () => {
    const { inputs } = only(await target(SERVERLESS, { kmsKeyArn: KEY }), NAMESPACE);
    assert.deepStrictEqual([inputs.kmsKeyId, inputs.adminPasswordSecretKmsKeyId], [KEY, KEY]);
  });

  it("writes audit logs into groups that are there and expire", async () => {
    const recording = await target(SERVERLESS, { kmsKeyArn: KEY });
    const namespace = only(recording, NAMESPACE);
    assert.deepStrictEqual(namespace.inputs.logExports, [
      "connectionlog",
      "useractivitylog",
      "userlog",
    ]);
    const groups = ofType(recording, "aws:cloudwatch/logGroup:LogGroup");
    assert.deepStrictEqual(
      groups.map(({ inputs }) => [inputs.name, inputs.retentionInDays, inputs.kmsKeyId]).sort(),
      ["connectionlog", "useractivitylog", "userlog"].map((log) => [
        `/aws/redshift/mwaa-test/${log}`,
        30,
        KEY,
      ]),
    );
    assert.ok(groups.every(({ urn }) => namespace.dependencies.includes(urn)));
  });

  it("keeps its data unless the stack allows destruction", async () => {
    assert.ok(only(await target(SERVERLESS), NAMESPACE).protect);
    assert.ok(!only(await target(SERVERLESS, { forceDestroy: true }), NAMESPACE).protect);
  });

  it("makes a name that Redshift takes out of any environment's", async () => {
    const { inputs } = only(await target(SERVERLESS, { environmentName: "Mwaa_Test" }), NAMESPACE);
    assert.match(inputs.namespaceName as string, /^mwaa-test-[0-9a-f]{8}$/);
  });
});

describe("RedshiftTarget, provisioned", () => {
  it("makes a cluster that is encrypted, not public, in isolated subnets", async () => {
    const recording = await target(PROVISIONED);
    const { inputs } = only(recording, CLUSTER);
    assert.strictEqual(inputs.clusterIdentifier, "mwaa-test");
    assert.strictEqual(inputs.encrypted, "true");
    assert.strictEqual(inputs.publiclyAccessible, false);
    assert.strictEqual(inputs.manageMasterPassword, true);
    assert.deepStrictEqual(
      [inputs.nodeType, inputs.clusterType, inputs.numberOfNodes],
      ["ra3.large", "single-node", 1],
    );
    assert.deepStrictEqual(inputs.iamRoles, [COPY_ROLE]);
    assert.strictEqual(inputs.clusterSubnetGroupName, "mwaa-test");
    assert.deepStrictEqual(inputs.vpcSecurityGroupIds, ["redshift-closed-id"]);
    assert.strictEqual(
      (only(recording, "aws:redshift/subnetGroup:SubnetGroup").inputs.subnetIds as string[]).length,
      3,
    );
    assertIsolated(recording);
  });

  it("takes connections by TLS only and notes what is queried, by a parameter group of its own", async () => {
    const recording = await target(PROVISIONED);
    const group = only(recording, "aws:redshift/parameterGroup:ParameterGroup");
    assert.deepStrictEqual(group.inputs.parameters, [
      { name: "enable_user_activity_logging", value: "true" },
      { name: "require_ssl", value: "true" },
    ]);
    const { inputs, dependencies } = only(recording, CLUSTER);
    assert.strictEqual(inputs.clusterParameterGroupName, group.inputs.name);
    assert.ok(dependencies.includes(group.urn));
  });

  it("keeps its automated snapshots for a week", async () => {
    const { inputs } = only(await target(PROVISIONED), CLUSTER);
    assert.strictEqual(inputs.automatedSnapshotRetentionPeriod, 7);
  });

  it("has several nodes by setting", async () => {
    const { inputs } = only(await target({ ...PROVISIONED, numberOfNodes: 2 }), CLUSTER);
    assert.deepStrictEqual([inputs.clusterType, inputs.numberOfNodes], ["multi-node", 2]);
  });

  it("is reached as its administrator", async () => {
    const { result } = await target(PROVISIONED);
    assert.deepStrictEqual(result.names, {
      clusterIdentifier: "mwaa-test",
      dbUser: "awsuser",
    });
    assert.ok(result.dataApi.kind === "cluster" && result.dataApi.dbUser === "awsuser");
  });

  it("writes audit logs into groups that are there", async () => {
    const recording = await target(PROVISIONED);
    const logging = only(recording, "aws:redshift/logging:Logging");
    assert.strictEqual(logging.inputs.logDestinationType, "cloudwatch");
    const groups = ofType(recording, "aws:cloudwatch/logGroup:LogGroup");
    assert.ok(
      groups.every(({ inputs }) =>
        (inputs.name as string).startsWith("/aws/redshift/cluster/mwaa-test/"),
      ),
    );
    assert.ok(groups.every(({ urn }) => logging.dependencies.includes(urn)));
  });

  it("leaves a last snapshot unless the stack allows destruction", async () => {
    const kept = only(await target(PROVISIONED), CLUSTER);
    assert.deepStrictEqual(
      [kept.inputs.skipFinalSnapshot, kept.inputs.finalSnapshotIdentifier, kept.protect],
      [false, "mwaa-test-final", true],
    );
    const gone = only(await target(PROVISIONED, { forceDestroy: true }), CLUSTER);
    assert.deepStrictEqual([gone.inputs.skipFinalSnapshot, gone.protect], [true, false]);
    // A change of it alone is a call that Redshift refuses.
    assert.strictEqual(gone.inputs.finalSnapshotIdentifier, kept.inputs.finalSnapshotIdentifier);
  });
});

describe("RedshiftTarget on a live stack", () => {
  for (const [choice, type] of [
    [SERVERLESS, NAMESPACE],
    [SERVERLESS, WORKGROUP],
    [PROVISIONED, CLUSTER],
  ] as const) {
    it(`takes the old ${type} away before it makes the new one, whose name is the same`, async () =>
      assert.strictEqual(only(await target(choice), type).deleteBeforeReplace, true));
  }

  it("goes with its VPC, and a cluster for the name of its database as well", async () => {
    for (const [choice, type] of [
      [SERVERLESS, WORKGROUP],
      [PROVISIONED, "aws:redshift/subnetGroup:SubnetGroup"],
    ] as const) {
      const { replacementTrigger, deleteBeforeReplace } = only(await target(choice), type);
      assert.deepStrictEqual([replacementTrigger, deleteBeforeReplace], ["vpc-1", true], type);
    }
    const { replaceOnChanges } = only(await target(PROVISIONED), CLUSTER);
    assert.deepStrictEqual(replaceOnChanges, ["databaseName"]);
  });

  it("goes with the subnets that a cluster may be in", async () => {
    const { replaceOnChanges } = only(
      await target(PROVISIONED),
      "aws:redshift/subnetGroup:SubnetGroup",
    );
    assert.deepStrictEqual(replaceOnChanges, ["subnetIds"]);
  });

  it("leaves a cluster without a default role, whose change Redshift would refuse", async () => {
    const { inputs } = only(await target(PROVISIONED), CLUSTER);
    assert.ok(!("defaultIamRoleArn" in inputs));
  });

  it("is replaced by another key, also by that of the service, and refused where it is kept", async () => {
    for (const [choice, type] of [
      [SERVERLESS, NAMESPACE],
      [PROVISIONED, CLUSTER],
    ] as const) {
      assert.strictEqual(only(await target(choice), type).replacementTrigger, "aws");
      const keyed = only(await target(choice, { kmsKeyArn: KEY }), type);
      assert.deepStrictEqual([keyed.replacementTrigger, keyed.protect], [KEY, true]);
    }
  });
});

describe("RedshiftTarget, existing", () => {
  it("looks a workgroup up and makes nothing", async () => {
    const recording = await target({ kind: "existing", database: "dev", workgroupName: "theirs" });
    assert.strictEqual(recording.registrations.length, 1);
    assert.deepStrictEqual(recording.calls[0].inputs, { workgroupName: "theirs" });
    assert.deepStrictEqual(recording.result.dataApi, {
      kind: "workgroup",
      name: "theirs",
      arn: "arn:aws:redshift-serverless:us-east-1:123456789012:workgroup/existing-id",
    });
  });

  it("looks a cluster up and makes nothing", async () => {
    const recording = await target({
      kind: "existing",
      database: "dev",
      clusterIdentifier: "redshift-cluster-1",
      dbUser: "loader",
    });
    assert.strictEqual(recording.registrations.length, 1);
    assert.deepStrictEqual(recording.result.dataApi, {
      kind: "cluster",
      identifier: "redshift-cluster-1",
      dbUser: "loader",
    });
  });
});
