import { objectsOf } from "../../lists";
import { ResourceRule } from "../../rule";
import {
  EGRESS_RULE,
  INGRESS_RULE,
  SECURITY_GROUP,
  SECURITY_GROUP_RULE,
  each,
} from "../../securityGroupRules";
import { textOf } from "../../text";

/** What the provider writes where the program says nothing. */
const DEFAULT_DESCRIPTIONS = ["Managed by Pulumi", "Managed by Terraform"];

/** Security groups and their rules say what they are for. */
export const networkRuleDescriptions: ResourceRule = {
  name: "network-rule-descriptions",
  description: "Every security group and every rule of one has a description.",
  severity: "low",
  reason:
    "A rule whose purpose nobody knows is one that nobody dares to remove; a group's own description can " +
    "never be changed afterwards.",
  remediationSteps:
    "Give the group and each of its rules a description that says who comes in and why.",
  url: "https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html",
  also: ["CKV_AWS_23", "EC27", "AVD-AWS-0099", "AVD-AWS-0124"],
  types: [SECURITY_GROUP, SECURITY_GROUP_RULE, INGRESS_RULE, EGRESS_RULE],
  check: ({ type, props, name }, report) => {
    const things: (readonly [string, Record<string, unknown>])[] = [[name, props]];
    if (type === SECURITY_GROUP) {
      for (const direction of ["ingress", "egress"]) {
        objectsOf(props[direction]).forEach((rule, index) =>
          things.push([`${direction}[${index}] of ${name}`, rule]),
        );
      }
    }
    each(things, ([what, thing]) => {
      const description = (textOf(thing.description) ?? "").trim();
      if (description === "" || DEFAULT_DESCRIPTIONS.includes(description)) {
        report(`${what} has the description "${description}"; say what it is for.`);
      }
    });
  },
};
