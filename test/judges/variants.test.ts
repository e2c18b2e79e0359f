import assert from "node:assert/strict";

import { WEBSERVER_ACCESS_MODES } from "../../checks/environment";
import accepted from "./accepted.json";
import acceptedOfVariants from "./acceptedOfVariants.json";
import { type Judged, apiRequests, lint, refusedByModels, registered, remaining } from "./judge";
import { overQuota } from "./quotas";
import { VARIANTS } from "./variants";

describe("stacks that reach every option before judges from outside", () => {
  const judged: Judged[] = [];

  before(async () => {
    for (const variant of VARIANTS) {
      judged.push(await registered(variant));
    }
  });

  it("are the ones that there are", () => {
    const modes = VARIANTS.map(({ config }) => config.webserverAccessMode);
    for (const mode of WEBSERVER_ACCESS_MODES) {
      assert.ok(modes.includes(mode), mode);
    }
    const types = new Set(judged.flatMap(({ registrations }) => registrations.map((r) => r.type)));
    for (const type of [
      "redshift/cluster:Cluster",
      "redshift/logging:Logging",
      "sns/topicSubscription:TopicSubscription",
      "iam/policy:Policy",
    ]) {
      assert.ok(types.has(`aws:${type}`), type);
    }
  });

  it("have an equivalent in CloudFormation for every type and argument, or names.json says why not", () => {
    for (const { name, strangers } of judged) {
      assert.deepEqual(strangers, [], name);
    }
  });

  it("pass CloudFormation's resource schemas", () => {
    const { findings, unused } = remaining(lint(judged), [...accepted, ...acceptedOfVariants]);
    assert.deepEqual(findings, []);
    assert.deepEqual(unused, [], "there are entries that fit nothing: remove them");
  });

  it("stay within AWS's quotas over sums", () => {
    for (const { name, registrations } of judged) {
      assert.deepEqual(overQuota(registrations), [], name);
    }
  });

  it("send requests that have what AWS's models ask for", () => {
    assert.equal(refusedByModels(judged.flatMap(apiRequests)), "");
  });
});
