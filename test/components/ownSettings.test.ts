import assert from "node:assert/strict";

import { PARAMETER_STORE, SECRETS_MANAGER } from "../../checks/secretsBackend";
import type { PolicyDocument } from "../../components/policyDocument";
import program from "../../index";
import { ACCOUNT, ofType, only, record } from "../mocks";
import { shippedStack } from "../shippedStack";
import { stackConfig } from "../stackFiles";
import { mandatoryFindings } from "./packFindings";

const STATEMENT = {
  Sid: "SendOrders",
  Action: "sqs:SendMessage",
  Resource: `arn:aws:sqs:us-east-1:${ACCOUNT}:orders`,
};
const ROLE = `arn:aws:iam::${ACCOUNT}:role/team/airflow`;

/** The stack `dev` with further settings. */
const stack = (more: Record<string, unknown>) =>
  record(() => program(), { stack: "dev", config: { ...stackConfig("dev"), ...more } });

describe("a stack with Variables and permissions of its own", () => {
  it("has each Variable as a parameter beside those of the pipelines, and in the file", async () => {
    const recording = await stack({ variables: { orders_queue: "q", limit: 7 } });
    const { inputs } = only(recording, "aws:ssm/parameter:Parameter", "variables-orders_queue");
    assert.match(String(inputs.name), /\/variables\/orders_queue$/);
    assert.equal(inputs.value, "q");
    const file = only(recording, "aws:s3/bucketObjectv2:BucketObjectv2", "variables-file");
    const values = JSON.parse(String(file.inputs.content)) as Record<string, string>;
    assert.deepEqual([values.orders_queue, values.limit], ["q", "7"]);
    assert.ok("s3_bucket_name" in values);
  });

  it("does not take the name of another's Variable with another value", async () => {
    await assert.rejects(
      stack({ variables: { s3_bucket_name: "mine" } }),
      /The Airflow Variable s3_bucket_name is of the platform and of the setting variables/,
    );
  });

  it("gives the execution role its statements, by a policy of their own", async () => {
    const recording = await stack({ executionRoleStatements: [STATEMENT] });
    const { inputs } = only(recording, "aws:iam/policy:Policy", "execution-own");
    const { Statement } = JSON.parse(String(inputs.policy)) as PolicyDocument;
    assert.deepEqual(Statement, [
      {
        ...{ Sid: STATEMENT.Sid, Effect: "Allow" },
        ...{ Action: [STATEMENT.Action], Resource: [STATEMENT.Resource] },
      },
    ]);
    const attached = only(
      recording,
      "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
      "execution-own",
    );
    assert.match(String(attached.inputs.policyArn), /-own-/);
  });

  it("tells what a role that is there has to have of them", async () => {
    const recording = await stack({
      executionRoleArn: ROLE,
      executionRoleStatements: [STATEMENT],
    });
    const { executionRolePolicies = {} } = recording.result as {
      executionRolePolicies?: Record<string, string>;
    };
    assert.match(executionRolePolicies.own, /sqs:SendMessage/);
  });

  it("attaches policies that are there, as many as a role takes", async () => {
    const arns = (count: number) =>
      Array.from({ length: count }, (_, i) => `arn:aws:iam::${ACCOUNT}:policy/team/own${i}`);
    const before = await shippedStack("dev");
    const type = "aws:iam/rolePolicyAttachment:RolePolicyAttachment";
    const ofRole = ({ inputs }: { inputs: Record<string, unknown> }) =>
      /execution/.test(String(inputs.role));
    const own = ofType(before, type).filter(ofRole).length;
    const recording = await stack({
      executionRolePolicyArns: [
        ...arns(9 - own),
        "arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess",
      ],
    });
    const attached = ofType(recording, type).filter(ofRole);
    assert.equal(attached.length, 10);
    assert.ok(attached.some(({ name }) => name === "execution-given-aws-AmazonSQSReadOnlyAccess"));
    await assert.rejects(
      stack({ executionRolePolicyArns: arns(11 - own) }),
      /executionRolePolicyArns has \d+ policies, and the stack attaches \d+ .*a role takes 10/,
    );
  });

  it("attaches nothing to a role that is not its own", async () => {
    await assert.rejects(
      stack({
        executionRoleArn: ROLE,
        executionRolePolicyArns: [`arn:aws:iam::${ACCOUNT}:policy/x`],
      }),
      /executionRolePolicyArns is .*; allowed: none with executionRoleArn/,
    );
  });
});

