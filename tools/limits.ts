/**
 * What the local cloud refuses though AWS's API models allow it, by service and call: the limits that AWS states in
 * prose only. The code has the page that states each.
 */
const LIMITS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Athena: {
    "CreateWorkGroup, UpdateWorkGroup":
      "a location of results that is not in S3; encryption with a key, and none given; a location beside managed results; tags with other characters than Athena's, or more than 50",
    DeleteWorkGroup:
      "the workgroup `primary`; one with queries unless that is said; one that is not there",
  },
  "CloudWatch Logs": {
    "AssociateKmsKey, CreateLogGroup":
      "a key that is not there or not enabled, or whose policy does not let CloudWatch Logs use it for the group",
    CreateLogGroup:
      "a name that is there already or begins with `aws/`; tags that begin with `aws:`",
    PutRetentionPolicy: "a number of days that is none of CloudWatch's",
  },
  EC2: {
    AssociateRouteTable: "a subnet that has a table already, or is in another VPC",
    AttachInternetGateway: "a second gateway in a VPC",
    "AuthorizeSecurityGroupEgress, -Ingress":
      "a rule that is there already; ports that are no range; a group that is not there; a description with other characters than EC2's; more than 60 rules a direction",
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
      "a second gateway endpoint of a service in a route table; a second private name of a service in a VPC; more than five groups",
    "DeleteInternetGateway, DeleteRouteTable, DeleteSecurityGroup, DeleteSubnet, DetachInternetGateway, ReleaseAddress":
      "what is in use",
  },
  EMR: {
    CreateSecurityConfiguration:
      "a name that is there already; no JSON object; encryption without both switches, in transit without certificates, at rest with modes that are none of EMR's or want a key; a hop limit that is not 1 to 64",
    StartNotebookExecution:
      "clusters that do not run, have not Livy, Spark and the gateway, more than one primary node, or instances with AMD processors",
  },
  Glue: {
    "CreateCrawler, UpdateCrawler":
      "no target; a path that is not in S3; samples of other sizes than 1 to 249; a configuration that is not JSON; a crawler that runs",
    "CreateJob, UpdateJob":
      "a timeout of more than 10,080 minutes; a maximum capacity from Glue 2.0 on, or beside workers; fewer than two workers",
    CreateSecurityConfiguration: "a mode with a key, and none given; a name that is there already",
    "all that take tags": "tags that begin with `aws:`; more than 50",
  },
  IAM: {
    AddRoleToInstanceProfile: "a second role",
    AttachRolePolicy: "an eleventh policy; a policy of the account that is not there",
    "CreateInstanceProfile, CreatePolicy, CreateRole":
      "a name that another has, in whichever case; tags that begin with `aws:`",
    CreatePolicy: "a path with `*`",
    "CreatePolicy, CreatePolicyVersion":
      "more than 6,144 characters without white space; a sixth version",
    "CreateRole, UpdateAssumeRolePolicy":
      "a trust policy of more than 2,048 characters without white space, or that names a role or user of the account that is not there",
    "DeletePolicy, DeleteRole": "what is attached, or has something attached",
    "PutRolePermissionsBoundary, CreateRole": "a boundary that is not there",
    PutRolePolicy: "inline policies of more than 10,240 characters together without white space",
    "all that take a policy": "documents against the policy grammar",
  },
  KMS: {
    CreateAlias: "names that begin with `alias/aws/`, or not with `alias/`; more than 50 of a key",
    "CreateKey, PutKeyPolicy":
      "a policy that locks the account out of the key, names a role or user of the account that is not there, or has more than 32,768 bytes",
    "CreateKey, TagResource": "tags that begin with `aws:`, or of one key; more than 50",
    ScheduleKeyDeletion: "a wait of other than 7 to 30 days",
    "all that change a key": "a key that is being deleted",
  },
  MWAA: {
    CreateEnvironment:
      "what an environment needs and is not there: versioning and blocked public access of the bucket, versions of files, the role's permissions, two zones of one VPC, a group in it that allows itself; numbers that the class does not have; without a way to AWS from a subnet it ends as `CREATE_FAILED`",
    UpdateEnvironment: "the same; an environment that is `CREATE_FAILED`",
  },
  "Redshift Serverless": {
    CreateNamespace: "a key for the password that is not managed",
    CreateWorkgroup:
      "capacities that are no multiples of 8 or 32 RPUs, or a maximum below the base; other ports than Redshift's; two subnets of one zone, or of two with enhanced routing; a namespace that has one; `require_ssl` switched off",
    UpdateNamespace:
      "two kinds of change in one request; the administrator's name without the password",
    UpdateWorkgroup: "two changes in one request; parameters that are as they were",
  },
  S3: {
    CreateBucket: "names with a reserved beginning or end, or two dots in a row",
    PutBucketEncryption: "a key with `AES256`; no rule",
    PutBucketOwnershipControls: "other than one of S3's owners",
    PutBucketLifecycleConfiguration:
      "rules of one id, of an id of more than 255 characters, without an action or a filter; none, or more than 1,000; a transition to an infrequent-access class before 30 days",
    PutBucketPolicy:
      "documents against the policy grammar, or about another bucket; more than 20 KB; a role or user of the account that is not there; a public policy where those are blocked",
    "PutBucketTagging, PutObjectTagging":
      "tags that begin with `aws:`, of one key, or with other characters than S3's; more than 50, and 10 of an object",
    PutObject: "a key of more than 1,024 bytes",
  },
  SNS: {
    CreateTopic: "a name with other characters than SNS's; a topic that is there with other tags",
    "CreateTopic, TagResource": "tags that begin with `aws:`; more than 50",
    SetTopicAttributes:
      "attributes that are none of SNS's; policies that are not JSON, have more than 30,720 bytes, or name a role or user of the account that is not there; a display name of more than 100 characters",
    Subscribe: "protocols that are none of SNS's; endpoints that are not of the protocol",
  },
  "Step Functions": {
    "CreateStateMachine, UpdateStateMachine":
      "a name with other characters than theirs; a definition that is wrong; a role that cannot be had; a log group that is not there or that the role may not deliver to; a customer's key that is not given; a description of no version",
    TagResource: "tags with other characters than theirs; more than 50",
    UpdateStateMachine: "a request with neither definition nor role",
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

const REST = `Not refused: quotas of an account, which each account has raised otherwise (VPCs, addresses, gateways, roles,
parameters, environments, namespaces), services that have no endpoint in a zone but EMR's, characters of tags in
services whose pages do not state them (EC2 takes any), service principals that AWS does not know, and what only time
shows (throttling, names that are free again only after a while).`;
