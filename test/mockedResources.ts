import { awsxVpc } from "./awsxVpc";
import { ACCOUNT, REGION } from "./mockedAccount";

type Properties = Record<string, unknown>;

/** What AWS computes for a resource of these inputs. */
export type Outputs = (inputs: Properties, name: string) => Properties;

const nothing: Outputs = () => ({});
const arn =
  (service: string, resource: (inputs: Properties, name: string) => string): Outputs =>
  (inputs, name) => ({
    arn: `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource(inputs, name)}`,
  });
const named =
  (...ids: string[]): Outputs =>
  (inputs) => ({ id: ids.map((id) => String(inputs[id])).join(":") });
/** The name that is given, or one that the provider makes unique. */
const prefixed: Outputs = ({ namePrefix, name: given }, name) => {
  const prefix = typeof namePrefix === "string" ? namePrefix : `${name}-`;
  const unique = typeof given === "string" ? given : `${prefix}0001`;
  return { id: unique, name: unique };
};
/** A path of IAM's, which is `/` where none is given. */
const pathOr = (path: unknown): string => (typeof path === "string" ? path : "/");
const both =
  (...parts: Outputs[]): Outputs =>
  (inputs, name) =>
    Object.assign({}, ...parts.map((part) => part(inputs, name))) as Properties;

/** What AWS computes for each type that the program uses. */
export const RESOURCES: Readonly<Record<string, Outputs>> = {
  // Before its first update a stack has no outputs.
  "pulumi:pulumi:StackReference": () => ({ outputs: {} }),
  "awsx:ec2:Vpc": awsxVpc,
  "aws:athena/workgroup:Workgroup": named("name"),
  "aws:cloudwatch/logGroup:LogGroup": both(
    named("name"),
    arn("logs", ({ name }) => `log-group:${String(name)}`),
  ),
  "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": nothing,
  "aws:ec2/flowLog:FlowLog": nothing,
  "aws:ec2/routeTable:RouteTable": nothing,
  "aws:ec2/routeTableAssociation:RouteTableAssociation": nothing,
  "aws:ec2/securityGroup:SecurityGroup": nothing,
  "aws:ec2/subnet:Subnet": nothing,
  "aws:ec2/vpcEndpoint:VpcEndpoint": nothing,
  "aws:emr/securityConfiguration:SecurityConfiguration": prefixed,
  "aws:glue/catalogDatabase:CatalogDatabase": named("name"),
  "aws:glue/crawler:Crawler": named("name"),
  "aws:glue/job:Job": named("name"),
  "aws:glue/securityConfiguration:SecurityConfiguration": named("name"),
  "aws:iam/instanceProfile:InstanceProfile": both(named("name"), ({ name }) => ({
    arn: `arn:aws:iam::${ACCOUNT}:instance-profile/${String(name)}`,
  })),
  "aws:iam/policy:Policy": both(prefixed, (inputs, name) => ({
    arn: `arn:aws:iam::${ACCOUNT}:policy${pathOr(inputs.path)}${String(prefixed(inputs, name).name)}`,
  })),
  "aws:iam/role:Role": both(prefixed, (inputs, name) => ({
    arn: `arn:aws:iam::${ACCOUNT}:role${pathOr(inputs.path)}${String(prefixed(inputs, name).name)}`,
  })),
  "aws:iam/rolePolicy:RolePolicy": nothing,
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": nothing,
  "aws:kms/alias:Alias": named("name"),
  "aws:kms/key:Key": both(
    () => ({ keyId: "11112222-3333-4444-5555-666677778888" }),
    arn("kms", () => "key/11112222-3333-4444-5555-666677778888"),
  ),
  "aws:mwaa/environment:Environment": both(
    named("name"),
    () => ({ webserverUrl: "web.airflow.example", status: "AVAILABLE" }),
    arn("airflow", ({ name }) => `environment/${String(name)}`),
  ),
  "aws:redshift/cluster:Cluster": both(
    named("clusterIdentifier"),
    arn("redshift", ({ clusterIdentifier }) => `cluster:${String(clusterIdentifier)}`),
  ),
  "aws:redshift/logging:Logging": named("clusterIdentifier"),
  "aws:redshift/parameterGroup:ParameterGroup": named("name"),
  "aws:redshift/subnetGroup:SubnetGroup": named("name"),
  "aws:redshiftserverless/namespace:Namespace": both(
    named("namespaceName"),
    ({ namespaceName }) => ({
      adminPasswordSecretArn: `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:redshift!${String(namespaceName)}-awsuser-AbCdEf`,
    }),
  ),
  "aws:redshiftserverless/workgroup:Workgroup": both(
    named("workgroupName"),
    arn("redshift-serverless", () => "workgroup/0000-workgroup-id"),
  ),
  "aws:s3/bucket:Bucket": both(named("bucket"), ({ bucket }) => ({
    arn: `arn:aws:s3:::${String(bucket)}`,
  })),
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": named("bucket"),
  "aws:s3/bucketObjectv2:BucketObjectv2": (inputs) => ({
    id: `${String(inputs.bucket)}/${String(inputs.key)}`,
    versionId: `version-of-${String(inputs.sourceHash)}`,
  }),
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": named("bucket"),
  "aws:s3/bucketPolicy:BucketPolicy": named("bucket"),
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": named("bucket"),
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration":
    named("bucket"),
  "aws:s3/bucketVersioning:BucketVersioning": named("bucket"),
  "aws:sfn/stateMachine:StateMachine": both(
    arn("states", ({ name }) => `stateMachine:${String(name)}`),
    ({ name }) => ({ id: `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:${String(name)}` }),
  ),
  "aws:sns/topic:Topic": both(
    arn("sns", ({ name }) => String(name)),
    ({ name }) => ({ id: `arn:aws:sns:${REGION}:${ACCOUNT}:${String(name)}` }),
  ),
  "aws:sns/topicPolicy:TopicPolicy": named("arn"),
  "aws:sns/topicSubscription:TopicSubscription": nothing,
  "aws:ssm/parameter:Parameter": named("name"),
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": nothing,
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": nothing,
};
