import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import {
  DeleteRouteCommand,
  DescribeRouteTablesCommand,
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
  type S3Client,
} from "@aws-sdk/client-s3";

import { SECRETS_MANAGER } from "../../../checks/secretsBackend";
import { keyPolicy } from "../../../components/encryptionKey";
import { accessOf, deniedCalls, summaryOf, verdictOf } from "../../../local/cli/access";
import { clientConfig, inventoryOf } from "../../../local/cli/cloud";
import { localStack } from "../../../local/cli/localStack";
import { publishSource } from "../../../local/cli/movielensSource";
import { dagsOfStack, resultsOf } from "../../../local/cli/results";
import { s3Of } from "../../../local/cli/s3";
import { Unexercised } from "../../../local/cli/unexercised";
import { signedCall } from "../../../local/provider/aws/signed";
import { PROJECT, REGION } from "../../mocks";
import { LOCATION } from "../../policies";
import { dataSet } from "../cli/dataSet";
import { type Warehouse, expectedMovies, loadedMovies, statement } from "../cli/movieList";
import { temporaryHome } from "../running";
import { LiveStack } from "./liveStack";
import { asMwaaWants } from "./theirBucket";
import { FREE_BLOCKS, networkOf, theirVpc } from "./theirVpc";
import { THEIR_ADMIN, THEIR_WAREHOUSE, TheirWarehouses } from "./theirWarehouses";

const DAG = "movie-list-dag";
const OWN = "mwaa-local";
const STRANGERS = "strangers-bucket";
const PASSWORD = "hunter2-of-films";

/** A cluster of the stack's own, as its administrator. */
const OWN_CLUSTER = { ClusterIdentifier: OWN, DbUser: "awsuser" };

/** The cluster of another team, as one of its users. */
const theirCluster = (DbUser: string) => ({ ClusterIdentifier: THEIR_WAREHOUSE, DbUser });

/**
 * What a stack brings, or lives without, on the running target: one laptop, with Airflow, that goes through it, and each
 * kind of network with another kind of warehouse. What each setting makes is shown by unit tests; here a DAG runs in it.
 */
