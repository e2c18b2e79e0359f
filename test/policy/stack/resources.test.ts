import assert from "node:assert/strict";

import { PolicyResource } from "@pulumi/policy";

import { stackLogGroupsExist } from "../../../policy/rules/stack/stack-log-groups-exist";
import { stackProtectMatchesDestroy } from "../../../policy/rules/stack/stack-protect-matches-destroy";
import { stackRequiredTags } from "../../../policy/rules/stack/stack-required-tags";
import { isTaggable } from "../../../policy/taggable";
import { Case, UNKNOWN, resource, table } from "../graph";

const LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup";
const FLOW_LOG = "aws:ec2/flowLog:FlowLog";
const NAMESPACE = "aws:redshiftserverless/namespace:Namespace";
const LOGGING = "aws:redshift/logging:Logging";
const STATE_MACHINE = "aws:sfn/stateMachine:StateMachine";
const BUCKET = "aws:s3/bucket:Bucket";
const VERSIONING = "aws:s3/bucketVersioning:BucketVersioning";
const KEY = "aws:kms/key:Key";
const CLUSTER = "aws:redshift/cluster:Cluster";

const logGroup = (name: unknown, retentionInDays: unknown = 30, label = "group") =>
  resource(LOG_GROUP, label, { name, retentionInDays, arn: UNKNOWN });
const arn = (name: string) => `arn:aws:logs:us-east-1:123456789012:log-group:${name}`;

const flowLog = (group: PolicyResource) =>
  resource(
    FLOW_LOG,
    "flow",
    { logDestinationType: "cloud-watch-logs", logDestination: UNKNOWN },
    { logDestination: [group] },
  );
const machine = (level: unknown, destination: unknown, through: PolicyResource[] = []) =>
  resource(
    STATE_MACHINE,
    "machine",
    { loggingConfiguration: { level, logDestination: destination } },
    { loggingConfiguration: through },
  );
const namespace = (logExports: unknown) =>
  resource(NAMESPACE, "namespace", { namespaceName: "demo", logExports });
const logging = (props: object) =>
  resource(LOGGING, "logging", {
    clusterIdentifier: "demo",
    logDestinationType: "cloudwatch",
    logExports: ["userlog"],
    ...props,
  });

const group = logGroup("/demo/flow");
const endless = (days: unknown) => logGroup("/demo/flow", days);

const REQUIRED = { required: ["Project", "Stack", "Environment"] };

