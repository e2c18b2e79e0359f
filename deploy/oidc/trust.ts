import { type PolicyDocument, policyDocument } from "../../components/policyDocument";

/** Where GitHub's tokens come from; the provider's ARN and the names of condition keys begin with it. */
export const ISSUER = "token.actions.githubusercontent.com";

/** Whom the tokens are for: what aws-actions/configure-aws-credentials asks for. */
export const AUDIENCE = "sts.amazonaws.com";

/** A repository in `sub`: names alone, or with the numbers that GitHub never gives out again. */
const REPOSITORY = /^[A-Za-z0-9-]{1,39}(@\d+)?\/[\w.-]{1,100}(@\d+)?$/;

/** A branch without what would mean more than itself in a condition. */
const BRANCH = /^[\w][\w./-]{0,199}$/;

/** Whose tokens are trusted, for what. */
export interface TrustArgs {
  /** ARN of GitHub's OpenID Connect provider in the account. */
  readonly providerArn: string;
  /** As in the tokens' `sub`: `owner/name`, or `owner@id/name@id`. */
  readonly repository: string;
  /** Branch that stacks are brought up from. */
  readonly branch: string;
}

/**
 * Checks what goes into the conditions.
 *
 * @throws RangeError where a star or a space would admit others, or a token would never match
 */
export function checkTrust({ repository, branch }: Omit<TrustArgs, "providerArn">): void {
  if (
    !REPOSITORY.test(repository) ||
    repository.split("/").filter((part) => part.includes("@")).length === 1
  ) {
    throw new RangeError(
      `repository is "${repository}"; owner/name is needed, or owner@id/name@id with both numbers where ` +
        "the repository's tokens have them (Settings, Actions, OIDC shows which).",
    );
  }
  if (!BRANCH.test(branch)) {
    throw new RangeError(`branch is "${branch}"; the name of one branch is needed, such as main.`);
  }
}

/**
 * Who may work as the role that only reads: pull requests of the repository itself, and its nightly runs on
 * the branch. GitHub gives a fork's pull request no token at all.
 *
 * Each value is whole and compared as it is: a pattern such as `repo:owner/*` also admits what somebody adds
 * later.
 *
 * Sources: https://docs.github.com/en/actions/reference/security/oidc and
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc_secure-by-default.html
 */
export function previewTrust(args: TrustArgs): PolicyDocument {
  return trust(args, "PreviewedByGitHub", {
    sub: [
      `repo:${args.repository}:pull_request`,
      `repo:${args.repository}:ref:refs/heads/${args.branch}`,
    ],
  });
}

/**
 * Who may work as the role that changes a stack: jobs in the stack's GitHub environment, which says who has to
 * agree, and on the branch only. Whoever may push can name an environment in a branch of his own, so that the
 * branch is asked for here and not left to the environment's rules alone.
 *
 * Source for `ref` as a condition key:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
 */
export function upTrust(args: TrustArgs, stack: string): PolicyDocument {
  return trust(args, "BroughtUpByGitHub", {
    sub: `repo:${args.repository}:environment:${stack}`,
    ref: `refs/heads/${args.branch}`,
  });
}

/**
 * Who may work as the role that deploys DAG files: jobs in the GitHub environment of the stack's name and `-dags`, whose
 * rules say who has to agree, on the branch only.
 */
export function dagsTrust(args: TrustArgs, stack: string): PolicyDocument {
  return trust(args, "DagsDeployedByGitHub", {
    sub: `repo:${args.repository}:environment:${stack}-dags`,
    ref: `refs/heads/${args.branch}`,
  });
}

function trust(
  { providerArn }: TrustArgs,
  Sid: string,
  claims: Readonly<Record<string, string | readonly string[]>>,
): PolicyDocument {
  const conditions = Object.entries({ aud: AUDIENCE, ...claims }).map(([claim, value]) => [
    `${ISSUER}:${claim}`,
    value,
  ]);
  return policyDocument({
    Sid,
    Effect: "Allow",
    Principal: { Federated: providerArn },
    Action: "sts:AssumeRoleWithWebIdentity",
    Condition: {
      StringEquals: Object.fromEntries(conditions) as Record<string, string | readonly string[]>,
    },
  });
}
