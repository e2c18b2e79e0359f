import { ACCOUNT, REGION } from "../mocks";
import { Request } from "./iam";

type Props = Readonly<Record<string, unknown>>;

/** Requests that the provider makes for a resource. */
export interface Calls {
  /** At a preview or a refresh. */
  readonly read: readonly Request[];
  /** When it is made, changed and deleted. */
  readonly write: readonly Request[];
}

const arn = (service: string, resource: string, region = REGION, account = ACCOUNT) =>
  `arn:aws:${service}:${region}:${account}:${resource}`;
const iam = (resource: string) => arn("iam", resource, "");
const bucket = (name: unknown) => arn("s3", String(name), "", "");
const on = (resource: string, ...actions: string[]): Request[] =>
  actions.map((action) => ({ action, resource }));
const withContext = (requests: Request[], context: Request["context"]): Request[] =>
  requests.map((request) => ({ ...request, context }));

const tags = (key: string, { tags: given = {} }: Props) =>
  Object.fromEntries(
    Object.entries(given as Record<string, string>).map(([name, value]) => [
      `${key}/${name}`,
      value,
    ]),
  );

/** What is made in EC2: with its tags, and known by them afterwards. */
const ec2 =
  (type: string, read: string, make: string, unmake: string, ...change: string[]) =>
  (props: Props): Calls => {
    const resource = arn("ec2", `${type}/${type}-0001`);
    return {
      read: on("*", `ec2:${read}`),
      write: [
        ...withContext(on(resource, `ec2:${make}`), tags("aws:RequestTag", props)),
        ...withContext(on(resource, "ec2:CreateTags"), { "ec2:CreateAction": make }),
        ...withContext(
          on(resource, `ec2:${unmake}`, "ec2:CreateTags", "ec2:DeleteTags", ...change),
          tags("aws:ResourceTag", props),
        ),
      ],
    };
  };

const OWN = { "aws:ResourceTag/Project": "mwaa-analytics" };

/** What is done to a resource of EC2 that is the stack's and has no tags of its own. */
const within =
  (type: string, ...actions: string[]) =>
  (stack: string): Calls => ({
    read: on("*", "ec2:DescribeRouteTables"),
    write: withContext(on(arn("ec2", `${type}/${type}-0001`), ...actions), {
      ...OWN,
      "aws:ResourceTag/Stack": stack,
    }),
  });

const ofBucket =
  (read: string, ...write: string[]) =>
  (props: Props): Calls => ({
    read: on(bucket(props.bucket), read),
    write: on(bucket(props.bucket), ...write),
  });

const named =
  (
    service: string,
    resource: (props: Props) => string,
    read: readonly string[],
    write: readonly string[],
  ) =>
  (props: Props): Calls => {
    const whole = arn(service, resource(props));
    const of = (actions: readonly string[]) =>
      on(whole, ...actions.map((action) => `${service}:${action}`));
    return { read: of(read), write: of(write) };
  };

const routes = within(
  "route-table",
  "ec2:CreateRoute",
  "ec2:ReplaceRoute",
  "ec2:DeleteRoute",
  "ec2:AssociateRouteTable",
  "ec2:DisassociateRouteTable",
);

const rule =
  (direction: "Ingress" | "Egress") =>
  (props: Props, stack: string): Calls => ({
    read: on("*", "ec2:DescribeSecurityGroupRules"),
    write: [
      ...withContext(
        on(
          arn("ec2", "security-group/sg-1"),
          `ec2:AuthorizeSecurityGroup${direction}`,
          `ec2:RevokeSecurityGroup${direction}`,
          "ec2:ModifySecurityGroupRules",
        ),
        { ...OWN, "aws:ResourceTag/Stack": stack },
      ),
      // Tags come with a call of their own: internal/service/ec2/vpc_security_group_ingress_rule.go of the provider.
      ...on(arn("ec2", "security-group-rule/sgr-1"), `ec2:AuthorizeSecurityGroup${direction}`),
      ...withContext(
        on(arn("ec2", "security-group-rule/sgr-1"), "ec2:CreateTags"),
        tags("aws:RequestTag", props),
      ),
    ],
  });

const role = ({ namePrefix }: Props) => `role/${String(namePrefix)}20261123`;
const policy = ({ namePrefix, name = `${String(namePrefix)}20261123` }: Props) =>
  `policy/${String(name)}`;

