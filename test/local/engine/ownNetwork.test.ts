import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import {
  DescribeVpcEndpointsCommand,
  EC2Client,
  ModifyVpcEndpointCommand,
} from "@aws-sdk/client-ec2";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { CreateKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import {
  CreateBucketCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";

import { SECRETS_MANAGER } from "../../../checks/secretsBackend";
import { keyPolicy } from "../../../components/encryptionKey";
import { accessOf, summaryOf, verdictOf } from "../../../local/cli/access";
import { clientConfig } from "../../../local/cli/cloud";
import { localStack } from "../../../local/cli/localStack";
import { publishSource } from "../../../local/cli/movielensSource";
import { Unexercised } from "../../../local/cli/unexercised";
import { signedCall } from "../../../local/provider/aws/signed";
import { ACCOUNT, PROJECT, REGION } from "../../mocks";
import { dataSet } from "../cli/dataSet";
import { temporaryHome } from "../running";
import { LiveStack } from "./liveStack";
import { asMwaaWants } from "./theirBucket";
import { FREE_BLOCKS, networkOf, theirVpc } from "./theirVpc";

const DAG = "movie-list-dag";
const STRANGERS = "strangers-bucket";
const PASSWORD = "hunter2-of-films";
const LOCATION = {
  partition: "aws",
  dnsSuffix: "amazonaws.com",
  region: REGION,
  accountId: ACCOUNT,
};

/**
 * What a stack brings, or lives without, on the running target: one laptop, with Airflow, that goes through it. What each
 * setting makes is shown by unit tests; here a DAG runs in it.
 */
describe("a stack of one's own network, permissions and connections", () => {
  const { home: theirs, remove: removeTheirs } = temporaryHome();
  let stack: LiveStack;
  let s3: S3Client;

  before(async () => {
    stack = await LiveStack.start();
    const config = clientConfig(stack.endpoint);
    s3 = new S3Client({ ...config, forcePathStyle: true });
    await publishSource(stack.endpoint, fs.readFileSync(dataSet(stack.home.folder)));
    await s3.send(new CreateBucketCommand({ Bucket: STRANGERS }));
    await s3.send(new PutObjectCommand({ Bucket: STRANGERS, Key: "in.txt", Body: "films" }));
    fs.copyFileSync(
      path.join(__dirname, "stranger.py"),
      path.join(stack.folder, "dags", "stranger.py"),
    );
    await stack.airflowOf("mwaa-local");
  });
  after(async () => {
    await stack.stop();
    removeTheirs();
  });

  const statement = (Sid: string, Action: string, Resource: string) => ({ Sid, Action, Resource });
  const read = statement("ReadFilms", "s3:GetObject", `arn:aws:s3:::${STRANGERS}/*`);
  /** Files of the engine's state and of Airflow's logs that have a text in them. */
  const having = (text: string, ...folder: string[]): string[] =>
    fs
      .readdirSync(stack.home.dir(...folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name))
      .filter((file) => fs.readFileSync(file).includes(text));

  it("runs movie-list-dag in its own VPC, with a NAT gateway in each zone", async () => {
    stack.secrets = { [`${PROJECT}:connections.films_api.password`]: PASSWORD };
    await stack.settles({
      pipelines: ["movie-list"],
      variables: { stranger_bucket: STRANGERS },
      connections: {
        films_api: { conn_type: "http", host: "films.example.com", login: "reader" },
      },
      executionRoleStatements: [read],
    });
    await stack.run(DAG);
  });

  it("tells a stranger's DAG which statement is missing, and adding that is enough", async () => {
    const said = await stack.fails("stranger");
    const [, found = "{}"] = /needed in role \S+: (\{.*?\})/.exec(said) ?? [];
    const { Action, Resource } = JSON.parse(found) as Record<string, string>;
    assert.deepEqual(
      [Action, Resource],
      ["s3:PutObject", `arn:aws:s3:::${STRANGERS}/out.txt`],
      said,
    );
    await stack.works({
      executionRoleStatements: [read, statement("WriteFilms", Action, Resource)],
    });
    await stack.run("stranger");
    const object = { Bucket: STRANGERS, Key: "out.txt" };
    const { Body } = await s3.send(new GetObjectCommand(object));
    assert.match((await Body?.transformToString()) ?? "", /^[0-9a-f]{64}$/);
  });

  it("keeps the connection's secret out of its state and the tasks' logs", () => {
    assert.deepEqual(having(PASSWORD, "state"), []);
    assert.deepEqual(having(PASSWORD, "airflow", "logs"), []);
    assert.ok(having("asking films.example.com as reader", "airflow", "logs").length > 0);
  });

  it("reports what the settings grant, and that its runs used it", async () => {
    const program = localStack({ home: stack.home, root: stack.folder });
    const access = await accessOf(stack.home, stack.endpoint);
    const unexercised = Unexercised.of(program);
    const grants = access.grants.filter(({ role }) => role.includes("-execution-"));
    const verdicts = (...statements: string[]) =>
      grants
        .filter(({ statement: sid }) => statements.includes(sid))
        .map((grant) => verdictOf(grant, unexercised).kind);
    assert.deepEqual(verdicts("ReadFilms", "WriteFilms", "ReadConnections"), Array(3).fill("used"));
    const { unused } = summaryOf({ ...access, grants }, unexercised);
    assert.deepEqual(
      unused.filter((line) => /Films|Connections/.test(line)),
      [],
    );
  });

  it("takes the connection from Secrets Manager, where a team has it, with the key of its own", async () => {
    const kms = new KMSClient(clientConfig(stack.endpoint));
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
    const secret = { conn_type: "http", host: "films.example.com", login: "team", password: "s" };
    await signedCall({
      ...{ method: "POST", path: "/", service: "secretsmanager" },
      headers: {
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": "secretsmanager.CreateSecret",
      },
      body: JSON.stringify({
        Name: "airflow/connections/films_api",
        SecretString: JSON.stringify(secret),
        KmsKeyId: KeyMetadata?.Arn,
        ClientRequestToken: "a-token-of-thirty-two-characters",
      }),
    });
    stack.secrets = {};
    const options = {
      "secrets.backend": SECRETS_MANAGER,
      "secrets.backend_kwargs": { connections_prefix: "airflow/connections" },
    };
    const there = { connections: undefined, airflowConfigurationOptions: options };
    await stack.works(there);
    // Airflow tells no reason for a connection that it may not read; the local cloud does.
    assert.match(await stack.fails("stranger"), /`films_api` isn't defined/);
    const { denials } = await accessOf(stack.home, stack.endpoint);
    assert.match(denials.at(-1)?.needed ?? "", /kms:Decrypt/);
    await stack.settles({ ...there, connectionsKeyArns: [KeyMetadata?.Arn] });
    await stack.run("stranger");
    assert.ok(having("asking films.example.com as team", "airflow", "logs").length > 0);
    await stack.works({ airflowConfigurationOptions: undefined, connectionsKeyArns: undefined });
  });

  it("runs it with one NAT gateway for both zones", async () => {
    await stack.works({ natGateways: "Single" });
    await stack.run(DAG);
  });

  it("runs it without any, and fails where an endpoint is missing, with the reason", async () => {
    await stack.settles({ natGateways: "None" });
    await stack.run(DAG);
    const ec2 = new EC2Client(clientConfig(stack.endpoint));
    const { VpcEndpoints = [] } = await ec2.send(
      new DescribeVpcEndpointsCommand({
        Filters: [{ Name: "service-name", Values: [`com.amazonaws.${REGION}.athena`] }],
      }),
    );
    const [{ VpcEndpointId }] = VpcEndpoints;
    const named = (PrivateDnsEnabled: boolean) =>
      ec2.send(new ModifyVpcEndpointCommand({ VpcEndpointId, PrivateDnsEnabled }));
    await named(false);
    const said = await stack.fails(DAG);
    assert.match(said, /Connect timeout on https:\/\/athena\.us-east-1\.amazonaws\.com\//);
    assert.match(
      said,
      /subnet-\w+ has no route to a NAT gateway, and vpc-\w+ no endpoint of athena/,
    );
    await named(true);
  });

  it("runs it in a VPC, with a bucket, a key and a role that were there already", async () => {
    await (await stack.with({})).destroy();
    const vpc = await theirVpc(theirs, stack.pulumi, stack.endpoint);
    await vpc.up();
    const config = clientConfig(stack.endpoint);
    const Bucket = "airflow-of-another-team";
    await s3.send(new CreateBucketCommand({ Bucket }));
    const given = { createAirflowBucket: false, airflowBucketName: Bucket };
    await assert.rejects(
      async () => (await stack.with(given)).preview(),
      /its versioning is never turned on; allowed: Enabled/,
    );
    await asMwaaWants(s3, Bucket);
    const Policy = JSON.stringify(keyPolicy(LOCATION, ["*"]));
    const { KeyMetadata } = await new KMSClient(config).send(new CreateKeyCommand({ Policy }));
    const role = { RoleName: "airflow-of-another-team" };
    const iam = new IAMClient(config);
    const trust = {
      Effect: "Allow",
      Principal: { Service: ["airflow.amazonaws.com", "airflow-env.amazonaws.com"] },
      Action: "sts:AssumeRole",
    };
    const all = { Effect: "Allow", Action: "*", Resource: "*" };
    const document = (Statement: object) => JSON.stringify({ Version: "2012-10-17", Statement });
    const { Role } = await iam.send(
      new CreateRoleCommand({ ...role, AssumeRolePolicyDocument: document(trust) }),
    );
    await iam.send(
      new PutRolePolicyCommand({ ...role, PolicyName: "all", PolicyDocument: document(all) }),
    );
    await stack.settles({
      network: await networkOf(vpc),
      redshiftSubnetCidrs: FREE_BLOCKS,
      natGateways: undefined,
      ...given,
      encryptionKey: KeyMetadata?.Arn,
      executionRoleArn: Role?.Arn,
      executionRoleStatements: undefined,
    });
    await stack.run(DAG);
  });
});
