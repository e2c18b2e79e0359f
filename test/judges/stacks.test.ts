import assert from "node:assert/strict";

import type { TypeConstraints } from "../../policy/cloudformation/constraint";
import { constraintsOf } from "../../policy/constraints";
import { recording } from "../policy/recorded";
import { STACKS, type StackName, stackConfig } from "../stackFiles";
import accepted from "./accepted.json";
import { type Judged, apiRequests, lint, refusedByModels, registered, remaining } from "./judge";
import { overQuota, securityGroups } from "./quotas";
import type { Resource } from "./template";

describe("the shipped stacks before judges from outside", () => {
  const judged: Judged[] = [];

  before(async () => {
    for (const stack of STACKS) {
      // One after the other: the SDK knows one program at a time.
      judged.push(
        await registered({
          name: stack,
          stack,
          config: stackConfig(stack),
          others: network(stack),
        }),
      );
    }
  });

  it("have an equivalent in CloudFormation for every type and argument, or names.json says why not", () => {
    for (const { name, strangers, mapped } of judged) {
      assert.deepEqual(strangers, [], name);
      assert.ok(mapped > 500, `${name}: ${mapped} properties`);
    }
  });

  it("pass CloudFormation's resource schemas", () => {
    const { findings, unused } = remaining(lint(judged), accepted);
    assert.deepEqual(findings, []);
    assert.deepEqual(unused, [], "accepted.json has entries that fit nothing: remove them");
  });

  it("stay within AWS's quotas over sums", () => {
    for (const { name, registrations } of judged) {
      assert.deepEqual(overQuota(registrations), [], name);
      assert.ok(registrations.flatMap(({ inputs }) => securityGroups(inputs)).length >= 3, name);
    }
  });

  it("send requests that have what AWS's models ask for", () => {
    const requests = judged.flatMap(apiRequests);
    assert.equal(requests.length, 3 * STACKS.length);
    assert.equal(refusedByModels(requests), "");
  });
});

const NETWORK_TYPES = [
  "vpc:Vpc",
  "internetGateway:InternetGateway",
  "eip:Eip",
  "natGateway:NatGateway",
  "route:Route",
];

/** What the network's own component makes, as the engine showed it to the pack: the arguments of each. */
function network(stack: StackName): Resource[] {
  return recording(stack, "deployed")
    .filter(({ type }) => NETWORK_TYPES.some((one) => type === `aws:ec2/${one}`))
    .map(({ type, name, props }) => {
      const { properties } = constraintsOf(type) as TypeConstraints;
      const inputs = Object.entries(props).filter(([argument]) => argument in properties);
      return { type, name, inputs: Object.fromEntries(inputs) };
    });
}
