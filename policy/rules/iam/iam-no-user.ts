import { values } from "../../documents";
import { ResourceRule } from "../../rule";

/** Types that are a user, or a user's credential or permission, with what a message calls them. */
const OF_USERS: Readonly<Record<string, string | undefined>> = {
  "aws:iam/accessKey:AccessKey": "a user's long-lived access key",
  "aws:iam/groupMembership:GroupMembership": "a membership of users",
  "aws:iam/serviceSpecificCredential:ServiceSpecificCredential": "a user's long-lived credential",
  "aws:iam/signingCertificate:SigningCertificate": "a user's long-lived certificate",
  "aws:iam/sshKey:SshKey": "a user's long-lived SSH key",
  "aws:iam/user:User": "an IAM user",
  "aws:iam/userGroupMembership:UserGroupMembership": "a membership of a user",
  "aws:iam/userLoginProfile:UserLoginProfile": "a user's password",
  "aws:iam/userPoliciesExclusive:UserPoliciesExclusive": "a user's policies",
  "aws:iam/userPolicy:UserPolicy": "a user's policy",
  "aws:iam/userPolicyAttachment:UserPolicyAttachment": "a policy of a user",
  "aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive": "policies of a user",
};
const POLICY_ATTACHMENT = "aws:iam/policyAttachment:PolicyAttachment";

/** Nobody and nothing signs in as an IAM user. */
export const iamNoUser: ResourceRule = {
  name: "iam-no-user",
  description: "A stack creates no IAM user, and nothing that belongs to one.",
  severity: "high",
  reason:
    "A user's access key and password hold until somebody removes them, and the stack's state holds them too.",
  remediationSteps:
    "Let services and pipelines assume a role, people sign in through IAM Identity Center, and a build " +
    "outside of AWS come with a token of its OpenID Connect provider.",
  url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html",
  also: ["CKV_AWS_40", "CKV_AWS_273", "IAM.2", "AVD-AWS-0143"],
  types: [...Object.keys(OF_USERS), POLICY_ATTACHMENT],
  check: ({ type, name, props }, report) => {
    const what = OF_USERS[type];
    if (what !== undefined) {
      report(`${name} is ${what}; a role is needed in its place.`);
    } else if (values(props.users).length > 0) {
      report(
        `${name} attaches a policy to ${values(props.users).join(", ")}; attach it to a role.`,
      );
    }
  },
};
