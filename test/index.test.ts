import assert from "node:assert";
import * as os from "node:os";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { SERVICES } from "../components/plan";
import program from "../index";
import { assertGolden } from "./goldenFile";
import {
  type RecordOptions,
  type Recording,
  type Registration,
  allDependencies,
  ofType,
  only,
  record,
} from "./mocks";
import { allowedActions, document } from "./policies";
import { STACKS, type StackName, stackConfig } from "./stackFiles";

type Result = Awaited<ReturnType<typeof program>>;

// A folder of its own, so that a new DAG of the project does not change what is expected here.
const FIXTURE = path.join(__dirname, "fixtures/airflow");
const FILES = {
  dagsFolder: path.join(FIXTURE, "dags"),
  requirementsFile: path.join(FIXTURE, "dags/requirements.txt"),
};

const run = (
  stack: string,
  config: Record<string, unknown>,
  options?: RecordOptions,
): Promise<Recording<Result>> =>
  record(() => program(), { ...options, stack, config: { ...config, ...FILES } });

/** Type, name and parent of all that a stack registers, one a line. */
function graph({ registrations }: Recording<unknown>): string {
  const label = (urn: string): string => {
    const [type, name] = urn.split("::").slice(2);
    return `${type.split("$").at(-1)} ${name}`;
  };
  const lines = registrations.map(
    ({ urn, parent }) => `${label(urn)} < ${parent === "" ? "stack" : label(parent)}`,
  );
  return `${lines.sort().join("\n")}\n`;
}

/** What the policies of a stack's roles allow, an action a line, by the policy's name. */
function grants(stack: Recording<unknown>): string {
  const policies = [
    ...ofType(stack, "aws:iam/policy:Policy"),
    ...ofType(stack, "aws:iam/rolePolicy:RolePolicy"),
  ];
  const lines = policies.flatMap(({ name, inputs }) =>
    allowedActions(document(inputs.policy)).map((action) => `${name} ${action}`),
  );
  return `${[...new Set(lines)].sort().join("\n")}\n`;
}

/** Names that are fixed by the program, and so can collide, by type. */
function fixedNames({ registrations }: Recording<unknown>): Set<string> {
  const properties = [
    "name",
    "bucket",
    "clusterIdentifier",
    "namespaceName",
    "workgroupName",
    "namePrefix",
  ];
  return new Set(
    registrations
      .filter(({ type }) => type.startsWith("aws:") && !type.startsWith("aws:iam/rolePolicy"))
      .flatMap(({ type, inputs }) =>
        properties
          .filter((property) => property in inputs)
          .map((property) => `${type} ${property} ${String(inputs[property])}`),
      ),
  );
}

