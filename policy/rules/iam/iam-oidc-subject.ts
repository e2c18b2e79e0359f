import {
  ROLE,
  Statement,
  checkStatements,
  conditionsOf,
  mayAllow,
  trustIn,
  values,
} from "../../documents";
import { ResourceRule } from "../../rule";

// "…IfExists" and "ForAllValues:…" also hold for a token that lacks the claim.
const OPERATOR = /^(ForAnyValue:)?(StringEquals|StringEqualsIgnoreCase|StringLike)$/i;

/**
 * A subject that names its owner: no wildcard at all, or none before the name has ended, as in
 * `repo:organization/*`. In `repo:organization*` another organization's name may begin alike.
 */
const FIXED_OWNER = /^([^*?]+|[^:*?]+:[^/:*?]+[/:].*)$/s;

/**
 * By issuer, the claims of a subject that name its owner. A customer chooses which claims his subjects have, so that
 * any stranger's token can be `environment:production` and nothing else.
 *
 * GitHub: https://docs.github.com/en/actions/reference/security/oidc;
 * GitLab: https://docs.gitlab.com/ci/secrets/id_token_authentication/;
 * HCP Terraform: https://developer.hashicorp.com/terraform/cloud-docs/dynamic-provider-credentials/workload-identity-tokens
 */
const OWNERS: Readonly<Record<string, readonly string[] | undefined>> = {
  "token.actions.githubusercontent.com": [
    ...["repo", "repository", "repository_id", "repository_owner", "repository_owner_id"],
    ...["enterprise", "enterprise_id", "job_workflow_ref"],
  ],
  "gitlab.com": ["project_path", "project_id", "namespace_path", "namespace_id"],
  "app.terraform.io": ["organization", "organization_id"],
};

/** Claims of GitHub in whose values no colon stands as it is, so that an owner's claim may come after them. */
const BEFORE_OWNER =
  /^((actor|actor_id|base_ref|environment|event_name|head_ref|ref|ref_type|repository_visibility|runner_environment):[^:*?]+:)+/;

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
      if (!mayAllow(statement)) {
        return;
      }
      const shared = issuersOf(statement).filter((one) =>
        (issuers as readonly string[]).includes(one),
      );
      for (const issuer of shared) {
        const key = `${issuer}:sub`;
        const subjects = subjectsOf(statement, issuer);
        if (subjects === undefined) {
          report(
            `${where} lets every token of ${issuer} assume the role; a condition that fixes ${key} is needed.`,
          );
        }
        for (const subject of (subjects ?? []).filter((text) => !namesOwner(issuer, text))) {
          report(
            `${where} takes the ${key} "${subject}", whoever owns it; an owner without a wildcard is ` +
              `needed, as in "${EXAMPLES[issuer] ?? "repo:organization/repository:*"}".`,
          );
        }
      }
    }),
};

/** A subject of each issuer that names its owner, for messages. */
const EXAMPLES: Readonly<Record<string, string | undefined>> = {
  "gitlab.com": "project_path:group/project:ref_type:branch:ref:main",
  "app.terraform.io": "organization:name:project:name:workspace:name:run_phase:apply",
};

/** Whether all tokens of a subject are one owner's. */
function namesOwner(issuer: string, subject: string): boolean {
  const claims = OWNERS[issuer];
  if (claims === undefined) {
    return FIXED_OWNER.test(subject);
  }
  const text = issuer === "gitlab.com" ? subject : subject.replace(BEFORE_OWNER, "");
  return claims.includes(text.split(":")[0]) && FIXED_OWNER.test(text);
}

/** The issuers of a statement's OpenID Connect providers, each given by the ARN of its provider. */
function issuersOf({ Principal }: Statement): string[] {
  return typeof Principal === "object" && Principal !== null
    ? values((Principal as { Federated?: unknown }).Federated).flatMap(
        (arn) => /:oidc-provider\/(.+)$/.exec(arn)?.[1].toLowerCase() ?? [],
      )
    : [];
}

/** The subjects that a statement is limited to; undefined where it is limited to none. */
function subjectsOf(statement: Statement, issuer: string): string[] | undefined {
  const found = conditionsOf(statement)
    .filter(({ operator }) => OPERATOR.test(operator))
    .filter(({ key }) => key.toLowerCase() === `${issuer}:sub`)
    .map(({ value }) => values(value));
  // Several conditions have to hold together: the one that fixes the most is enough.
  return (
    found.find((subjects) => subjects.every((text) => namesOwner(issuer, text))) ?? found.at(0)
  );
}
