import { Mutant, RecordedResource, find, without } from "../mutant";
import { add } from "../synthetic";

const ENVIRONMENT = "aws:mwaa/environment:Environment";
const EGRESS_RULE = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule";
const NAME = "airflow-environment";

const environment = (resources: RecordedResource[]) => find(resources, ENVIRONMENT).props;
const logging = (resources: RecordedResource[]) =>
  environment(resources).loggingConfiguration as Record<
    string,
    { enabled: boolean; logLevel?: string }
  >;
const set =
  (changes: Record<string, unknown>) =>
  (resources: RecordedResource[]): void => {
    Object.assign(environment(resources), changes);
  };

export const mutants: readonly Mutant[] = [
  {
    rule: "mwaa-task-logs",
    what: "task logs at ERROR",
    mutate: (resources) => {
      logging(resources).taskLogs.logLevel = "ERROR";
    },
    resource: NAME,
  },
  {
    rule: "mwaa-all-logs",
    what: "scheduler logs off",
    mutate: (resources) => {
      logging(resources).schedulerLogs = { enabled: false };
    },
    resource: NAME,
  },
  {
    rule: "mwaa-class-and-workers",
    what: "more workers at least than at most",
    mutate: set({ minWorkers: 9, maxWorkers: 5 }),
    resource: NAME,
  },
  {
    rule: "mwaa-supported-version",
    what: "a version that is gone",
    mutate: set({ airflowVersion: "1.10.12" }),
    resource: NAME,
  },
  {
    rule: "mwaa-pinned-object-versions",
    what: "requirements without a version",
    mutate: set({ requirementsS3ObjectVersion: undefined }),
    resource: NAME,
  },
  {
    rule: "mwaa-private-webserver",
    what: "a public web server",
    mutate: set({ webserverAccessMode: "PUBLIC_ONLY" }),
    resource: NAME,
  },
  { rule: "mwaa-own-key", what: "no key", mutate: set({ kmsKey: undefined }), resource: NAME },
  {
    rule: "mwaa-maintenance-window",
    what: "no maintenance window",
    mutate: set({ weeklyMaintenanceWindowStart: undefined }),
    resource: NAME,
  },
  {
    rule: "mwaa-log-groups",
    what: "no group for the task logs",
    mutate: (resources) => without(resources, "aws:cloudwatch/logGroup:LogGroup", "airflow-task"),
    resource: NAME,
  },
  {
    rule: "mwaa-security-group-self",
    what: "no rule for the group's own members",
    mutate: (resources) =>
      without(
        resources,
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        "network-environment-inbound",
      ),
    resource: NAME,
  },
  {
    rule: "mwaa-source-bucket-protected",
    what: "no public access block on the environment's bucket",
    mutate: (resources) =>
      without(
        resources,
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        "airflow-public-access-block",
      ),
    resource: NAME,
    // Every bucket of a stack wants one.
    alsoBreaks: ["s3-public-access-block"],
  },
  {
    rule: "mwaa-execution-role-trust",
    what: "only one of Airflow's principals trusted",
    mutate: (resources) => {
      const { props } = find(resources, "aws:iam/role:Role", "execution-role");
      props.assumeRolePolicy = (props.assumeRolePolicy as string).replace(
        '"airflow.amazonaws.com",',
        "",
      );
    },
    resource: "execution-role",
  },
  {
    rule: "mwaa-key-admits-logs",
    what: "a key that CloudWatch Logs may not use",
    mutate: (resources) => {
      const { props } = find(resources, "aws:kms/key:Key");
      props.policy = (props.policy as string).replaceAll("logs.us-east-1", "sns.us-east-1");
    },
    resource: "key-key",
  },
  {
    rule: "mwaa-two-private-subnets",
    what: "both subnets in one zone",
    mutate: (resources) => {
      const zone = find(resources, "aws:ec2/subnet:Subnet", "network-private-1").props;
      Object.assign(find(resources, "aws:ec2/subnet:Subnet", "network-private-2").props, {
        availabilityZone: zone.availabilityZone,
      });
    },
    resource: NAME,
    // The second NAT gateway stays where it was.
    alsoBreaks: ["stack-nat-in-own-zone"],
  },
  {
    rule: "mwaa-security-group-egress",
    what: "a group that lets nothing out",
    mutate: (resources) => without(resources, EGRESS_RULE, "network-environment-outbound"),
    resource: NAME,
  },
  {
    rule: "mwaa-security-group-egress",
    what: "a group that lets out HTTPS only, and not to the database",
    mutate: (resources) => {
      Object.assign(find(resources, EGRESS_RULE, "network-environment-outbound").props, {
        ipProtocol: "tcp",
        fromPort: 443,
        toPort: 443,
      });
    },
    resource: NAME,
  },
  {
    rule: "mwaa-network-acl",
    what: "a network ACL of its own without rules",
    mutate: (resources) => {
      const subnet = find(resources, "aws:ec2/subnet:Subnet", "network-private-1");
      add(
        resources,
        "aws:ec2/networkAcl:NetworkAcl",
        "closed",
        { id: "acl-1", vpcId: subnet.props.vpcId, subnetIds: [subnet.props.id] },
        { subnetIds: [`${subnet.type}::${subnet.name}`], vpcId: ["aws:ec2/vpc:Vpc::network"] },
      );
    },
    resource: "network-private-1",
  },
];