describe("the program", () => {
  const recordings: Partial<Record<StackName, Recording<Result>>> = {};
  const recording = async (stack: StackName): Promise<Recording<Result>> =>
    (recordings[stack] ??= await run(stack, stackConfig(stack)));
  const whole: Partial<Record<StackName, Recording<Result>>> = {};
  /** With every service, whatever the stack's pipelines need. */
  const withServices = async (stack: StackName): Promise<Recording<Result>> =>
    (whole[stack] ??= await run(stack, { ...stackConfig(stack), services: [...SERVICES] }));

  for (const stack of STACKS) {
    it(`registers what is expected for ${stack}`, async () => {
      const file = path.join(__dirname, `golden/${stack}.txt`);
      const found = graph(await recording(stack));
      assertGolden(file, found, __filename, "The graph changed.");
    });

    it(`makes nothing for ${stack} that is not part of a component`, async () => {
      const { registrations } = await recording(stack);
      for (const { urn, type, parent } of registrations) {
        assert.ok(type.startsWith("mwaa:") || parent !== "", urn);
      }
    });
  }

  it("grants its roles what is expected, and nothing else", async () => {
    const file = path.join(__dirname, "golden/grants.txt");
    const found = grants(await recording("local"));
    const rule = "A grant is used by a run, or has its reason beside its statement.";
    assertGolden(file, found, __filename, `The roles' grants changed. ${rule}`);
  });

  it("gives out what others need of the platform", async () => {
    const config = { ...stackConfig("dev"), pipelines: [], services: [...SERVICES] };
    const { lastUpdate, ...result } = (await run("dev", config)).result;
    assert.deepStrictEqual(Object.keys(lastUpdate), [
      "accountId",
      "region",
      "forceDestroy",
      "otherSettings",
      "executionRolePolicies",
    ]);
    assert.deepStrictEqual(result, {
      environmentName: "mwaa-emr-blog-demo",
      webserverUrl: "https://web.airflow.example",
      airflowBucketName: "airflow-mwaa-analytics-dev-123456789012-us-east-1",
      dataBucketName: "airflow-mwaa-analytics-data-dev-123456789012-us-east-1",
      vpcId: "network-vpc-id",
      privateSubnetIds: ["network-private-1-id", "network-private-2-id"],
      securityGroupIds: ["network-environment-id"],
      executionRoleArn: "arn:aws:iam::123456789012:role/mwaa-emr-blog-demo-execution-0001",
      airflowUserPolicyArns: {},
      redshiftCopyRoleArn: "arn:aws:iam::123456789012:role/mwaa-emr-blog-demo-redshift-copy-0001",
      redshift: { workgroupName: "mwaa-emr-blog-demo", database: "dev" },
      athenaWorkgroupName: "mwaa-emr-blog-demo",
      variablesPrefix: "/mwaa-emr-blog-demo/variables",
    });
  });

  it("describes security groups and their rules in the characters that EC2 takes", async () => {
    // https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html
    const taken = /^[a-zA-Z0-9. _\-:/()#,@[\]+=&;{}!$*]{1,255}$/;
    for (const stack of STACKS) {
      const described = (await recording(stack)).registrations.filter(({ type }) =>
        /^aws:(ec2|vpc)\/.*[sS]ecurityGroup/.test(type),
      );
      const wrong = described
        .map(({ inputs }) => inputs.description as string | undefined)
        .filter((description) => description !== undefined && !taken.test(description));
      assert.notDeepStrictEqual(described, []);
      assert.deepStrictEqual(wrong, []);
    }
  });

  it("has the post's values in dev", async () => {
    const dev = await recording("dev");
    const { inputs } = only(dev, "aws:mwaa/environment:Environment");
    assert.deepStrictEqual(
      [inputs.name, inputs.environmentClass, inputs.minWorkers, inputs.maxWorkers],
      ["mwaa-emr-blog-demo", "mw1.small", 1, 1],
    );
    assert.deepStrictEqual(inputs.loggingConfiguration, {
      dagProcessingLogs: { enabled: false, logLevel: "INFO" },
      schedulerLogs: { enabled: false, logLevel: "INFO" },
      taskLogs: { enabled: true, logLevel: "INFO" },
      webserverLogs: { enabled: false, logLevel: "INFO" },
      workerLogs: { enabled: false, logLevel: "INFO" },
    });
    assert.deepStrictEqual(only(dev, "awsx:ec2:Vpc").inputs.natGateways, { strategy: "OnePerAz" });
  });

  it("makes the environment last: after routes, gateways, endpoints, roles, files, Variables", async () => {
    const dev = await recording("dev");
    const environment = only(dev, "aws:mwaa/environment:Environment");
    const before = allDependencies(dev, environment);
    const waitedFor = [
      "awsx:ec2:Vpc",
      "aws:ec2/vpcEndpoint:VpcEndpoint",
      "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
      "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
      "aws:s3/bucketObjectv2:BucketObjectv2",
      "aws:ssm/parameter:Parameter",
      "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    ].flatMap((type) => ofType(dev, type));
    const named = [
      "airflow-versioning",
      "airflow-public-access-block",
      "airflow-policy",
      "execution-mwaa",
      ...(stackConfig("dev").pipelines as string[]).map((pipeline) => `execution-${pipeline}`),
      "airflow-task",
    ].map((name) => dev.registrations.find((one) => one.name === name && one.type !== ""));
    assert.ok(waitedFor.length > 10);
    for (const resource of [...waitedFor, ...named]) {
      const urn = resource?.urn ?? "missing";
      // The data bucket's marker is for a DAG, not for the environment.
      assert.ok(before.has(urn) || resource?.name.startsWith("data/"), urn);
    }
    const routes = [...before].map((urn) => urn.split("::")[2]);
    for (const type of ["route:Route", "natGateway:NatGateway"]) {
      assert.ok(routes.includes(`awsx:ec2:Vpc$aws:ec2/${type}`), type);
    }
  });

  it("hands the requirements on in the version that was uploaded", async () => {
    const dev = await recording("dev");
    const { inputs } = only(dev, "aws:mwaa/environment:Environment");
    const object = only(dev, "aws:s3/bucketObjectv2:BucketObjectv2", "airflow/requirements.txt");
    assert.strictEqual(inputs.requirementsS3Path, "requirements.txt");
    assert.strictEqual(
      inputs.requirementsS3ObjectVersion,
      `version-of-${String(object.inputs.sourceHash)}`,
    );
  });

  it("gives the data role no way to the DAGs: no statement writes to the environment's bucket", async () => {
    const { registrations } = await recording("dev");
    const writes = registrations
      .filter(({ type }) => /^aws:iam\/(rolePolicy:RolePolicy|policy:Policy)$/.test(type))
      .flatMap(
        ({ inputs }) =>
          (
            JSON.parse(inputs.policy as string) as {
              Statement: { Action: string | string[]; Resource?: string | string[] }[];
            }
          ).Statement,
      )
      .filter(({ Action }) => [Action].flat().some((action) => /^s3:(Put|Delete)/.test(action)))
      .flatMap(({ Resource }) => Resource ?? []);
    assert.ok(writes.length > 0);
    assert.ok(
      writes.every((arn) =>
        arn.startsWith("arn:aws:s3:::airflow-mwaa-analytics-data-dev-123456789012-us-east-1/"),
      ),
    );
  });

  it("keeps in prod what holds data, and lets it go in dev and local", async () => {
    const kept = async (stack: StackName): Promise<string[]> =>
      (await withServices(stack)).registrations
        .filter(
          ({ protect, type }) =>
            protect && /bucket:Bucket|namespace|kms\/key|workgroup|environment:/.test(type),
        )
        .map(({ name }) => name)
        .sort();
    assert.deepStrictEqual(await kept("prod"), [
      "airflow-bucket",
      "airflow-environment",
      "athena-workgroup",
      "data-bucket",
      "key-key",
      "redshift-namespace",
    ]);
    assert.deepStrictEqual([await kept("dev"), await kept("local")], [[], []]);
    for (const stack of ["dev", "local"] as const) {
      for (const { inputs } of ofType(await recording(stack), "aws:s3/bucket:Bucket")) {
        assert.strictEqual(inputs.forceDestroy, true);
      }
    }
  });

  it("encrypts everything in prod with the stack's key", async () => {
    const prod = await withServices("prod");
    const key = only(prod, "aws:kms/key:Key").urn;
    const types = [
      "aws:mwaa/environment:Environment",
      "aws:redshiftserverless/namespace:Namespace",
      "aws:cloudwatch/logGroup:LogGroup",
      "aws:athena/workgroup:Workgroup",
      "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    ];
    for (const type of types) {
      const found = ofType(prod, type);
      assert.ok(found.length > 0, type);
      for (const { name, dependencies } of found) {
        assert.ok(dependencies.includes(key), name);
      }
    }
  });

  it("bounds every role, and puts all of IAM's under the path, where the account asks for it", async () => {
    const permissionsBoundary = "arn:aws:iam::123456789012:policy/data-bounds";
    const { registrations } = await run("prod", {
      ...stackConfig("prod"),
      iam: { permissionsBoundary, path: "/data/teams/" },
      airflowUserRoles: ["Op", "Viewer"],
    });
    const inIam = registrations.filter(({ type }) =>
      /^aws:iam\/(role|instanceProfile|policy|user|group):/.test(type),
    );
    for (const { urn, inputs } of inIam) {
      assert.equal(inputs.path, "/data/teams/", urn);
    }
    const roles = inIam.filter(({ type }) => type === "aws:iam/role:Role");
    assert.ok(roles.length >= 6);
    for (const { urn, inputs } of roles) {
      assert.equal(inputs.permissionsBoundary, permissionsBoundary, urn);
    }
    // Whatever names a role of the stack's names it with its path.
    const named = registrations.flatMap(
      ({ inputs }) =>
        JSON.stringify(inputs).match(/:role\/[\w/-]*-(execution|emr|notebook)\b/g) ?? [],
    );
    assert.ok(named.length > 3);
    for (const arn of named) {
      assert.match(arn, /^:role\/data\/teams\//);
    }
  });

  it("makes a managed policy for each of Airflow's roles that is asked for", async () => {
    const { registrations, result } = await run("dev", {
      ...stackConfig("dev"),
      airflowUserRoles: ["Op", "Viewer"],
    });
    const policies = registrations.filter(
      ({ type, name }) => type === "aws:iam/policy:Policy" && name.startsWith("airflow-users"),
    );
    assert.deepEqual(
      policies.map(({ inputs }) => [
        inputs.name,
        document(inputs.policy).Statement.map(({ Action, Resource }) => [Action, Resource]),
      ]),
      ["Op", "Viewer"].map((role) => [
        `mwaa-emr-blog-demo-us-east-1-airflow-${role.toLowerCase()}`,
        [
          [
            ["airflow:CreateWebLoginToken", "airflow:InvokeRestApi"],
            `arn:aws:airflow:us-east-1:123456789012:role/mwaa-emr-blog-demo/${role}`,
          ],
        ],
      ]),
    );
    assert.deepEqual(result?.airflowUserPolicyArns, {
      Op: "arn:aws:iam::123456789012:policy/mwaa-emr-blog-demo-us-east-1-airflow-op",
      Viewer: "arn:aws:iam::123456789012:policy/mwaa-emr-blog-demo-us-east-1-airflow-viewer",
    });
  });

  it("keeps every log as long as the stack says", async () => {
    const days = async (stack: StackName): Promise<unknown[]> => [
      ...new Set(
        ofType(await recording(stack), "aws:cloudwatch/logGroup:LogGroup").map(
          ({ inputs }) => inputs.retentionInDays,
        ),
      ),
    ];
    assert.deepStrictEqual([await days("dev"), await days("prod")], [[30], [365]]);
  });

  it("fits two stacks with default names into one account", async () => {
    const { pipelines } = stackConfig("prod");
    const [one, other] = [await run("prod", { pipelines }), await run("staging", { pipelines })];
    const shared = [...fixedNames(one)].filter((name) => fixedNames(other).has(name));
    assert.ok(fixedNames(one).size > 20);
    assert.deepStrictEqual(shared, []);
  });

  it("tags what it makes with project, stack and environment", async () => {
    const { registrations } = await withServices("dev");
    const untagged = registrations.filter(
      ({ type, inputs }) =>
        type.startsWith("aws") &&
        (inputs.tags as Record<string, string> | undefined)?.Environment !== "mwaa-emr-blog-demo",
    );
    // What AWS gives no tags, beside objects: S3 allows those ten.
    assert.deepStrictEqual(
      [...new Set(untagged.map(({ type }) => type.split(":").at(-1)))].sort(),
      [
        "BucketLifecycleConfiguration",
        "BucketObjectv2",
        "BucketOwnershipControls",
        "BucketPolicy",
        "BucketPublicAccessBlock",
        "BucketServerSideEncryptionConfiguration",
        "BucketVersioning",
        "RolePolicy",
        "RolePolicyAttachment",
        "RouteTableAssociation",
        "SecurityConfiguration",
        "TopicPolicy",
      ],
    );
  });

  const bad: [string, Record<string, unknown>, RegExp][] = [
    [
      "a setting",
      { vpcCidr: "10.0.0.0/8" },
      /vpcCidr is "10\.0\.0\.0\/8"; allowed: a mask between/,
    ],
    ["a file", { startupScript: "no-such-file.sh" }, /startupScript is .*which is not a file/],
  ];
  for (const [what, config, message] of bad) {
    it(`registers nothing when ${what} is wrong`, async () => {
      const registrations: Registration[] = [];
      await assert.rejects(run("dev", config, { registrations }), message);
      await pulumi.runtime.disconnect();
      assert.deepStrictEqual(registrations, []);
    });
  }

  it("runs again in the same process, and from another folder, with the same result", async () => {
    const before = process.cwd();
    process.chdir(os.tmpdir());
    try {
      assert.strictEqual(
        graph(await run("dev", stackConfig("dev"))),
        graph(await recording("dev")),
      );
    } finally {
      process.chdir(before);
    }
  });

  it("looks a Redshift workgroup up in place of making one", async () => {
    const existing = { kind: "existing", workgroupName: "theirs" };
    const found = await run("dev", { services: ["redshift"], redshift: existing });
    assert.strictEqual(found.result.redshift?.workgroupName, "theirs");
    assert.deepStrictEqual(ofType(found, "aws:redshiftserverless/workgroup:Workgroup"), []);
  });
});
