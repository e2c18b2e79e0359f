import assert from "node:assert/strict";
import { ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as path from "node:path";
import * as readline from "node:readline";
import { setTimeout } from "node:timers/promises";

import {
  CreateBucketCommand,
  DeleteBucketCommand,
  HeadBucketCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import * as grpc from "@grpc/grpc-js";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";

import { CLOUD } from "../../../local/cli/cloud";
import { running } from "../../../local/cli/processes";
import { ROOT } from "../../../local/home";
import { UNKNOWN } from "../../../local/provider/aws/lifecycle";
import { Properties } from "../../../local/provider/aws/row";
import { deleteOrphan, readJournal } from "../../../local/provider/journal";
import { cloud } from "./cloud";

const urn = (type: string, name = "thing") => `urn:pulumi:test::test::${type}::${name}`;

const BUCKET = "aws:s3/bucket:Bucket";
const LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup";
const OBJECT = "aws:s3/bucketObjectv2:BucketObjectv2";
const PARAMETER = "aws:ssm/parameter:Parameter";
const VPC = "aws:ec2/vpc:Vpc";

/** Milliseconds after which a call has begun, on a machine with time for it; on another the test shows less. */
const SOON_MS = 500;

const structOf = (properties: Properties) => Struct.fromJavaScript(properties as never);
const plainOf = (struct: Struct | undefined) => (struct?.toJavaScript() ?? {}) as Properties;

/** The client's methods as promises. The package declares no types of its generated service. */
type Call = <Request, Response>(name: string, request: Request) => Promise<Response>;

/** What the official package declares of a function's result. */
function resultOf(token: string): string {
  const [, module] = token.split(":");
  const file = `${module.replace(/^index\//, "")}.d.ts`;
  const text = fs.readFileSync(path.join(ROOT, "node_modules", "@pulumi", "aws", file), "utf8");
  return /interface \w+Result \{[^]*?\n\}/.exec(text)?.[0] ?? "";
}

describe("the server of the aws provider", () => {
  const journal = cloud.home.file("state", "journal.ndjson");
  let server: ChildProcess;
  let client: grpc.Client;
  const s3 = new S3Client({ forcePathStyle: true });

  /** Starts the executable as the engine does: it prints the port that it serves on. */
  async function start(): Promise<void> {
    server = spawn(path.join(ROOT, "local", "provider", "bin", "pulumi-resource-aws"), [], {
      env: { ...process.env, LOCAL_PROVIDER_JOURNAL: journal },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const lines = readline.createInterface({ input: server.stdout as NodeJS.ReadableStream });
    const [port] = (await once(lines, "line")) as [string];
    assert.match(port, /^\d+$/);
    client = new (
      ResourceProviderClient as unknown as new (
        address: string,
        credentials: grpc.ChannelCredentials,
      ) => grpc.Client
    )(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  }

  async function kill(): Promise<void> {
    client.close();
    const gone = once(server, "exit");
    server.kill("SIGKILL");
    await gone;
  }

  const call: Call = (name, request) =>
    new Promise((resolve, reject) => {
      const methods = client as unknown as Record<
        string,
        (request: unknown, answer: (error: Error | null, response: never) => void) => void
      >;
      methods[name](request, (error, response) => (error ? reject(error) : resolve(response)));
    });

  async function create(
    type: string,
    inputs: Properties,
    { preview = false, name = "thing" } = {},
  ) {
    const request = new proto.CreateRequest();
    request.setUrn(urn(type, name));
    request.setProperties(structOf(inputs));
    request.setPreview(preview);
    const answer = await call<unknown, proto.CreateResponse>("create", request);
    return { id: answer.getId(), state: plainOf(answer.getProperties()) };
  }

  async function update(
    type: string,
    id: string,
    olds: Properties,
    [oldInputs, inputs]: readonly [Properties, Properties],
    preview: boolean,
  ) {
    const request = new proto.UpdateRequest();
    request.setUrn(urn(type));
    request.setId(id);
    request.setOlds(structOf(olds));
    request.setOldInputs(structOf(oldInputs));
    request.setNews(structOf(inputs));
    request.setPreview(preview);
    const answer = await call<unknown, proto.UpdateResponse>("update", request);
    return plainOf(answer.getProperties());
  }

  async function read(type: string, id: string, inputs: Properties, state: Properties) {
    const request = new proto.ReadRequest();
    request.setUrn(urn(type));
    request.setId(id);
    request.setInputs(structOf(inputs));
    request.setProperties(structOf(state));
    const answer = await call<unknown, proto.ReadResponse>("read", request);
    return {
      id: answer.getId(),
      inputs: plainOf(answer.getInputs()),
      state: plainOf(answer.getProperties()),
    };
  }

  async function drop(type: string, id: string, state: Properties): Promise<void> {
    const request = new proto.DeleteRequest();
    request.setUrn(urn(type));
    request.setId(id);
    request.setProperties(structOf(state));
    await call("delete", request);
  }

  async function check(type: string, inputs: Properties): Promise<Properties> {
    const request = new proto.CheckRequest();
    request.setUrn(urn(type));
    request.setNews(structOf(inputs));
    return plainOf((await call<unknown, proto.CheckResponse>("check", request)).getInputs());
  }

  async function diff(type: string, olds: Properties, news: Properties) {
    const request = new proto.DiffRequest();
    request.setUrn(urn(type));
    request.setOldInputs(structOf(olds));
    request.setNews(structOf(news));
    const answer = await call<unknown, proto.DiffResponse>("diff", request);
    return {
      some: answer.getChanges() === proto.DiffResponse.DiffChanges.DIFF_SOME,
      none: answer.getChanges() === proto.DiffResponse.DiffChanges.DIFF_NONE,
      changed: answer.getDiffsList(),
      replaces: answer.getReplacesList(),
      deleteFirst: answer.getDeletebeforereplace(),
    };
  }

  async function invoke(token: string, args: Properties = {}): Promise<Properties> {
    const request = new proto.InvokeRequest();
    request.setTok(token);
    request.setArgs(structOf(args));
    const result = plainOf(
      (await call<unknown, proto.InvokeResponse>("invoke", request)).getReturn(),
    );
    const declared = resultOf(token);
    for (const key of Object.keys(result)) {
      assert.match(declared, new RegExp(`readonly ${key}\\??:`), `${token}: ${key}`);
    }
    return result;
  }

  before(start);
  after(kill);

  it("previews a creation: nothing is made, what AWS computes is unknown, so is what was", async () => {
    const { id, state } = await create(
      BUCKET,
      { bucket: "airflow-previewed", tags: { of: UNKNOWN } },
      { preview: true },
    );
    assert.equal(id, "");
    assert.equal(state.bucket, "airflow-previewed");
    assert.deepEqual(state.tags, { of: UNKNOWN });
    for (const output of ["id", "arn", "bucketDomainName"]) {
      assert.equal(state[output], UNKNOWN, output);
    }
    assert.deepEqual(await cloud.inventory(), {});
    assert.deepEqual(readJournal(journal), []);
  });

  it("refuses at check what it does not know, with its name", async () => {
    await assert.rejects(check("aws:sqs/queue:Queue", {}), /no resource type aws:sqs\/queue:Queue/);
    await assert.rejects(
      check(BUCKET, { objectLockEnabled: true }),
      /aws:s3\/bucket:Bucket thing: the argument objectLockEnabled is not supported/,
    );
    await assert.rejects(invoke("aws:ec2/getAmi:getAmi"), /no function aws:ec2\/getAmi:getAmi/);
    await assert.rejects(
      invoke("aws:s3/getBucket:getBucket", { bucket: "x", other: "y" }),
      /aws:s3\/getBucket:getBucket: the argument other is not supported/,
    );
  });

  it("tells what changes, and whether in place", async () => {
    const olds = { name: "/a", retentionInDays: 1 };
    assert.equal((await diff(LOG_GROUP, olds, { ...olds })).none, true);
    const inPlace = await diff(LOG_GROUP, olds, { ...olds, retentionInDays: 3 });
    assert.deepEqual(inPlace, {
      some: true,
      none: false,
      changed: ["retentionInDays"],
      replaces: [],
      deleteFirst: false,
    });
    const unknown = await diff(LOG_GROUP, olds, { ...olds, name: UNKNOWN });
    assert.deepEqual(unknown.replaces, ["name"]);
  });

  it("makes, changes, reads and removes; previews a change without making it", async () => {
    const bucket = await create(BUCKET, { bucket: "airflow-served", forceDestroy: true });
    const { state: none } = await read(BUCKET, bucket.id, { bucket: "airflow-served" }, {});
    assert.equal(none.arn, "arn:aws:s3:::airflow-served");

    const inputs = { bucket: bucket.id, key: "a", content: "one" };
    const made = await create(OBJECT, inputs);
    assert.equal(made.state.id, made.id);
    const news = { ...inputs, content: "two" };
    const preview = await update(OBJECT, made.id, made.state, [inputs, news], true);
    assert.equal(preview.versionId, UNKNOWN, "a new content is a new version");
    assert.equal(preview.arn, made.state.arn);
    const still = await read(OBJECT, made.id, inputs, made.state);
    assert.deepEqual(still.inputs, inputs);
    const changed = await update(OBJECT, made.id, made.state, [inputs, news], false);
    assert.notEqual(changed.etag, made.state.etag);
    assert.equal(changed.id, made.id);
    // Seen from the old state, the object is another now.
    assert.notDeepEqual((await read(OBJECT, made.id, inputs, made.state)).inputs, inputs);
    assert.deepEqual((await read(OBJECT, made.id, news, changed)).inputs, news);

    await drop(OBJECT, made.id, changed);
    assert.equal((await read(OBJECT, made.id, news, changed)).id, "");
    await drop(OBJECT, made.id, changed);
    await drop(BUCKET, bucket.id, bucket.state);
    assert.deepEqual(await cloud.inventory(), {});
  });

  it("keeps what was made and is not right, so that the next update mends it", async () => {
    // No such number of days: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
    const inputs = { name: "/half", retentionInDays: 2 };
    const error = await create(LOG_GROUP, inputs).then(
      () => assert.fail("it was made"),
      (failure: grpc.ServiceError) => failure,
    );
    assert.match(error.message, /aws:cloudwatch\/logGroup:LogGroup thing: .*InvalidParameter/);
    const [packed] = error.metadata.get("grpc-status-details-bin") as Buffer[];
    const [detail] = Status.deserializeBinary(packed).getDetailsList();
    const failed = proto.ErrorResourceInitFailed.deserializeBinary(detail.getValue_asU8());
    assert.equal(detail.getTypeName(), "pulumirpc.ErrorResourceInitFailed");
    assert.equal(failed.getId(), "/half");
    const state = plainOf(failed.getProperties());
    assert.match(state.arn as string, /:log-group:\/half$/);
    assert.notDeepEqual(await cloud.inventory(), {});

    const right = { ...inputs, retentionInDays: 3 };
    const mended = await update(LOG_GROUP, "/half", state, [inputs, right], false);
    assert.equal(mended.retentionInDays, 3);
    await drop(LOG_GROUP, "/half", mended);
    assert.deepEqual(await cloud.inventory(), {});
  });

  it("asks Step Functions about a definition at preview", async () => {
    const inputs = {
      name: "wrong",
      roleArn: "arn:aws:iam::123456789012:role/states",
      definition: JSON.stringify({ StartAt: "Nowhere", States: { A: { Type: "Succeed" } } }),
    };
    await assert.rejects(
      create("aws:sfn/stateMachine:StateMachine", inputs, { preview: true }),
      /invalid Step Functions State Machine definition: ERROR/,
    );
    const known = { ...inputs, definition: UNKNOWN };
    await create("aws:sfn/stateMachine:StateMachine", known, { preview: true });
  });

  it("takes over nothing that is there, and removes nothing of it", async () => {
    const Bucket = "airflow-anothers";
    await s3.send(new CreateBucketCommand({ Bucket }));
    await assert.rejects(
      create(BUCKET, { bucket: Bucket, forceDestroy: true }),
      /aws:s3\/bucket:Bucket thing: airflow-anothers is there already/,
    );
    assert.ok(readJournal(journal).every(({ id }) => id !== Bucket));
    await s3.send(new HeadBucketCommand({ Bucket }));
    await s3.send(new DeleteBucketCommand({ Bucket }));
  });

  it("notes what has a name before AWS is asked for it", async () => {
    const type = "aws:iam/role:Role";
    const wrong = create(type, { name: "refused", assumeRolePolicy: "{}" });
    await assert.rejects(wrong, /MalformedPolicyDocument|ValidationError/);
    assert.equal(readJournal(journal).at(-1)?.id, "refused");
    assert.deepEqual(await cloud.inventory(), {});
  });

  it("hands on what AWS says of a name that cannot be", async () => {
    await assert.rejects(create(BUCKET, { bucket: "Capitals" }), /InvalidBucketName: \S+/);
  });

  it("notes what it made, so that the next run clears it away and can make it anew", async () => {
    const named = await create(LOG_GROUP, { name: "/left" }, { name: "logs" });
    const vpc = await create(VPC, { cidrBlock: "10.5.0.0/16" }, { name: "net" });
    await kill();
    await start();
    await assert.rejects(
      create(LOG_GROUP, { name: "/left" }),
      /\/left is there already/,
      "the left-over is in the way",
    );
    const left = readJournal(journal).filter(({ id }) => [named.id, vpc.id].includes(id));
    assert.deepEqual(
      left.map((entry) => [entry.urn, entry.id]),
      [
        [urn(LOG_GROUP, "logs"), "/left"],
        [urn(VPC, "net"), vpc.id],
      ],
    );
    for (const orphan of left.reverse()) {
      await deleteOrphan(orphan, cloud.endpoint().environment);
    }
    assert.deepEqual(await cloud.inventory(), {});
    const again = await create(LOG_GROUP, { name: "/left" });
    await drop(LOG_GROUP, again.id, again.state);
  });

  it("finishes what it creates before it ends, so that the id is known", async () => {
    const { pid } = running(cloud.home, CLOUD) as { pid: number };
    process.kill(pid, "SIGSTOP");
    const creation = create(VPC, { cidrBlock: "10.6.0.0/16" }, { name: "last" });
    // What is asked for first, of which the stopped cloud answers nothing yet.
    await Promise.race([creation, setTimeout(SOON_MS)]);
    const exit = once(server, "exit");
    try {
      server.kill("SIGTERM");
      await Promise.race([exit, setTimeout(SOON_MS)]);
      assert.equal(server.exitCode ?? server.signalCode, null, "it goes on while it creates");
    } finally {
      process.kill(pid, "SIGCONT");
    }
    const { id, state } = await creation;
    assert.deepEqual(await exit, [0, null]);
    assert.equal(readJournal(journal).at(-1)?.id, id);
    await start();
    await drop(VPC, id, state);
  });

  it("answers the functions as the official provider names their results", async () => {
    const caller = await invoke("aws:index/getCallerIdentity:getCallerIdentity");
    assert.match(caller.accountId as string, /^\d{12}$/);
    assert.equal((await invoke("aws:index/getRegion:getRegion")).region, "us-east-1");
    assert.equal((await invoke("aws:index/getPartition:getPartition")).partition, "aws");
    const zones = await invoke("aws:index/getAvailabilityZones:getAvailabilityZones", {
      state: "available",
    });
    const names = zones.names as string[];
    assert.ok(names.length >= 3, names.join());
    assert.deepEqual(names, [...names].sort());
    assert.equal((zones.zoneIds as string[]).length, names.length);
    const offerings = await invoke("aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings", {
      locationType: "availability-zone",
      filters: [{ name: "instance-type", values: ["m5.xlarge"] }],
    });
    assert.deepEqual(offerings.locations, names.slice(0, -1));
    assert.deepEqual(offerings.instanceTypes, ["m5.xlarge", "m5.xlarge"]);
    const emr = { serviceName: "com.amazonaws.us-east-1.elasticmapreduce" };
    const service = await invoke("aws:ec2/getVpcEndpointService:getVpcEndpointService", emr);
    assert.deepEqual(service.availabilityZones, names.slice(0, -1));
    await assert.rejects(
      invoke("aws:ec2/getVpcEndpointService:getVpcEndpointService", { serviceName: "none" }),
      /there is no VPC endpoint service none/,
    );
    const none = await invoke("aws:ec2/getSubnets:getSubnets", { tags: { Stack: "none" } });
    assert.deepEqual(none.ids, []);
    const owned = await create(PARAMETER, {
      name: "/owned",
      type: "String",
      value: "x",
      tags: { Project: "p", Stack: "s" },
    });
    const arns = [owned.state.arn, `${String(owned.state.arn)}-not`];
    const tagged = await invoke("aws:resourcegroupstaggingapi/getResources:getResources", {
      resourceArnLists: arns,
    });
    assert.deepEqual(tagged.resourceTagMappingLists, [
      {
        resourceArn: owned.state.arn,
        tags: { Project: "p", Stack: "s" },
        complianceDetails: [],
      },
    ]);
    await drop(PARAMETER, owned.id, owned.state);
    const vpc = await create(VPC, { cidrBlock: "10.5.0.0/16" });
    const subnet = await create("aws:ec2/subnet:Subnet", {
      vpcId: vpc.id,
      cidrBlock: "10.5.0.0/24",
    });
    const getSubnet = (id: string) => invoke("aws:ec2/getSubnet:getSubnet", { id });
    assert.equal((await getSubnet(subnet.id)).vpcId, vpc.id);
    const group = await create("aws:ec2/securityGroup:SecurityGroup", {
      vpcId: vpc.id,
      name: "found",
      description: "found",
    });
    const groups = await invoke("aws:ec2/getSecurityGroups:getSecurityGroups", {
      filters: [{ name: "group-id", values: ["sg-00000000", group.id] }],
    });
    assert.deepEqual([groups.ids, groups.vpcIds], [[group.id], [vpc.id]]);
    assert.deepEqual(groups.arns, [group.state.arn]);
    await drop("aws:ec2/securityGroup:SecurityGroup", group.id, group.state);
    const gone = await invoke("aws:ec2/getSecurityGroups:getSecurityGroups", {
      filters: [{ name: "group-id", values: [group.id] }],
    });
    assert.deepEqual(gone.ids, []);
    await drop("aws:ec2/subnet:Subnet", subnet.id, subnet.state);
    await assert.rejects(getSubnet(subnet.id), /there is no subnet subnet-/);
    await drop(VPC, vpc.id, vpc.state);
    const bucket = await create(BUCKET, { bucket: "airflow-found" });
    const found = await invoke("aws:s3/getBucket:getBucket", { bucket: "airflow-found" });
    assert.equal(found.arn, bucket.state.arn);
    await drop(BUCKET, bucket.id, bucket.state);
    await assert.rejects(
      invoke("aws:s3/getBucket:getBucket", { bucket: "airflow-found" }),
      /reading S3 Bucket \(airflow-found\): couldn't find resource/,
    );
    await assert.rejects(
      invoke("aws:redshiftserverless/getWorkgroup:getWorkgroup", { workgroupName: "none" }),
      /there is no Redshift Serverless workgroup "none"/,
    );
    await assert.rejects(
      invoke("aws:redshift/getCluster:getCluster", { clusterIdentifier: "none" }),
      /reading Redshift Cluster \(none\): couldn't find resource/,
    );
    assert.deepEqual(await cloud.inventory(), {});
  });
});
