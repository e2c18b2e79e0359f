import {
  PolicyResource,
  PolicyResourceOptions,
  ReportViolation,
  StackValidationArgs,
} from "@pulumi/policy";
import { unknownValue } from "@pulumi/pulumi/runtime";

import { Rule } from "../../policy/rule";
import { unknownCheckingProxy } from "../../policy/unknown";

/** What a rule said: the message, and the name of the resource it said it of. */
export interface Violation {
  readonly message: string;
  readonly resource: string | undefined;
}

/** A value that the engine does not know yet, as it reaches a rule at a first preview. */
export const UNKNOWN = unknownValue;

/** A resource as a stack rule sees it. Its properties throw when an unknown one is read, as the engine's do. */
export function resource(
  type: string,
  name: string,
  props: Record<string, unknown>,
  propertyDependencies: Record<string, PolicyResource[]> = {},
): PolicyResource {
  const opts: PolicyResourceOptions = {
    protect: false,
    ignoreChanges: [],
    aliases: [],
    customTimeouts: { createSeconds: 0, updateSeconds: 0, deleteSeconds: 0 },
    additionalSecretOutputs: [],
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

/** Runs a stack rule over resources and returns all that it reported; what the rule throws, it throws. */
export async function violationsOf(
  rule: Rule,
  resources: readonly PolicyResource[],
): Promise<Violation[]> {
  if (!("validateStack" in rule)) {
    throw new Error(`${rule.name} is not a stack rule.`);
  }
  const violations: Violation[] = [];
  const args: StackValidationArgs = {
    resources: [...resources],
    stackTags: new Map(),
    getConfig: <T extends object>() => ({}) as T,
    notApplicable: (reason) => {
      throw new Error(`not applicable: ${reason}`);
    },
  };
  const report: ReportViolation = (message, urn) =>
    violations.push({ message, resource: resources.find((r) => r.urn === urn)?.name });
  await rule.validateStack(args, report);
  return violations;
}
