import { ResourceValidationPolicy, StackValidationPolicy } from "@pulumi/policy";

/**
 * One rule of the pack. The level is not part of it: `policy/index.ts` gives each rule its level, so
 * that a reader sees in one place what stops a deployment.
 */
export type Rule = (
  | Omit<ResourceValidationPolicy, "enforcementLevel">
  | Omit<StackValidationPolicy, "enforcementLevel">
) & {
  /** What to change so that the rule passes; the engine prints it with the violation. */
  readonly remediationSteps: string;
  /** The AWS page the rule follows. */
  readonly url: string;
};
