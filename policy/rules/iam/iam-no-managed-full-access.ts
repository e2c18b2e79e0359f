import { Attempts, ROLE } from "../../documents";
import { ResourceRule } from "../../rule";

/** Types that attach managed policies, each with the property that names them. */
const ATTACHING: Readonly<Record<string, string>> = {
  [ROLE]: "managedPolicyArns",
  "aws:iam/groupPolicyAttachment:GroupPolicyAttachment": "policyArn",
  "aws:iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive": "policyArns",
  "aws:iam/policyAttachment:PolicyAttachment": "policyArn",
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": "policyArn",
  "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive": "policyArns",
  "aws:iam/userPolicyAttachment:UserPolicyAttachment": "policyArn",
  "aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive": "policyArns",
  "aws:ssoadmin/managedPolicyAttachment:ManagedPolicyAttachment": "managedPolicyArn",
};

/** What AWS calls policies that allow all of a service, or of all services. */
const FULL_ACCESS = /^(AdministratorAccess(-.+)?|PowerUserAccess|.*FullAccess.*)$/;

/** No identity gets all of a service by one of AWS's own policies. */
export const iamNoManagedFullAccess: ResourceRule = {
  name: "iam-no-managed-full-access",
  description:
    "No AWS managed policy that allows all of a service, or everything, is attached: AdministratorAccess, " +
    "PowerUserAccess, …FullAccess.",
  severity: "high",
  reason:
    "Such a policy allows every action on every resource of the service, and AWS adds to it without a word.",
  remediationSteps:
    "Write a policy that names the actions and resources that are needed, or attach a narrower managed one.",
  url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html",
  also: [
    "CKV_AWS_274",
    "CKV2_AWS_56",
    "IAM4",
    "iam_role_administratoraccess_policy",
    "iam_group_administrator_access_policy",
  ],
  types: Object.keys(ATTACHING),
  check: ({ type, name, props }, report) => {
    const attempts = new Attempts();
    const given = props[ATTACHING[type]];
    const count = Array.isArray(given) ? given.length : 1;
    for (let i = 0; i < count; i += 1) {
      attempts.run(() => {
        const arn: unknown = Array.isArray(given) ? given[i] : given;
        const policy = typeof arn === "string" ? awsPolicy(arn) : undefined;
        if (policy !== undefined && FULL_ACCESS.test(policy)) {
          report(
            `${name} attaches ${policy}, which allows all of what it is for; a policy that names actions ` +
              "and resources is needed.",
          );
        }
      });
    }
    attempts.finish();
  },
};

/** The name of a policy that is AWS's own, without its path; undefined for an account's. */
function awsPolicy(arn: string): string | undefined {
  return /^arn:[^:]+:iam::aws:policy\/(?:.*\/)?([^/]+)$/.exec(arn)?.[1];
}
