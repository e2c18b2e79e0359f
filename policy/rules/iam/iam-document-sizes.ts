import { PolicyResource } from "@pulumi/policy";

import { ROLE } from "../../documents";
import { Graph } from "../../graph";
import { listOf, objectsOf } from "../../lists";
import { Parameters, StackRule } from "../../rule";
import { Attempts } from "../../documents";

const POLICY = "aws:iam/policy:Policy";
const ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy";
const ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment";

/** What IAM takes of a role's inline policies together, and of a managed one; nobody can have them raised. */
const INLINE = 10_240;
const MANAGED = 6_144;

/** Documents, and what a role has of them, fit into IAM's quotas. */
export const iamDocumentSizes: StackRule = {
  name: "iam-document-sizes",
  description:
    "A role's trust policy, its inline policies together, a managed policy and the number of attached ones are " +
    "within IAM's quotas.",
  severity: "high",
  reason:
    "IAM refuses the document that goes over, in the middle of the update; no schema of one resource knows the sum.",
  remediationSteps:
    "Move statements of inline policies into an aws.iam.Policy that is attached, or join statements; a quota that " +
    "the account had raised is a parameter of the rule.",
  url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html",
  parameters: {
    trustCharacters: {
      type: "integer",
      minimum: 2_048,
      maximum: 8_192,
      description: "Characters of a trust policy, white space aside, that the account takes.",
      default: 2_048,
    },
    attachedPolicies: {
      type: "integer",
      minimum: 10,
      maximum: 25,
      description: "Managed policies of a role that the account takes.",
      default: 10,
    },
  },
  subjects: (graph) => graph.ofType(ROLE, POLICY),
  checkInStack: (subject, graph, report, parameters) => {
    const attempts = new Attempts();
    for (const { what, found, most } of subject.type === POLICY
      ? [{ what: "policy", found: () => lengthOf(subject.props.policy), most: MANAGED }]
      : sumsOf(subject, graph, parameters)) {
      attempts.run(() => {
        const count = found();
        if (count > most) {
          report(`The ${what} of ${subject.name} come to ${count}; IAM takes ${most} at most.`);
        }
      });
    }
    attempts.finish();
  },
};

interface Sum {
  readonly what: string;
  readonly found: () => number;
  readonly most: number;
}

function sumsOf(role: PolicyResource, graph: Graph, parameters: Parameters): Sum[] {
  const { props } = role;
  const attached = () =>
    new Set([
      ...graph.referring(role, "role", ATTACHMENT).map(({ urn }) => urn),
      ...listOf(props.managedPolicyArns as unknown),
    ]).size;
  return [
    {
      what: "characters of the trust policy",
      found: () => lengthOf(props.assumeRolePolicy),
      most: parameters.trustCharacters as number,
    },
    {
      what: "characters of the inline policies",
      found: () =>
        [
          ...objectsOf(props.inlinePolicies).map(({ policy }) => policy),
          ...graph.referring(role, "role", ROLE_POLICY).map((one) => one.props.policy as unknown),
        ].reduce((sum: number, policy) => sum + lengthOf(policy), 0),
      most: INLINE,
    },
    {
      what: "attached policies",
      found: attached,
      most: parameters.attachedPolicies as number,
    },
  ];
}

/** Length of a document as IAM counts it: without white space between its parts. */
function lengthOf(document: unknown): number {
  if (typeof document !== "string") {
    return document === undefined || document === null ? 0 : JSON.stringify(document).length;
  }
  try {
    return JSON.stringify(JSON.parse(document)).length;
  } catch {
    // No document at all, which is another rule's concern.
    return 0;
  }
}