describe("a stack of one's own network, warehouse, permissions and connections", () => {
  const { home: theirs, remove: removeTheirs } = temporaryHome();
  let stack: LiveStack;
  let s3: S3Client;
  let warehouses: TheirWarehouses;
  /** The rows that the DAG leaves. */
  let expected: string[];
  /** The key of the secret that holds a connection. */
  let secretsKey: string | undefined;
  /** What is there of others, before the stack is. */
  let nothingElse: unknown;

  before(async () => {
    stack = await LiveStack.start();
    s3 = s3Of(stack.endpoint);
    warehouses = new TheirWarehouses(stack.endpoint);
    const zip = dataSet(stack.home.folder);
    await publishSource(stack.endpoint, fs.readFileSync(zip));
    expected = expectedMovies(zip);
    await s3.send(new CreateBucketCommand({ Bucket: STRANGERS }));
    await s3.send(new PutObjectCommand({ Bucket: STRANGERS, Key: "in.txt", Body: "films" }));
    secretsKey = await keepConnection();
    nothingElse = await inventoryOf(stack.home, stack.endpoint);
    fs.copyFileSync(
      path.join(__dirname, "stranger.py"),
      path.join(stack.folder, "dags", "stranger.py"),
    );
    await stack.airflowOf(OWN);
  });
  after(async () => {
    await stack.stop();
    removeTheirs();
  });

  /** Has a team keep the connection in Secrets Manager, with a key of its own. */
  async function keepConnection(): Promise<string | undefined> {
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
    return KeyMetadata?.Arn;
  }

  const program = () => localStack({ home: stack.home, root: stack.folder });
  const permit = (Sid: string, Action: string, Resource: string) => ({ Sid, Action, Resource });
  const read = permit("ReadFilms", "s3:GetObject", `arn:aws:s3:::${STRANGERS}/*`);
  const ec2 = () => new EC2Client(clientConfig(stack.endpoint));
  /** Files of the engine's state and of Airflow's logs that have a text in them. */
  const having = (text: string, ...folder: string[]): string[] =>
    fs
      .readdirSync(stack.home.dir(...folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name))
      .filter((file) => fs.readFileSync(file).includes(text));

  /** Runs the DAG, whose rows are in a warehouse then. */
  async function loads(warehouse: Warehouse): Promise<void> {
    await stack.run(DAG);
    assert.deepEqual(await loadedMovies(stack.endpoint, warehouse), expected);
  }

  /** What the report shows of the table. */
  async function reported() {
    const outputs = await (await stack.with({})).outputs();
    const xcom = () => Promise.reject(new Error("the DAG has no folders"));
    const { results } = await resultsOf(dagsOfStack(program())[0], {
      ...{ outputs, xcom },
      ...{ endpoint: stack.endpoint, home: stack.home },
    });
    return results.movie_demo;
  }

  const copyRole = async () => {
    const { redshiftCopyRoleArn } = await (await stack.with({})).outputs();
    return redshiftCopyRoleArn as string;
  };

  it("loads a cluster of its own, in its own VPC with a NAT gateway in each zone", async () => {
    stack.secrets = { [`${PROJECT}:connections.films_api.password`]: PASSWORD };
    await stack.settles({
      pipelines: ["movie-list"],
      redshift: { kind: "provisioned" },
      variables: { stranger_bucket: STRANGERS },
      connections: {
        films_api: { conn_type: "http", host: "films.example.com", login: "reader" },
      },
      executionRoleStatements: [read],
    });
    await loads(OWN_CLUSTER);
    const { location, rows, sample } = await reported();
    assert.deepEqual(
      [location, rows, sample.length],
      [`Redshift cluster ${OWN}, dev.public.movie_demo`, expected.length, 5],
    );
    const { denials } = await accessOf(stack.home, stack.endpoint);
    assert.deepEqual(deniedCalls(denials), []);
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
    const { replace } = await stack.settles({
      executionRoleStatements: [read, permit("WriteFilms", Action, Resource)],
      redshift: { kind: "provisioned", nodeType: "ra3.xlplus", numberOfNodes: 2 },
    });
    assert.equal(replace, undefined);
    await stack.run("stranger");
    const object = { Bucket: STRANGERS, Key: "out.txt" };
    const { Body } = await s3.send(new GetObjectCommand(object));
    assert.match((await Body?.transformToString()) ?? "", /^[0-9a-f]{64}$/);
  });

  it("keeps the rows of its cluster when that gets other nodes", async () => {
    assert.deepEqual(await warehouses.nodesOf(OWN), ["ra3.xlplus", 2]);
    assert.deepEqual(await loadedMovies(stack.endpoint, OWN_CLUSTER), expected);
  });

  it("keeps the connection's secret out of its state and the tasks' logs", () => {
    assert.deepEqual(having(PASSWORD, "state"), []);
    assert.deepEqual(having(PASSWORD, "airflow", "logs"), []);
    assert.ok(having("asking films.example.com as reader", "airflow", "logs").length > 0);
  });

  it("reports what the settings grant, and that its runs used all of it", async () => {
    const access = await accessOf(stack.home, stack.endpoint);
    const unexercised = Unexercised.of(program());
    const verdicts = (...statements: string[]) =>
      access.grants
        .filter(({ role }) => role.includes("-execution-"))
        .filter(({ statement: sid }) => statements.includes(sid))
        .map((grant) => verdictOf(grant, unexercised).kind);
    assert.deepEqual(verdicts("ReadFilms", "WriteFilms", "ReadConnections"), Array(3).fill("used"));
    assert.deepEqual(summaryOf(access, unexercised).unused, []);
    assert.deepEqual(unexercised.staleEntries(access.grants), []);
  });

  it("takes the connection from Secrets Manager, where a team has it, with the key of its own", async () => {
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
    await stack.works({ connectionsKeyArns: [secretsKey] });
    await stack.run("stranger");
    assert.ok(having("asking films.example.com as team", "airflow", "logs").length > 0);
  });

  it("loads a cluster that is there already, without a NAT gateway, as a user that is not its administrator", async () => {
    await warehouses.createCluster(await copyRole());
    const admin = theirCluster(THEIR_ADMIN);
    await statement(stack.endpoint, admin, "CREATE USER loader PASSWORD DISABLE");
    await statement(stack.endpoint, admin, "CREATE USER analyst PASSWORD DISABLE");
    await stack.settles({
      ...{ airflowConfigurationOptions: undefined, connectionsKeyArns: undefined },
      natGateways: "None",
      redshift: {
        ...{ kind: "existing", clusterIdentifier: THEIR_WAREHOUSE, dbUser: "loader" },
        readers: ["user analyst"],
      },
    });
    await loads(theirCluster("loader"));
    assert.deepEqual(await loadedMovies(stack.endpoint, theirCluster("analyst")), expected);
    assert.equal((await reported()).rows, expected.length);
  });

  it("fails without a NAT gateway where an endpoint is missing, with the reason", async () => {
    const { VpcEndpoints = [] } = await ec2().send(
      new DescribeVpcEndpointsCommand({
        Filters: [{ Name: "service-name", Values: [`com.amazonaws.${REGION}.athena`] }],
      }),
    );
    const [{ VpcEndpointId }] = VpcEndpoints;
    const named = (PrivateDnsEnabled: boolean) =>
      ec2().send(new ModifyVpcEndpointCommand({ VpcEndpointId, PrivateDnsEnabled }));
    await named(false);
    const said = await stack.fails(DAG);
    assert.match(said, /Connect timeout on https:\/\/athena\.us-east-1\.amazonaws\.com\//);
    assert.match(
      said,
      /subnet-\w+ has no route to a NAT gateway, and vpc-\w+ no endpoint of athena/,
    );
    await named(true);
  });

  it("loads a workgroup that is there already, with one NAT gateway for both zones, as the user of the role", async () => {
    await warehouses.createWorkgroup(await copyRole());
    await stack.settles({
      natGateways: "Single",
      redshift: { kind: "existing", workgroupName: THEIR_WAREHOUSE },
    });
    await loads({ WorkgroupName: THEIR_WAREHOUSE });
    assert.equal((await reported()).rows, expected.length);
  });

  it("leaves nothing but what is another's", async () => {
    await (await stack.with({})).destroy();
    await warehouses.delete();
    assert.deepEqual(await inventoryOf(stack.home, stack.endpoint), nothingElse);
  });

  it("runs in a VPC, with a bucket, a key and a role that were there already, until the VPC has no way out", async () => {
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
    const network = await networkOf(vpc);
    await stack.settles({
      ...{ network, redshiftSubnetCidrs: FREE_BLOCKS, vpcEndpoints: ["elasticmapreduce"] },
      ...{ natGateways: undefined, redshift: undefined },
      ...given,
      encryptionKey: KeyMetadata?.Arn,
      executionRoleArn: Role?.Arn,
      executionRoleStatements: undefined,
    });
    assert.equal((await stack.with({})).resources()["awsx:ec2:Vpc"], undefined);
    await loads({ WorkgroupName: OWN });
    await closeWayOut(network.subnetIds);
    await assert.rejects(
      async () => (await stack.with({})).preview(),
      ({ message }: Error) => {
        const named = (id: string) =>
          `network.subnetIds is "${id}"; allowed: a subnet with a way to`;
        network.subnetIds.forEach((id) => assert.ok(message.includes(named(id)), message));
        return true;
      },
    );
    await (await stack.with({})).destroy();
    assert.equal(vpc.resources()["aws:ec2/vpc:Vpc"], 1);
  });

  /** Takes the default routes out of the route tables of subnets. */
  async function closeWayOut(subnetIds: string[]): Promise<void> {
    const { RouteTables = [] } = await ec2().send(
      new DescribeRouteTablesCommand({
        Filters: [{ Name: "association.subnet-id", Values: subnetIds }],
      }),
    );
    for (const { RouteTableId } of RouteTables) {
      const DestinationCidrBlock = "0.0.0.0/0";
      await ec2().send(new DeleteRouteCommand({ RouteTableId, DestinationCidrBlock }));
    }
  }
});