describe("a stack with connections of its own", () => {
  const API = { conn_type: "http", host: "api.example.com", password: "hunter2" };
  const KEY = `arn:aws:kms:us-east-1:${ACCOUNT}:key/00001111-2222-3333-4444-555566667777`;
  const type = "aws:ssm/parameter:Parameter";
  const connected = (more: Record<string, unknown> = {}) =>
    record(() => program(), {
      ...{ stack: "dev", secrets: ["connections"] },
      config: { ...stackConfig("dev"), connections: { api: API }, ...more },
    });
  const kwargs = (recording: Awaited<ReturnType<typeof connected>>) => {
    const { inputs } = only(recording, "aws:mwaa/environment:Environment");
    const options = inputs.airflowConfigurationOptions as Record<string, string>;
    return JSON.parse(options["secrets.backend_kwargs"]) as Record<string, unknown>;
  };
  const statements = (recording: Awaited<ReturnType<typeof connected>>) => {
    const { inputs } = only(recording, "aws:iam/rolePolicy:RolePolicy", "execution-mwaa");
    const { Statement } = JSON.parse(String(inputs.policy)) as PolicyDocument;
    return Statement.filter(({ Sid }) => /(Connections|Secrets)$/.test(Sid));
  };

  it("has each as an encrypted parameter, where the backend looks and the role may read", async () => {
    const recording = await connected();
    const { inputs } = only(recording, type, "connections-api");
    const { name, type: kind, value, keyId } = inputs;
    assert.deepEqual([name, kind], ["/mwaa-emr-blog-demo/connections/api", "SecureString"]);
    assert.deepEqual(JSON.parse(String(value)), API);
    assert.equal(keyId, undefined);
    assert.equal(kwargs(recording).connections_prefix, "/mwaa-emr-blog-demo/connections");
    assert.deepEqual(statements(recording), [
      {
        Sid: "ReadConnections",
        Effect: "Allow",
        Action: "ssm:GetParameter",
        Resource: `arn:aws:ssm:us-east-1:${ACCOUNT}:parameter/mwaa-emr-blog-demo/connections/*`,
      },
    ]);
    assert.ok(
      !JSON.stringify(
        only(recording, "aws:s3/bucketObjectv2:BucketObjectv2", "variables-file"),
      ).includes("hunter2"),
    );
  });

  it("encrypts them with the stack's key, which the role may use for them alone", async () => {
    const recording = await connected({ encryptionKey: "own" });
    assert.match(String(only(recording, type, "connections-api").inputs.keyId), /key/);
    const [, { Sid, Action, Condition }] = statements(recording);
    assert.deepEqual([Sid, Action], ["DecryptConnections", "kms:Decrypt"]);
    assert.deepEqual(Object.keys(Condition ?? {}), ["StringEquals", "StringLike"]);
  });

  it("takes those that are there already, at the path of the backend's own arguments", async () => {
    const recording = await connected({
      ...{ connections: {}, connectionsKeyArns: [KEY] },
      airflowConfigurationOptions: {
        "secrets.backend_kwargs": {
          ...{ connections_prefix: "/team/connections", connections_lookup_pattern: "^api$" },
        },
      },
    });
    assert.ok(!ofType(recording, type).some(({ name }) => name.startsWith("connections-")));
    assert.deepEqual(kwargs(recording), {
      ...{ variables_prefix: "/mwaa-emr-blog-demo/variables", config_prefix: null },
      ...{ connections_prefix: "/team/connections", connections_lookup_pattern: "^api$" },
    });
    const path = `arn:aws:ssm:us-east-1:${ACCOUNT}:parameter/team/connections/*`;
    assert.deepEqual(
      statements(recording).map(({ Sid, Resource }) => [Sid, Resource]),
      [
        ["ReadConnections", path],
        ["DecryptConnections", KEY],
      ],
    );
  });

  const SECRETS = {
    "secrets.backend": SECRETS_MANAGER,
    "secrets.backend_kwargs": { connections_prefix: "airflow/connections" },
  };

  it("takes those that are there already in Secrets Manager, beside its own", async () => {
    const recording = await connected({
      airflowConfigurationOptions: SECRETS,
      connectionsKeyArns: [KEY],
    });
    const { inputs } = only(recording, "aws:mwaa/environment:Environment");
    const options = inputs.airflowConfigurationOptions as Record<string, string>;
    assert.equal(options["secrets.backend"], SECRETS_MANAGER);
    assert.deepEqual(kwargs(recording), {
      ...{ connections_prefix: "airflow/connections" },
      ...{ variables_prefix: null, config_prefix: null },
    });
    assert.equal(options["workers.secrets_backend"], PARAMETER_STORE);
    assert.deepEqual(JSON.parse(options["workers.secrets_backend_kwargs"]), {
      variables_prefix: "/mwaa-emr-blog-demo/variables",
      connections_prefix: "/mwaa-emr-blog-demo/connections",
      config_prefix: null,
    });
    const secrets = `arn:aws:secretsmanager:us-east-1:${ACCOUNT}:secret:airflow/connections/*`;
    assert.deepEqual(statements(recording).slice(-2), [
      {
        Sid: "ReadSecrets",
        Effect: "Allow",
        Action: "secretsmanager:GetSecretValue",
        Resource: secrets,
      },
      {
        Sid: "DecryptSecrets",
        Effect: "Allow",
        Action: "kms:Decrypt",
        Resource: KEY,
        Condition: {
          StringEquals: { "kms:ViaService": "secretsmanager.us-east-1.amazonaws.com" },
          StringLike: { "kms:EncryptionContext:SecretARN": secrets },
        },
      },
    ]);
    const sids = statements(recording).map(({ Sid }) => Sid);
    assert.deepEqual(sids, ["ReadConnections", "ReadSecrets", "DecryptSecrets"]);
  });

  it("wants a key only for connections that are there already", async () => {
    await assert.rejects(
      connected({ connectionsKeyArns: [KEY] }),
      /connectionsKeyArns is .*; allowed: none without connections that are there already/,
    );
    for (const wrong of [KEY.replace("us-east-1", "eu-west-1"), KEY.replace("key/", "alias/")]) {
      await assert.rejects(
        connected({ airflowConfigurationOptions: SECRETS, connectionsKeyArns: [wrong] }),
        /connectionsKeyArns is .*; allowed: a list of ARNs of KMS keys \(no aliases\) in us-east-1/,
      );
    }
  });

  it("passes the policy pack as the stack without them does", async () => {
    const without = mandatoryFindings(await shippedStack("dev"));
    assert.deepEqual(mandatoryFindings(await connected()), without);
    const there = { airflowConfigurationOptions: SECRETS, connectionsKeyArns: [KEY] };
    assert.deepEqual(mandatoryFindings(await connected(there)), without);
  });

  it("is refused where its file has a secret in plain text, which is not shown", async () => {
    await assert.rejects(stack({ connections: { api: API } }), ({ message }: Error) => {
      assert.match(message, /connections\.api is "\(not shown\)"; allowed: no password/);
      assert.doesNotMatch(message, /hunter2/);
      return true;
    });
    await stack({ connections: { api: "http://api.example.com" } });
  });

  it("is refused where the backend is to leave connections out that there are none of", async () => {
    await assert.rejects(
      stack({
        airflowConfigurationOptions: {
          "secrets.backend_kwargs": { connections_lookup_pattern: "^api$" },
        },
      }),
      /connections_lookup_pattern is .*; allowed: a pattern beside connections_prefix/,
    );
  });
});