/**
 * What the provider calls for each type of resource that the program makes: the request that makes it, those
 * that read it, and those that undo it. Taken from AWS's list of actions, not from the policies.
 *
 * Source: https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
 */
export const CALLS: Readonly<Record<string, ((props: Props, stack: string) => Calls) | undefined>> =
  {
    "aws:athena/workgroup:Workgroup": named(
      "athena",
      ({ name }) => `workgroup/${String(name)}`,
      ["GetWorkGroup", "ListTagsForResource"],
      ["CreateWorkGroup", "UpdateWorkGroup", "DeleteWorkGroup", "TagResource"],
    ),
    "aws:cloudwatch/logGroup:LogGroup": ({ name }) => ({
      read: [
        ...on("*", "logs:DescribeLogGroups"),
        ...on(arn("logs", `log-group:${String(name)}`), "logs:ListTagsForResource"),
      ],
      write: ["", ":*"].flatMap((end) =>
        on(
          arn("logs", `log-group:${String(name)}${end}`),
          ...["CreateLogGroup", "PutRetentionPolicy", "TagResource", "DeleteLogGroup"].map(
            (action) => `logs:${action}`,
          ),
        ),
      ),
    }),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": (props) => ({
      read: on("*", "ec2:DescribeSecurityGroups"),
      write: [
        ...on(
          arn("ec2", "security-group/sg-1"),
          "ec2:RevokeSecurityGroupIngress",
          "ec2:RevokeSecurityGroupEgress",
        ),
        ...withContext(on(arn("ec2", "security-group/sg-1"), "ec2:CreateTags"), {
          ...tags("aws:RequestTag", props),
        }),
      ],
    }),
    "aws:ec2/eip:Eip": ec2("elastic-ip", "DescribeAddresses", "AllocateAddress", "ReleaseAddress"),
    "aws:ec2/flowLog:FlowLog": ec2(
      "vpc-flow-log",
      "DescribeFlowLogs",
      "CreateFlowLogs",
      "DeleteFlowLogs",
    ),
    "aws:ec2/internetGateway:InternetGateway": ec2(
      "internet-gateway",
      "DescribeInternetGateways",
      "CreateInternetGateway",
      "DeleteInternetGateway",
      "ec2:AttachInternetGateway",
      "ec2:DetachInternetGateway",
    ),
    "aws:ec2/natGateway:NatGateway": ec2(
      "natgateway",
      "DescribeNatGateways",
      "CreateNatGateway",
      "DeleteNatGateway",
    ),
    "aws:ec2/route:Route": (_, stack) => routes(stack),
    "aws:ec2/routeTable:RouteTable": ec2(
      "route-table",
      "DescribeRouteTables",
      "CreateRouteTable",
      "DeleteRouteTable",
    ),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": (_, stack) => routes(stack),
    "aws:ec2/securityGroup:SecurityGroup": ec2(
      "security-group",
      "DescribeSecurityGroups",
      "CreateSecurityGroup",
      "DeleteSecurityGroup",
      "ec2:RevokeSecurityGroupEgress",
    ),
    "aws:ec2/subnet:Subnet": ec2(
      "subnet",
      "DescribeSubnets",
      "CreateSubnet",
      "DeleteSubnet",
      "ec2:ModifySubnetAttribute",
    ),
    "aws:ec2/vpc:Vpc": (props) => {
      const { read, write } = ec2(
        "vpc",
        "DescribeVpcs",
        "CreateVpc",
        "DeleteVpc",
        "ec2:ModifyVpcAttribute",
        "ec2:CreateSubnet",
        "ec2:CreateRouteTable",
        "ec2:CreateSecurityGroup",
        "ec2:CreateVpcEndpoint",
        "ec2:CreateFlowLogs",
        "ec2:AttachInternetGateway",
      )(props);
      return {
        read: [...read, ...on(arn("ec2", "vpc/vpc-1"), "ec2:DescribeVpcAttribute")],
        write,
      };
    },
    "aws:ec2/vpcEndpoint:VpcEndpoint": ec2(
      "vpc-endpoint",
      "DescribeVpcEndpoints",
      "CreateVpcEndpoint",
      "DeleteVpcEndpoints",
      "ec2:ModifyVpcEndpoint",
    ),
    "aws:emr/securityConfiguration:SecurityConfiguration": () => ({
      read: on("*", "elasticmapreduce:DescribeSecurityConfiguration"),
      write: on(
        "*",
        "elasticmapreduce:CreateSecurityConfiguration",
        "elasticmapreduce:DeleteSecurityConfiguration",
      ),
    }),
    "aws:glue/catalogDatabase:CatalogDatabase": ({ name }) => {
      const both = [arn("glue", "catalog"), arn("glue", `database/${String(name)}`)];
      return {
        read: both.flatMap((one) => on(one, "glue:GetDatabase")),
        write: [
          ...both.flatMap((one) =>
            on(one, "glue:CreateDatabase", "glue:UpdateDatabase", "glue:DeleteDatabase"),
          ),
          ...on(arn("glue", `table/${String(name)}/movies`), "glue:DeleteDatabase"),
        ],
      };
    },
    "aws:glue/crawler:Crawler": ({ name }) => ({
      read: on(arn("glue", `crawler/${String(name)}`), "glue:GetCrawler", "glue:GetTags"),
      write: [
        ...on("*", "glue:CreateCrawler"),
        ...on(arn("glue", `crawler/${String(name)}`), "glue:UpdateCrawler", "glue:DeleteCrawler"),
      ],
    }),
    "aws:glue/job:Job": named(
      "glue",
      ({ name }) => `job/${String(name)}`,
      ["GetJob", "GetTags"],
      ["CreateJob", "UpdateJob", "DeleteJob", "TagResource"],
    ),
    "aws:glue/securityConfiguration:SecurityConfiguration": () => ({
      read: on("*", "glue:GetSecurityConfiguration"),
      write: on("*", "glue:CreateSecurityConfiguration", "glue:DeleteSecurityConfiguration"),
    }),
    "aws:iam/instanceProfile:InstanceProfile": ({ name }) => {
      const profile = iam(`instance-profile/${String(name)}`);
      return {
        read: on(profile, "iam:GetInstanceProfile"),
        write: on(
          profile,
          "iam:CreateInstanceProfile",
          "iam:AddRoleToInstanceProfile",
          "iam:RemoveRoleFromInstanceProfile",
          "iam:DeleteInstanceProfile",
        ),
      };
    },
    "aws:iam/role:Role": (props) => ({
      read: on(
        iam(role(props)),
        "iam:GetRole",
        "iam:ListRolePolicies",
        "iam:ListAttachedRolePolicies",
        "iam:ListInstanceProfilesForRole",
      ),
      write: on(
        iam(role(props)),
        "iam:CreateRole",
        "iam:TagRole",
        "iam:PutRolePolicy",
        "iam:DeleteRolePolicy",
        "iam:UpdateAssumeRolePolicy",
        "iam:DeleteRole",
      ),
    }),
    // By the role, above.
    "aws:iam/rolePolicy:RolePolicy": () => ({ read: [], write: [] }),
    "aws:iam/policy:Policy": (props) => ({
      // https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/iam/policy.go
      read: on(iam(policy(props)), "iam:GetPolicy", "iam:GetPolicyVersion"),
      write: on(
        iam(policy(props)),
        "iam:CreatePolicy",
        "iam:CreatePolicyVersion",
        "iam:DeletePolicy",
        "iam:DeletePolicyVersion",
        "iam:TagPolicy",
        "iam:UntagPolicy",
      ),
    }),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": (props) => ({
      read: [],
      write: withContext(
        on(iam(`role/${String(props.role)}`), "iam:AttachRolePolicy", "iam:DetachRolePolicy"),
        { "iam:PolicyARN": String(props.policyArn) },
      ),
    }),
    "aws:kms/alias:Alias": ({ name }, stack) => ({
      read: on("*", "kms:ListAliases"),
      write: [
        ...on(arn("kms", String(name)), "kms:CreateAlias", "kms:DeleteAlias"),
        // Of a key whose tags may not count yet.
        ...on(arn("kms", "key/1"), "kms:CreateAlias"),
        ...withContext(on(arn("kms", "key/1"), "kms:DeleteAlias"), {
          ...OWN,
          "aws:ResourceTag/Stack": stack,
        }),
      ],
    }),
    "aws:kms/key:Key": (props) => {
      const key = arn("kms", "key/1");
      const own = tags("aws:ResourceTag", props);
      /** Before and after the key's tags count, which may take five minutes. */
      const fromTheStart = (...actions: string[]) => [
        ...on(key, ...actions),
        ...withContext(on(key, ...actions), own),
      ];
      return {
        // https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/kms/key.go
        read: fromTheStart(
          "kms:DescribeKey",
          "kms:GetKeyPolicy",
          "kms:GetKeyRotationStatus",
          "kms:ListResourceTags",
        ),
        write: [
          ...withContext(on("*", "kms:CreateKey"), tags("aws:RequestTag", props)),
          ...withContext(on(key, "kms:TagResource"), tags("aws:RequestTag", props)),
          ...withContext(on(key, "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion"), own),
          ...fromTheStart(
            "kms:EnableKeyRotation",
            // Services that take the key into use as whoever makes their resource.
            "kms:CreateGrant",
            "kms:GenerateDataKey",
            "kms:Decrypt",
          ),
        ],
      };
    },
    "aws:mwaa/environment:Environment": ({ name }) => ({
      read: on(
        arn("airflow", `environment/${String(name)}`),
        "airflow:GetEnvironment",
        "airflow:ListTagsForResource",
      ),
      write: [
        ...on(
          arn("airflow", `environment/${String(name)}`),
          "airflow:CreateEnvironment",
          "airflow:UpdateEnvironment",
          "airflow:DeleteEnvironment",
        ),
        ...withContext(
          on(
            iam("role/aws-service-role/airflow.amazonaws.com/AWSServiceRoleForAmazonMWAA"),
            "iam:CreateServiceLinkedRole",
          ),
          { "iam:AWSServiceName": "airflow.amazonaws.com" },
        ),
      ],
    }),
    // internal/service/redshift/ of the provider. The secret is made and deleted by Redshift, as the caller.
    "aws:redshift/cluster:Cluster": ({ clusterIdentifier: id }) => ({
      read: on(arn("redshift", `cluster:${String(id)}`), "redshift:DescribeClusters"),
      write: [
        ...on(
          arn("redshift", `cluster:${String(id)}`),
          ...["CreateCluster", "ModifyCluster", "ModifyClusterIamRoles", "DeleteCluster"].map(
            (action) => `redshift:${action}`,
          ),
          ...["redshift:CreateTags", "redshift:DeleteTags"],
        ),
        ...on(
          arn("redshift", `snapshot:${String(id)}/${String(id)}-final`),
          "redshift:CreateClusterSnapshot",
        ),
        ...on(
          arn("secretsmanager", `secret:redshift!${String(id)}-awsuser-AbCdEf`),
          ...["secretsmanager:CreateSecret", "secretsmanager:TagResource"],
          "secretsmanager:DeleteSecret",
        ),
      ],
    }),
    "aws:redshift/logging:Logging": ({ clusterIdentifier: id }) => ({
      read: on(arn("redshift", `cluster:${String(id)}`), "redshift:DescribeLoggingStatus"),
      write: on(
        arn("redshift", `cluster:${String(id)}`),
        ...["redshift:EnableLogging", "redshift:DisableLogging"],
      ),
    }),
    "aws:redshift/parameterGroup:ParameterGroup": ({ name }) => ({
      read: [
        ...on("*", "redshift:DescribeClusterParameterGroups"),
        ...on(
          arn("redshift", `parametergroup:${String(name)}`),
          "redshift:DescribeClusterParameters",
        ),
      ],
      write: on(
        arn("redshift", `parametergroup:${String(name)}`),
        ...["Create", "Modify", "Delete"].map((verb) => `redshift:${verb}ClusterParameterGroup`),
        ...["redshift:CreateTags", "redshift:DeleteTags"],
      ),
    }),
    "aws:redshift/subnetGroup:SubnetGroup": ({ name }) => ({
      read: on("*", "redshift:DescribeClusterSubnetGroups"),
      write: on(
        arn("redshift", `subnetgroup:${String(name)}`),
        ...["Create", "Modify", "Delete"].map((verb) => `redshift:${verb}ClusterSubnetGroup`),
        ...["redshift:CreateTags", "redshift:DeleteTags"],
      ),
    }),
    "aws:redshiftserverless/namespace:Namespace": () => ({
      read: on(arn("redshift-serverless", "namespace/0-1"), "redshift-serverless:GetNamespace"),
      write: [
        ...on(
          arn("redshift-serverless", "namespace/0-1"),
          "redshift-serverless:CreateNamespace",
          "redshift-serverless:UpdateNamespace",
          "redshift-serverless:DeleteNamespace",
        ),
        ...on(
          arn("secretsmanager", "secret:redshift!mwaa-admin-AbCdEf"),
          "secretsmanager:CreateSecret",
          "secretsmanager:TagResource",
        ),
      ],
    }),
    "aws:redshiftserverless/workgroup:Workgroup": () => ({
      read: on(arn("redshift-serverless", "workgroup/0-1"), "redshift-serverless:GetWorkgroup"),
      write: on(
        arn("redshift-serverless", "workgroup/0-1"),
        "redshift-serverless:CreateWorkgroup",
        "redshift-serverless:UpdateWorkgroup",
        "redshift-serverless:DeleteWorkgroup",
      ),
    }),
    "aws:s3/bucket:Bucket": ofBucket(
      "s3:ListBucket",
      "s3:CreateBucket",
      "s3:PutBucketTagging",
      "s3:DeleteBucket",
    ),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": ofBucket(
      "s3:GetLifecycleConfiguration",
      "s3:PutLifecycleConfiguration",
    ),
    "aws:s3/bucketObjectv2:BucketObjectv2": ({ bucket: name, key }) => ({
      // https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/s3/object.go
      read: [
        ...on(`${bucket(name)}/${String(key)}`, "s3:GetObject", "s3:GetObjectTagging"),
        ...withContext(on(arn("kms", "key/2"), "kms:DescribeKey"), {
          "kms:RequestAlias": "alias/aws/s3",
        }),
      ],
      write: [
        ...on(bucket(name), "s3:ListBucketVersions"),
        ...on(
          `${bucket(name)}/${String(key)}`,
          "s3:PutObject",
          "s3:DeleteObject",
          "s3:DeleteObjectVersion",
        ),
      ],
    }),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": ofBucket(
      "s3:GetBucketOwnershipControls",
      "s3:PutBucketOwnershipControls",
    ),
    "aws:s3/bucketPolicy:BucketPolicy": ofBucket(
      "s3:GetBucketPolicy",
      "s3:PutBucketPolicy",
      "s3:DeleteBucketPolicy",
    ),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": ofBucket(
      "s3:GetBucketPublicAccessBlock",
      "s3:PutBucketPublicAccessBlock",
    ),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration":
      ofBucket("s3:GetEncryptionConfiguration", "s3:PutEncryptionConfiguration"),
    "aws:s3/bucketVersioning:BucketVersioning": ofBucket(
      "s3:GetBucketVersioning",
      "s3:PutBucketVersioning",
    ),
    "aws:sfn/stateMachine:StateMachine": named(
      "states",
      ({ name }) => `stateMachine:${String(name)}`,
      ["DescribeStateMachine", "ListTagsForResource"],
      ["CreateStateMachine", "UpdateStateMachine", "DeleteStateMachine", "TagResource"],
    ),
    "aws:sns/topic:Topic": named(
      "sns",
      ({ name }) => String(name),
      ["GetTopicAttributes", "ListTagsForResource"],
      ["CreateTopic", "SetTopicAttributes", "DeleteTopic", "TagResource"],
    ),
    "aws:sns/topicPolicy:TopicPolicy": ({ arn: topic }) => ({
      read: on(String(topic), "sns:GetTopicAttributes"),
      write: on(String(topic), "sns:SetTopicAttributes"),
    }),
    "aws:sns/topicSubscription:TopicSubscription": ({ topic }) => ({
      read: on(`${String(topic)}:0001`, "sns:GetSubscriptionAttributes"),
      write: [
        ...on(String(topic), "sns:Subscribe"),
        ...on(`${String(topic)}:0001`, "sns:Unsubscribe"),
      ],
    }),
    "aws:ssm/parameter:Parameter": ({ name }) => ({
      read: [
        ...on("*", "ssm:DescribeParameters"),
        ...on(
          arn("ssm", `parameter${String(name)}`),
          "ssm:GetParameter",
          "ssm:ListTagsForResource",
        ),
      ],
      write: on(
        arn("ssm", `parameter${String(name)}`),
        "ssm:PutParameter",
        "ssm:AddTagsToResource",
        "ssm:DeleteParameter",
      ),
    }),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": rule("Egress"),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": rule("Ingress"),
  };

