import { ROLE, Statement, checkStatements, trustIn, values } from "../../documents";
import { listOf } from "../../lists";
import { ResourceRule } from "../../rule";

// "…IfExists" and "ForAllValues:…" also hold for a token that lacks the claim.
const OPERATOR = /^(ForAnyValue:)?(StringEquals|StringEqualsIgnoreCase|StringLike)$/i;

/**
 * A subject that names its owner: no wildcard at all, or none before the name has ended, as in
 * `repo:organization/*`. In `repo:organization*` another organization's name may begin alike.
 */
const FIXED_OWNER = /^([^*?]+|[^:*?]+:[^/:*?]+[/:].*)$/s;

/** An outside build works as a role only where the role names whose build it is. */
export const iamOidcSubject: ResourceRule = {
  name: "iam-oidc-subject",
  description:
    "A role that an OpenID Connect provider of many customers may assume names whose tokens, by their subject.",
  severity: "critical",
  reason:
    "Such a provider signs tokens for everybody who has an account there: without a subject any stranger's " +
    "workflow can work as the role.",
  remediationSteps:
    'Add StringEquals or StringLike { "<issuer>:sub": "repo:<organization>/<repository>:environment:<name>" } ' +
    "to the Condition of the statement, with an owner that has no wildcard in it.",
  url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_oidc_secure-by-default.html",
  also: ["CKV_AWS_358", "CKV_AWS_393"],
  parameters: {
    issuers: {
      type: "array",
      items: { type: "string" },
      description: "Issuers whose tokens many customers get, without https://.",
      default: ["token.actions.githubusercontent.com", "gitlab.com", "app.terraform.io"],
    },
  },
  types: [ROLE],
  check: (role, report, { issuers }) =>
    checkStatements(role, trustIn(role), report, (statement, where) => {
      if (statement.Effect !== "Allow") {
        return;
      }
      const shared = issuersOf(statement).filter((one) =>
        (issuers as readonly string[]).includes(one),
      );
      for (const issuer of shared) {
        const key = `${issuer}:sub`;
        const subjects = subjectsOf(statement, key);
        if (subjects === undefined) {
          report(
            `${where} lets every token of ${issuer} assume the role; a condition that fixes ${key} is needed.`,
          );
        }
        for (const subject of (subjects ?? []).filter((text) => !FIXED_OWNER.test(text))) {
          report(
            `${where} takes the ${key} "${subject}", whoever owns it; an owner without a wildcard is ` +
              'needed, as in "repo:organization/repository:*".',
          );
        }
      }
    }),
};

/** The issuers of a statement's OpenID Connect providers, each given by the ARN of its provider. */
function issuersOf({ Principal }: Statement): string[] {
  return typeof Principal === "object" && Principal !== null
    ? values((Principal as { Federated?: unknown }).Federated).flatMap(
        (arn) => /:oidc-provider\/(.+)$/.exec(arn)?.[1].toLowerCase() ?? [],
      )
    : [];
}

/** The subjects that a statement is limited to; undefined where it is limited to none. */
function subjectsOf({ Condition = {} }: Statement, key: string): string[] | undefined {
  const found = Object.entries(Condition)
    .filter(([operator]) => OPERATOR.test(operator))
    .flatMap(([, tested]) => Object.entries(tested))
    .filter(([name]) => name.toLowerCase() === key)
    .map(([, value]) => listOf(value).map(String));
  // Several conditions have to hold together: the one that fixes the most is enough.
  return found.find((subjects) => subjects.every((text) => FIXED_OWNER.test(text))) ?? found.at(0);
}
