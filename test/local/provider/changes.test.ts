import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { ROOT } from "../../../local/home";
import type { Properties } from "../../../local/provider/aws/row";
import { declaredSettings } from "../../../tools/docs";
import { THEIR_BUCKET, ownResources } from "../../liveStack/network";
import { outcomeOf, wordsOf } from "../../liveStack/outcome";
import { type Plan, type Step, planOf } from "../../liveStack/plan";
import { recordStack } from "../../liveStack/stack";
import { existingVpc } from "../../existingVpc";
import { assertGolden } from "../../goldenFile";
import {
  type Change,
  changesOf,
  changesOfBoth,
  localFiles,
  pairsOf,
  settingValues,
} from "../../liveStack/values";
import type { Recording } from "../../mocks";
import { declarations } from "../../stackFiles";

/** What the page of settings tells of each setting. */
const RECORDED = path.join(ROOT, "test", "golden", "changes.json");

/** What tells a resource from all others, where two with the same cannot be there at once. */
const IDENTITIES: Readonly<Record<string, readonly string[]>> = {
  "aws:ec2/flowLog:FlowLog": ["vpcId", "logDestination"],
  "aws:redshift/cluster:Cluster": ["clusterIdentifier"],
  "aws:redshift/logging:Logging": ["clusterIdentifier"],
  "aws:redshiftserverless/namespace:Namespace": ["namespaceName"],
  "aws:redshiftserverless/workgroup:Workgroup": ["workgroupName"],
  "aws:s3/bucket:Bucket": ["bucket"],
  "aws:s3/bucketObjectv2:BucketObjectv2": ["bucket", "key"],
  "aws:ec2/subnet:Subnet": ["vpcId", "cidrBlock"],
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": ["role", "policyArn"],
  "aws:iam/rolePolicy:RolePolicy": ["role", "name"],
  "aws:sns/topicSubscription:TopicSubscription": ["topic", "protocol", "endpoint"],
};

/** Types whose second one of a name is refused, or takes the place of the first. */
const NAMED =
  /^aws:(athena|cloudwatch|emr|glue|kms\/alias|mwaa|redshift|sfn|sns\/topic:|ssm|iam\/(role|policy|instanceProfile):)/;

/** What stays when a stack keeps its data. */
const KEPT = [
  "aws:athena/workgroup:Workgroup",
  "aws:kms/key:Key",
  "aws:mwaa/environment:Environment",
  "aws:redshift/cluster:Cluster",
  "aws:redshiftserverless/namespace:Namespace",
  "aws:s3/bucket:Bucket",
];

/** Whether a plan is the same where data is kept: it neither replaces nor deletes what holds any, and nothing refuses it. */
const touchesNoData = ({ refusedBy, protectedOnes, steps }: Plan): boolean =>
  refusedBy === undefined &&
  protectedOnes.length === 0 &&
  !steps.some(({ kind, type }) => /replace|delete/.test(kind) && KEPT.includes(type));

/** What an update of a namespace changes together; https://docs.aws.amazon.com/redshift-serverless/latest/APIReference/API_UpdateNamespace.html */
const NAMESPACE_KINDS = [
  ["adminUsername", "adminPasswordSecretKmsKeyId", "manageAdminPassword"],
  ["iamRoles", "defaultIamRoleArn"],
  ["kmsKeyId"],
  ["logExports"],
];

/**
 * Inputs of a cluster of which the official provider sends nothing, though it makes the call that changes a cluster:
 * alone they are refused, as "No modifications were requested".
 *
 * Source: internal/service/redshift/cluster.go, and https://github.com/hashicorp/terraform-provider-aws/issues/30160
 */
const SENT_EMPTY = ["defaultIamRoleArn", "finalSnapshotIdentifier"];
/** Inputs of a cluster that need no such call. */
const SENT_ELSEWHERE = ["iamRoles", "skipFinalSnapshot", "tags"];

/** Whether an update of a cluster asks Redshift to change it, and tells it nothing to change. */
const asksForNothing = ({ changed }: Step): boolean =>
  changed.some((input) => SENT_EMPTY.includes(input)) &&
  changed.every((input) => [...SENT_EMPTY, ...SENT_ELSEWHERE].includes(input));

