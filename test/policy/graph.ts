import assert from "node:assert/strict";

import { PolicyResource, PolicyResourceOptions } from "@pulumi/policy";
import { unknownValue } from "@pulumi/pulumi/runtime";

import { Configuration, evaluate } from "../../policy/evaluate";
import { Rule } from "../../policy/rule";
import { unknownCheckingProxy } from "../../policy/unknown";

/** A value that the engine does not know yet, as it reaches a rule at a first preview. */
export const UNKNOWN = unknownValue;

/** A resource as a rule sees it. Its properties throw when an unknown one is read, as the engine's do. */
export function resource(
  type: string,
  name: string,
  props: Record<string, unknown>,
  propertyDependencies: Record<string, PolicyResource[]> = {},
  options: Partial<PolicyResourceOptions> = {},
): PolicyResource {
  const opts: PolicyResourceOptions = {
    protect: false,
    ignoreChanges: [],
    aliases: [],
    customTimeouts: { createSeconds: 0, updateSeconds: 0, deleteSeconds: 0 },
    additionalSecretOutputs: [],
    ...options,
  };
  return {
    type,
    name,
    urn: `urn:pulumi:test::mwaa-analytics::${type}::${name}`,
    props: unknownCheckingProxy(props),
    opts,
    dependencies: Object.values(propertyDependencies).flat(),
    propertyDependencies,
    isType: (resourceClass) =>
      (resourceClass as unknown as { __pulumiType: string }).__pulumiType === type,
    asType: () => {
      throw new Error("The rules read `props`; asType is not served by this test.");
    },
  };
}

/** One line of a rule's table. */
export interface Case {
  /** Completes "passes when …" or "refuses when …". */
  readonly when: string;
  readonly resources: readonly PolicyResource[];
  /** Each violation: the resource's name and what the message says; none where the rule passes. */
  readonly violations?: readonly (readonly [string, RegExp])[];
  /** What the rule says it cannot check yet; nothing where it decides. */
  readonly notChecked?: RegExp;
  /** What the rule says the stack does not show; nothing where it shows all. */
  readonly notSeen?: RegExp;
  readonly configuration?: Configuration;
}

/** The tables of the files that are loaded. */
export const tables: { readonly rule: Rule; readonly cases: readonly Case[] }[] = [];

/** Tests a rule by a table: what passes, each way to fail, what is missing, unknown, or of another type. */
export function table(rule: Rule, cases: readonly Case[]): void {
  tables.push({ rule, cases });
  describe(rule.name, () => {
    for (const { when, resources, violations = [], notChecked, notSeen, configuration } of cases) {
      const verb =
        violations.length > 0
          ? "refuses"
          : notChecked
            ? "does not decide"
            : notSeen
              ? "is not applicable"
              : "passes";
      it(`${verb} when ${when}`, () => {
        const found = evaluate(rule, resources, configuration, "2026-06-30");
        const nameOf = (urn?: string) => resources.find((r) => r.urn === urn)?.name;
        assert.deepEqual(
          found.violations.map(({ urn }) => nameOf(urn)),
          violations.map(([name]) => name),
          found.violations.map(({ message }) => message).join("\n"),
        );
        found.violations.forEach(({ message }, i) => assert.match(message, violations[i][1]));
        if (notChecked) {
          assert.match(found.notChecked.join("; "), notChecked);
        } else {
          assert.deepEqual(found.notChecked, []);
        }
        if (notSeen) {
          assert.match(found.notSeen.join("; "), notSeen);
        } else {
          assert.deepEqual(found.notSeen, []);
        }
      });
    }
  });
}