const logGroups: readonly Case[] = [
  { when: "a flow log's group exists (first preview)", resources: [group, flowLog(group)] },
  {
    when: "a flow log's group exists (ARN known)",
    resources: [group, resource(FLOW_LOG, "flow", { logDestination: arn("/demo/flow") })],
  },
  {
    when: "a flow log goes to a bucket",
    resources: [resource(FLOW_LOG, "flow", { logDestinationType: "s3" })],
  },
  {
    when: "a flow log names no group",
    resources: [group, resource(FLOW_LOG, "flow", {})],
    violations: [["flow", /logDestination, which is no aws\.cloudwatch\.LogGroup/]],
  },
  {
    when: "a flow log's group is another one",
    resources: [group, resource(FLOW_LOG, "flow", { logDestination: arn("/demo/flow/other") })],
    violations: [["flow", /no aws\.cloudwatch\.LogGroup of the stack/]],
  },
  ...[0, undefined].map((days): Case => ({
    when: `a flow log's group keeps it for ever (${days})`,
    resources: [endless(days ?? null), flowLog(endless(days ?? null))],
    violations: [["group", /retention (0|missing), which is for ever/]],
  })),
  {
    when: "the retention is not known yet",
    resources: [endless(UNKNOWN), flowLog(endless(UNKNOWN))],
    notChecked: /of flow: .*retentionInDays/,
  },
  {
    when: "all audit logs of a namespace have their group",
    resources: [
      logGroup("/aws/redshift/demo/userlog", 30, "a"),
      logGroup("/aws/redshift/demo/connectionlog", 30, "b"),
      namespace(["userlog", "connectionlog"]),
    ],
  },
  { when: "a namespace exports no logs", resources: [namespace(undefined), namespace([])] },
  {
    when: "an audit log of a namespace has none",
    resources: [
      logGroup("/aws/redshift/demo/userlog", 30, "a"),
      namespace(["userlog", "connectionlog"]),
    ],
    violations: [["namespace", /\/aws\/redshift\/demo\/connectionlog, which is no/]],
  },
  {
    when: "a group's name is not known yet and a namespace's group is missing",
    resources: [logGroup(UNKNOWN, 30, "a"), namespace(["userlog"])],
    notChecked: /the name of a is not known yet/,
  },
  {
    when: "what a namespace exports is not known yet",
    resources: [namespace(UNKNOWN)],
    notChecked: /of namespace: .*logExports/,
  },
  {
    when: "a cluster's audit log has its group",
    resources: [logGroup("/aws/redshift/cluster/demo/userlog"), logging({})],
  },
  { when: "a cluster's audit logs go to S3", resources: [logging({ logDestinationType: "s3" })] },
  {
    when: "a cluster's audit log has none",
    resources: [logGroup("/aws/redshift/demo/userlog"), logging({})],
    violations: [["logging", /\/aws\/redshift\/cluster\/demo\/userlog/]],
  },
  {
    when: "a state machine's group exists (first preview)",
    resources: [group, machine("ALL", UNKNOWN, [group])],
  },
  {
    when: "a state machine's group exists (ARN known)",
    resources: [group, machine("ALL", `${arn("/demo/flow")}:*`)],
  },
  { when: "a state machine does not log", resources: [machine("OFF", undefined)] },
  { when: "a state machine says nothing of logs", resources: [resource(STATE_MACHINE, "m", {})] },
  {
    when: "a state machine's group is not there",
    resources: [machine("ERROR", `${arn("/demo/machine")}:*`)],
    violations: [["machine", /loggingConfiguration\.logDestination, which is no/]],
  },
  {
    when: "a group that nothing of the stack writes keeps for ever",
    resources: [logGroup("/aws-glue/jobs/output", null)],
  },
];

const full = { Project: "p", Stack: "s", Environment: "e" };

const tags: readonly Case[] = [
  { when: "all tags are there", resources: [resource(BUCKET, "data", { tags: full })] },
  {
    when: "the provider's default tags add some",
    resources: [resource(BUCKET, "data", { tags: { Project: "p" }, tagsAll: full })],
  },
  {
    when: "a value is not known yet",
    resources: [resource(BUCKET, "data", { tags: { ...full, Project: UNKNOWN } })],
  },
  { when: "the type takes none", resources: [resource(VERSIONING, "versioning", {})] },
  {
    when: "`tags` of a type means something else",
    resources: [resource("aws:inspector/resourceGroup:ResourceGroup", "group", { tags: {} })],
  },
  {
    when: "an object has none",
    resources: [resource("aws:s3/bucketObjectv2:BucketObjectv2", "file", {})],
  },
  {
    when: "the resource is not AWS's",
    resources: [
      resource("pulumi:providers:aws", "default", {}),
      resource("mwaa:network:Network", "network", {}),
      resource("random:index/randomId:RandomId", "id", {}),
    ],
  },
  {
    when: "they are missing",
    resources: [resource(BUCKET, "data", {}), resource(KEY, "key", { tags: null })],
    violations: [
      ["data", /data \(aws:s3\/bucket:Bucket\) has no tag Project, Stack, Environment/],
      ["key", /Project, Stack, Environment/],
    ],
  },
  {
    when: "one is missing and one is empty",
    resources: [resource(BUCKET, "data", { tags: { Project: "", Stack: "s" } })],
    violations: [["data", /has no tag Project, Environment;/]],
  },
  {
    when: "others are required",
    resources: [resource(BUCKET, "data", { tags: full })],
    configuration: { required: ["Owner"] },
    violations: [["data", /has no tag Owner/]],
  },
  {
    when: "the type is exempt",
    resources: [resource(BUCKET, "data", {})],
    configuration: { exempt: [BUCKET] },
  },
  {
    when: "the tags are not known yet",
    resources: [resource(BUCKET, "data", { tags: UNKNOWN })],
    notChecked: /whether it has the tag Project/,
  },
  {
    when: "the provider here does not have the type",
    resources: [resource("aws:quantum/foam:Foam", "foam", {})],
    notSeen: /no aws:quantum\/foam:Foam/,
  },
];