describe("a stack with security groups of its own", () => {
  const functions = (vpcId: string) => ({
    "aws:ec2/getSecurityGroups:getSecurityGroups": () => ({
      ids: ["sg-01234567"],
      vpcIds: [vpcId],
    }),
    "aws:ec2/getSubnets:getSubnets": () => ({ ids: ["subnet-1"] }),
    "aws:ec2/getSubnet:getSubnet": () => ({
      ...{ vpcId: "vpc-own", availabilityZone: "us-east-1a", cidrBlock: "10.192.20.0/24" },
      tags: { Name: "network-private-1", SubnetType: "Private" },
    }),
  });
  const grouped = (vpcId: string) =>
    record(() => program(), {
      ...{ stack: "dev", functions: functions(vpcId) },
      config: { ...stackConfig("dev"), securityGroupIds: ["sg-01234567"] },
    });

  it("gives them to the environment after its own, and tells both", async () => {
    const recording = await grouped("vpc-own");
    const { inputs } = only(recording, "aws:mwaa/environment:Environment");
    const { securityGroupIds } = inputs.networkConfiguration as { securityGroupIds: string[] };
    assert.deepEqual(securityGroupIds, ["network-environment-id", "sg-01234567"]);
    assert.deepEqual(recording.result.securityGroupIds, securityGroupIds);
  });

  it("passes the policy pack, also where it admits others to its web server", async () => {
    const recording = await record(() => program(), {
      ...{ stack: "prod", functions: functions("vpc-own") },
      config: {
        ...stackConfig("prod"),
        securityGroupIds: ["sg-01234567"],
        webserverIngress: { cidrBlocks: ["10.0.0.0/8"], securityGroupIds: ["sg-01234567"] },
      },
    });
    const plain = await shippedStack("prod");
    assert.deepEqual(mandatoryFindings(recording), mandatoryFindings(plain));
  });

  it("is refused before anything is registered where they are of another VPC", async () => {
    await assert.rejects(grouped("vpc-other"), /sg-01234567 is of vpc-other/);
  });
});

describe("a stack whose DAG files are deployed apart", () => {
  it("uploads none, and all else as before", async () => {
    const keys = async (dags: string) =>
      ofType(await stack({ dags }), "aws:s3/bucketObjectv2:BucketObjectv2")
        .map(({ inputs }) => String(inputs.key))
        .sort();
    const managed = await keys("managed");
    assert.ok(managed.some((key) => /^dags\/\w+\.py$/.test(key)));
    assert.deepEqual(
      await keys("external"),
      managed.filter((key) => !key.startsWith("dags/")),
    );
  });

  it("passes the policy pack as the others do", async () =>
    assert.deepEqual(
      mandatoryFindings(await stack({ dags: "external" })),
      mandatoryFindings(await shippedStack("dev")),
    ));
});