/** What the provider calls for each function that the program calls with these inputs, at every preview. */
export const FUNCTIONS: Readonly<Record<string, ((inputs: Props) => Request[]) | undefined>> = {
  // It takes no permission.
  "aws:index/getCallerIdentity:getCallerIdentity": () => [],
  // These two the provider knows by itself.
  "aws:index/getPartition:getPartition": () => [],
  "aws:index/getRegion:getRegion": () => [],
  "aws:index/getAvailabilityZones:getAvailabilityZones": () =>
    on("*", "ec2:DescribeAvailabilityZones"),
  "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings": () =>
    on("*", "ec2:DescribeInstanceTypeOfferings"),
  "aws:ec2/getSubnet:getSubnet": () => on("*", "ec2:DescribeSubnets"),
  "aws:ec2/getVpc:getVpc": ({ id }) => [
    ...on("*", "ec2:DescribeVpcs", "ec2:DescribeRouteTables"),
    ...on(arn("ec2", `vpc/${String(id)}`), "ec2:DescribeVpcAttribute"),
  ],
  "aws:ec2/getNatGateway:getNatGateway": () => on("*", "ec2:DescribeNatGateways"),
  "aws:ec2/getRouteTable:getRouteTable": () => on("*", "ec2:DescribeRouteTables"),
  "aws:ec2/getRouteTables:getRouteTables": () => on("*", "ec2:DescribeRouteTables"),
  "aws:ec2/getVpcEndpoint:getVpcEndpoint": () =>
    on("*", "ec2:DescribeVpcEndpoints", "ec2:DescribePrefixLists"),
  "aws:vpc/getSecurityGroupRule:getSecurityGroupRule": () =>
    on("*", "ec2:DescribeSecurityGroupRules"),
  "aws:vpc/getSecurityGroupRules:getSecurityGroupRules": () =>
    on("*", "ec2:DescribeSecurityGroupRules"),
  "aws:ec2/getSecurityGroups:getSecurityGroups": () => on("*", "ec2:DescribeSecurityGroups"),
  "aws:ec2/getSubnets:getSubnets": () => on("*", "ec2:DescribeSubnets"),
  "aws:ec2/getVpcEndpointService:getVpcEndpointService": () =>
    on("*", "ec2:DescribeVpcEndpointServices"),
  // internal/service/redshift/cluster_data_source.go of the provider.
  "aws:redshift/getCluster:getCluster": ({ clusterIdentifier: id }) =>
    on(
      arn("redshift", `cluster:${String(id)}`),
      ...["redshift:DescribeClusters", "redshift:DescribeLoggingStatus"],
    ),
  "aws:redshiftserverless/getWorkgroup:getWorkgroup": () =>
    on(arn("redshift-serverless", "workgroup/0-1"), "redshift-serverless:GetWorkgroup"),
  "aws:resourcegroupstaggingapi/getResources:getResources": () => on("*", "tag:GetResources"),
  // The type's handler calls the others in the caller's place.
  "aws:cloudcontrol/getResource:getResource": ({ identifier }) => [
    ...on("*", "cloudformation:GetResource"),
    ...on(
      bucket(identifier),
      ...["s3:ListBucket", "s3:GetAccelerateConfiguration", "s3:GetAnalyticsConfiguration"],
      ...["s3:GetBucketCORS", "s3:GetBucketLogging", "s3:GetBucketNotification"],
      ...["s3:GetBucketObjectLockConfiguration", "s3:GetBucketOwnershipControls"],
      ...["s3:GetBucketPublicAccessBlock", "s3:GetBucketTagging", "s3:GetBucketVersioning"],
      ...["s3:GetBucketWebsite", "s3:GetEncryptionConfiguration"],
      ...["s3:GetIntelligentTieringConfiguration", "s3:GetInventoryConfiguration"],
      ...["s3:GetLifecycleConfiguration", "s3:GetMetricsConfiguration"],
      "s3:GetReplicationConfiguration",
    ),
  ],
  // HeadBucket, and GetBucketWebsite where it is there.
  "aws:s3/getBucket:getBucket": ({ bucket: name }) =>
    on(bucket(name), "s3:ListBucket", "s3:GetBucketWebsite"),
};
