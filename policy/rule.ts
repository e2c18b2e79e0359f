import {
  PolicyConfigSchema,
  PolicyResource,
  ResourceValidationArgs,
  Severity,
} from "@pulumi/policy";

import { Graph } from "./graph";

/** What every rule says of itself. The level is not part of it: `policy/index.ts` gives each rule its level. */
export interface About {
  /** Unique in the pack, as in `mwaa-task-logs`: the service, then what is wanted. */
  readonly name: string;
  /** One sentence that says what holds where the rule passes. */
  readonly description: string;
  /** How bad it is where it does not. */
  readonly severity: Severity;
  /** Why: what happens on AWS where the rule is broken. One or two sentences. */
  readonly reason: string;
  /** What to change so that the rule passes; the engine prints it with the violation. */
  readonly remediationSteps: string;
  /** The AWS page the rule follows. */
  readonly url: string;
  /** The same check elsewhere: ids of Checkov, cdk-nag, Security Hub, Prowler, Trivy. */
  readonly also?: readonly string[];
  /** The rule's own parameters, each with a description and a default. */
  readonly parameters?: PolicyConfigSchema["properties"];
  /**
   * Arguments that a resource is given at the level `remediate`, where there is one safe answer: those that change,
   * or undefined where none has to.
   */
  readonly repair?: (resource: Checked, parameters: Parameters) => Changes | undefined;
}

/** Arguments of a resource, with what they become. */
export type Changes = Readonly<Record<string, unknown>>;

/** Values of a rule's parameters, the defaults filled in. */
export type Parameters = Readonly<Record<string, unknown>>;

/** A resource as a rule of one resource sees it: its inputs. Reading a property that is not known yet throws. */
export type Checked = Pick<ResourceValidationArgs, "type" | "name" | "urn" | "opts"> & {
  readonly props: Record<string, unknown>;
};

/** A rule that looks at one resource at a time, before that resource is created. */
export interface ResourceRule extends About {
  /** Types of resource that it looks at, as in `aws:s3/bucket:Bucket`. */
  readonly types: readonly string[];
  readonly check: (
    resource: Checked,
    report: (message: string) => void,
    parameters: Parameters,
  ) => void;
}

/** A rule that looks at the resources of a stack together. */
export interface StackRule extends About {
  /**
   * What the rule is about: it is run once for each of these, so that one that cannot be decided yet
   * does not hide what is wrong with another.
   */
  readonly subjects: (graph: Graph) => readonly PolicyResource[];
  readonly checkInStack: (
    subject: PolicyResource,
    graph: Graph,
    report: (message: string, resource?: PolicyResource) => void,
    parameters: Parameters,
  ) => void;
}

/** One rule of the pack. */
export type Rule = ResourceRule | StackRule;
