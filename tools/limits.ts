/**
 * What the local cloud refuses though AWS's API models allow it, by service and call: the limits that AWS states in
 * prose only. The code has the page that states each.
 */
const LIMITS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "CloudWatch Logs": {
    CreateLogGroup:
      "a name that is there already or begins with `aws/`; tags that begin with `aws:`",
    PutRetentionPolicy: "a number of days that is none of CloudWatch's",
  },
  EC2: {
    AssociateRouteTable: "a subnet that has a table already, or is in another VPC",
    AttachInternetGateway: "a second gateway in a VPC",
    "AuthorizeSecurityGroupEgress, -Ingress":
      "a rule that is there already; ports that are no range; a group that is not there; a description with other characters than EC2's",
    CreateFlowLogs: "CloudWatch Logs as the destination without a role or a group",
    CreateNatGateway: "an address that another gateway has; a public gateway without one",
    "CreateRoute, ReplaceRoute":
      "a destination that has a route, or has none to replace; a gateway that is not there or in another VPC",
    CreateSecurityGroup:
      "a name or description with other characters than EC2's; a name that begins with `sg-`",
    CreateSubnet:
      "a block that overlaps another subnet's, is outside its VPC's, or not /16 to /28; a zone that is not there",
    CreateTags: "keys that begin with `aws:`; more than 50 tags",
    CreateVpc: "a block that is not /16 to /28",
    CreateVpcEndpoint:
      "a second gateway endpoint of a service in a route table; a second private name of a service in a VPC",
    "DeleteInternetGateway, DeleteRouteTable, DeleteSecurityGroup, DeleteSubnet, DetachInternetGateway, ReleaseAddress":
      "what is in use",
  },
  IAM: {
    AttachRolePolicy: "an eleventh policy; a policy of the account that is not there",
    "CreateInstanceProfile, CreatePolicy, CreateRole":
      "a name that another has, in whichever case; tags that begin with `aws:`",
    "CreatePolicy, CreatePolicyVersion": "more than 6,144 characters without white space",
    "CreateRole, UpdateAssumeRolePolicy":
      "a trust policy of more than 2,048 characters without white space",
    PutRolePolicy: "inline policies of more than 10,240 characters together without white space",
    "all that take a policy": "documents against the policy grammar",
  },
  KMS: {
    CreateAlias: "names that begin with `alias/aws/`",
    "CreateKey, PutKeyPolicy": "a policy that locks the account out of the key",
  },
  MWAA: {
    CreateEnvironment:
      "what an environment needs and is not there: versioning and blocked public access of the bucket, versions of files, the role's permissions, two zones, a group that allows itself; without a way to AWS from a subnet it ends as `CREATE_FAILED`",
    UpdateEnvironment: "the same; an environment that is `CREATE_FAILED`",
  },
  "Redshift Serverless": {
    UpdateNamespace: "two kinds of change in one request",
    UpdateWorkgroup: "two changes in one request; parameters that are as they were",
  },
  S3: {
    CreateBucket: "names with a reserved beginning or end, or two dots in a row",
    PutBucketEncryption: "a key with `AES256`",
    PutBucketLifecycleConfiguration:
      "rules of one id, or without an action; a transition to an infrequent-access class before 30 days",
    PutBucketPolicy: "documents against the policy grammar, or about another bucket",
    PutBucketTagging: "tags that begin with `aws:`, or of one key",
  },
  SNS: {
    CreateTopic: "a name with other characters than SNS's; a topic that is there with other tags",
    SetTopicAttributes: "attributes that are none of SNS's; policies that are not JSON",
    Subscribe: "protocols that are none of SNS's; email without an address",
  },
  "Systems Manager": {
    PutParameter:
      "names that begin with aws or ssm, have other characters, more than 15 levels or 1,011 characters; values that are empty or too long for the tier; another type, a lower tier",
  },
};

/** The section on these limits, as Markdown. */
export function limitsSection(): string[] {
  return [
    "## What the local cloud refuses beside AWS's API models",
    "",
    INTRODUCTION,
    "",
    ...Object.entries(LIMITS).flatMap(([service, calls]) => [
      `### ${service}`,
      "",
      ...Object.entries(calls).map(([call, what]) => `- ${call}: ${what}.`),
      "",
    ]),
    REST,
    "",
  ];
}

const INTRODUCTION = `What AWS's API models state, patterns and lengths, is refused of every call: \`local/cloud/core/model.py\`. Of the
calls that a stack makes these are the limits that AWS states in prose only, and that are refused as well:`;

const REST = `Not refused: quotas of an account (VPCs, addresses, roles, parameters, environments), services that have no endpoint
in a zone but EMR's, characters of tags in services whose models do not state them (EC2, S3, SNS), and what only time
shows (throttling, names that are free again only after a while).`;