const protectedOne = (type: string, name: string, props: object = {}, bucket?: PolicyResource) =>
  resource(
    type,
    name,
    { ...props, ...(bucket ? { bucket: UNKNOWN } : {}) },
    bucket ? { bucket: [bucket] } : {},
    { protect: true },
  );
const keep = { keep: true };
const doomed = resource(BUCKET, "data", { forceDestroy: true });
const kept = protectedOne(BUCKET, "data", { forceDestroy: false });

const protect: readonly Case[] = [
  {
    when: "all may go",
    resources: [
      doomed,
      resource(KEY, "key", {}),
      resource(CLUSTER, "cluster", { skipFinalSnapshot: true }),
    ],
  },
  {
    when: "all is kept",
    resources: [
      kept,
      protectedOne(VERSIONING, "versioning", {}, kept),
      protectedOne(KEY, "key"),
      protectedOne(NAMESPACE, "namespace"),
      protectedOne(CLUSTER, "cluster", { skipFinalSnapshot: false }),
    ],
    configuration: keep,
  },
  {
    when: "a protected bucket is to be destroyed",
    resources: [protectedOne(BUCKET, "data", { forceDestroy: true })],
    violations: [["data", /is protected and its forceDestroy is true/]],
  },
  {
    when: "a protected cluster goes without a snapshot",
    resources: [protectedOne(CLUSTER, "cluster", { skipFinalSnapshot: true })],
    violations: [["cluster", /its skipFinalSnapshot is true/]],
  },
  {
    when: "something protected belongs to a bucket that is to be destroyed",
    resources: [doomed, protectedOne(VERSIONING, "versioning", {}, doomed)],
    violations: [["versioning", /protected and data's forceDestroy is true/]],
  },
  ...[
    [BUCKET, "bucket"],
    ["aws:s3/bucketV2:BucketV2", "bucket"],
    [KEY, "key"],
    [NAMESPACE, "namespace"],
    [CLUSTER, "cluster"],
  ].flatMap(([type, name]): Case[] => [
    { when: `nothing protects a ${type}`, resources: [resource(type, name, {})] },
    {
      when: `nothing protects a ${type} of production`,
      resources: [resource(type, name, {})],
      configuration: keep,
      violations: [[name, /holds data and is not protected/]],
    },
  ]),
  {
    when: "a bucket of production is to be destroyed",
    resources: [doomed],
    configuration: keep,
    violations: [
      ["data", /not protected/],
      ["data", /forceDestroy true, and this stack keeps/],
    ],
  },
  {
    when: "another type is not protected in production",
    resources: [resource("aws:sqs/queue:Queue", "queue", {})],
    configuration: keep,
  },
  {
    when: "whether it is to be destroyed is not known yet",
    resources: [protectedOne(BUCKET, "data", { forceDestroy: UNKNOWN })],
    notChecked: /forceDestroy of data/,
  },
];

describe("rules on the resources of a stack", () => {
  table(stackLogGroupsExist, logGroups);
  table(stackRequiredTags, [
    ...tags.map((one) => ({ ...one, configuration: { ...REQUIRED, ...one.configuration } })),
    { when: "none is asked for", resources: [resource(BUCKET, "data", {})] },
  ]);
  table(stackProtectMatchesDestroy, protect);

  it("finds which types take tags in the provider itself", () => {
    assert.deepEqual(
      [
        BUCKET,
        KEY,
        "aws:ec2/vpc:Vpc",
        "aws:ec2/natGateway:NatGateway",
        "aws:mwaa/environment:Environment",
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
      ].map(isTaggable),
      [true, true, true, true, true, true],
    );
    assert.deepEqual(
      [
        VERSIONING,
        "aws:ec2/route:Route",
        "aws:iam/rolePolicy:RolePolicy",
        "aws:autoscaling/group:Group",
      ].map(isTaggable),
      [false, false, false, false],
    );
    assert.equal(isTaggable("aws:nothing/here:Here"), undefined);
  });
});