/** Settings that reach a warehouse of the stack's own beside `redshift` itself. */
const OF_WAREHOUSE = [
  ...["environmentName", "vpcCidr", "redshiftSubnetCidrs", "availabilityZones", "tags"],
  ...["encryptionKey", "forceDestroy", "iam.path", "iam.permissionsBoundary"],
];

/**
 * Subnets that go while a cluster that may be in one of them stays. Another list of its group does not move it, and EC2
 * keeps a subnet that something is in: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSubnet.html
 */
function lostSubnets({ steps }: Plan): string[] {
  const goes = ({ kind }: Step) => kind === "replace" || kind === "delete";
  const stays = steps.some(({ kind, type }) => kind === "update" && type.endsWith(":SubnetGroup"));
  return stays && !steps.some((step) => step.type.endsWith(":Cluster") && goes(step))
    ? steps
        .filter((step) => step.type.endsWith("subnet:Subnet") && step.name.includes("isolated"))
        .filter(goes)
        .map(({ name }) => `${name} goes, and a cluster that may be in it stays`)
    : [];
}

/** Inputs that may stay though nothing gives them any more: they mean nothing without what goes with them. */
const HARMLESS = [
  "pluginsS3ObjectVersion",
  "requirementsS3ObjectVersion",
  "startupScriptS3ObjectVersion",
];

function identity(type: string, inputs: Properties): string | undefined {
  const parts = IDENTITIES[type] ?? (NAMED.test(type) && "name" in inputs ? ["name"] : undefined);
  return parts?.every((part) => inputs[part] !== undefined) === true
    ? `${type} ${parts.map((part) => String(inputs[part])).join(" ")}`
    : undefined;
}

/** Buckets that are somebody else's, as any other name that is taken for good. */
const THEIRS = identity("aws:s3/bucket:Bucket", { bucket: THEIR_BUCKET });

/** Resources that are made while another of the same identity is still there. */
function conflicts(steps: readonly Step[]): string[] {
  const leaving = steps
    .filter(
      ({ kind, oldFirst, old }) => old && (kind === "delete" || (kind === "replace" && !oldFirst)),
    )
    .map(({ type, old }) => identity(type, old?.inputs ?? {}) ?? "");
  return steps
    .filter(({ kind, oldFirst, old, type, new: made }) => {
      const own = identity(type, made?.inputs ?? {});
      const renamed = old === undefined || own !== identity(type, old.inputs);
      return (
        (kind === "create" || kind === "replace") &&
        own !== undefined &&
        ((!oldFirst && leaving.includes(own)) || (own === THEIRS && renamed))
      );
    })
    .map(({ type, name }) => `${type} ${name}`);
}

/** Why an update would fail half way, or leave something behind. */
function faults(plan: Plan, keepsData: boolean): string[] {
  if (plan.refusedBy !== undefined || plan.protectedOnes.length > 0) {
    return [];
  }
  return [
    ...conflicts(plan.steps).map((one) => `${one} is made while its name is taken`),
    ...plan.overtaken.map((one) => `${one} goes with what it no longer depends on`),
    ...plan.steps
      .filter(({ kind, type }) => keepsData && /replace|delete/.test(kind) && KEPT.includes(type))
      .map(({ kind, type, name }) => `${kind} of ${type} ${name}, which is kept`),
    ...plan.steps
      .filter(({ kind, type }) => kind === "update" && type.endsWith(":Namespace"))
      .filter(
        ({ changed }) =>
          !NAMESPACE_KINDS.some((one) =>
            changed.every((input) => one.includes(input) || input === "tags"),
          ),
      )
      .map(({ name, changed }) => `${name} cannot change ${changed.join(", ")} at once`),
    ...lostSubnets(plan),
    ...plan.steps
      .filter(({ kind, type }) => kind === "update" && type.endsWith(":Cluster"))
      .filter(asksForNothing)
      .map(({ name, changed }) => `${name} cannot change ${changed.join(", ")} alone`),
    ...plan.steps.flatMap(({ kind, type, name, kept }) =>
      kind === "update"
        ? kept
            .filter((input) => !HARMLESS.includes(input))
            .map((input) => `${input} of ${type} ${name} stays as it was`)
        : [],
    ),
  ];
}

describe("a change of a setting on a live stack", () => {
  const files = localFiles();
  after(files.remove);
  // All of them together are more than fits well into memory.
  afterEach(() => live.clear());
  const values = settingValues(files.folder);
  const changes = changesOf(values);
  const live = new Map<string, Promise<Recording<unknown>>>();
  const recorded: Record<string, string> = {};

  const stack = (config: Readonly<Record<string, unknown>>) => {
    const key = JSON.stringify(config);
    const found = live.get(key) ?? recordLive(config);
    live.set(key, found);
    return found;
  };

  /** A live stack; groups of its VPC it has only been given once that was there. */
  async function recordLive(config: Readonly<Record<string, unknown>>) {
    const { securityGroupIds = [], ...first } = config;
    const made = await recordStack(
      "dev",
      first,
      "network" in first ? { functions: existingVpc() } : {},
    );
    return (securityGroupIds as readonly string[]).length === 0
      ? made
      : recordStack("dev", config, { functions: ownResources(made) });
  }

  async function plan(
    { from, to }: Pick<Change, "from" | "to">,
    forceDestroy: boolean,
  ): Promise<Plan> {
    const old = await stack({ forceDestroy, ...from });
    return planOf(old, (options) => recordStack("dev", { forceDestroy, ...to }, options));
  }

  /**
   * The plans where data goes with its stack and where it is kept: one where they are the same.
   *
   * @param keepsData whether data is kept in the second; default: what a setting protects is protected from the update
   *   after that, so that both settings have to say so
   */
  async function bothPlans(
    change: Pick<Change, "from" | "to" | "label">,
    keepsData = [change.from, change.to].every(({ forceDestroy }) => forceDestroy !== true),
  ): Promise<[Plan, Plan]> {
    const gone = await plan(change, true);
    assert.deepEqual(faults(gone, false), [], `${change.label}, forceDestroy true`);
    const kept = touchesNoData(gone) ? gone : await plan(change, false);
    assert.deepEqual(faults(kept, keepsData), [], `${change.label}, forceDestroy false`);
    return [gone, kept];
  }

  it("is tried of every setting, and of every field", () => {
    const declared = declaredSettings();
    const all = Object.keys(declarations()).flatMap((name) => {
      const fields = Object.keys(declared[name]?.fields ?? {});
      return fields.length > 0 ? fields.map((field) => `${name}.${field}`) : [name];
    });
    assert.deepEqual(Object.keys(values).sort(), all.sort());
  });

  for (const setting of Object.keys(values)) {
    it(`of ${setting} works, or is refused before anything is touched`, async () => {
      const gone: Plan[] = [];
      const kept: Plan[] = [];
      for (const change of changes.filter((one) => one.setting === setting)) {
        const [one, other] = await bothPlans(change, true);
        gone.push(one);
        kept.push(other);
      }
      recorded[setting] = wordsOf(outcomeOf(gone), outcomeOf(kept));
    });
  }

  for (const setting of OF_WAREHOUSE) {
    it(`of ${setting} does so with a provisioned warehouse`, async () => {
      for (const change of changes.filter((one) => one.setting === setting)) {
        const own = { redshift: { kind: "provisioned" } };
        const [from, to] = [change.from, change.to].map((one) => ({ ...one, ...own }));
        await bothPlans({ ...change, from, to });
      }
    });
  }

  for (const [one, other] of pairsOf(Object.keys(values))) {
    it(`of ${one} and ${other} at once works, or is refused before anything is touched`, async () => {
      for (const change of changesOfBoth(values, one, other)) {
        await bothPlans(change);
      }
    });
  }

  it("is told on the page of settings", () => {
    const told = JSON.parse(fs.readFileSync(RECORDED, "utf8")) as Record<string, string>;
    // Those that were tried now, which are all of them but with `mocha -g`.
    const all = Object.keys(values).map((setting) => [setting, recorded[setting] ?? told[setting]]);
    const wanted = Object.fromEntries(all) as Record<string, string>;
    const found = `${JSON.stringify(wanted, undefined, 2)}\n`;
    assertGolden(RECORDED, found, __filename, "What a change of a setting does changed.");
  });
});
