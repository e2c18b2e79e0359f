import { Mutant, RecordedResource, find, without } from "../mutant";

const ROUTE = "aws:ec2/route:Route";
const ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation";
const NAT_GATEWAY = "aws:ec2/natGateway:NatGateway";
const VPC_ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint";
const GROUP = "aws:ec2/securityGroup:SecurityGroup";
const LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup";
const BUCKET = "aws:s3/bucket:Bucket";
const ROLE = "aws:iam/role:Role";
const KEY = "aws:kms/key:Key";
const NAMESPACE = "aws:redshiftserverless/namespace:Namespace";

type Properties = Record<string, unknown>;

/** Takes a property, and what it was computed from, over from another resource of the type. */
function copy(property: string, from: RecordedResource, to: RecordedResource): void {
  to.props[property] = from.props[property];
  to.propertyDependencies[property] = from.propertyDependencies[property];
}

function unprotected(type: string, name: string): Mutant["mutate"] {
  return (resources) => {
    find(resources, type, name).protect = false;
  };
}

/** Breaking changes to a shipped stack that only show in its resources together. */
export const mutants: readonly Mutant[] = [
  {
    rule: "stack-route-to-aws",
    what: "a private subnet has no route out",
    mutate: (resources) => without(resources, ROUTE, "network-private-2"),
    resource: "network-private-2",
  },
  {
    rule: "stack-route-to-aws",
    what: "a NAT gateway's subnet has no route to the internet",
    mutate: (resources) => without(resources, ROUTE, "network-public-1"),
    resource: "network-private-1",
  },
  {
    rule: "stack-route-to-aws",
    what: "a private subnet leads straight to the internet gateway",
    stack: "dev",
    mutate: (resources) => {
      const route = find(resources, ROUTE, "network-private-1");
      delete route.props.natGatewayId;
      delete route.propertyDependencies.natGatewayId;
      copy("gatewayId", find(resources, ROUTE, "network-public-1"), route);
    },
    resource: "network-private-1",
    // Such a route is what makes a subnet a public one.
    alsoBreaks: ["mwaa-two-private-subnets"],
  },
  {
    rule: "stack-route-to-aws",
    what: "a NAT gateway is a private one",
    mutate: (resources) => {
      find(resources, NAT_GATEWAY, "network-2").props.connectivityType = "private";
    },
    resource: "network-private-2",
  },
  {
    rule: "stack-nat-in-own-zone",
    what: "both zones leave by the NAT gateway of the first",
    mutate: (resources) =>
      copy(
        "natGatewayId",
        find(resources, ROUTE, "network-private-1"),
        find(resources, ROUTE, "network-private-2"),
      ),
    resource: "network-private-2",
  },
  {
    rule: "stack-subnets-have-routes",
    what: "a private subnet is not associated with its route table",
    mutate: (resources) => without(resources, ASSOCIATION, "network-private-1"),
    resource: "network-private-1",
    // The VPC's main table leads nowhere.
    alsoBreaks: ["stack-route-to-aws"],
  },
  {
    rule: "stack-endpoint-admits-environment",
    what: "the endpoint of EMR has a group that admits nobody",
    mutate: (resources) => {
      const endpoint = find(resources, VPC_ENDPOINT, "network-emr");
      const closed = find(resources, GROUP, "redshift-closed");
      const isPlanned = typeof closed.props.id !== "string" || !closed.props.id.startsWith("sg-");
      if (!isPlanned) {
        endpoint.props.securityGroupIds = [closed.props.id];
      }
      endpoint.propertyDependencies.securityGroupIds = [`${GROUP}::redshift-closed`];
    },
    resource: "network-emr",
  },
  {
    rule: "stack-endpoint-dns-unique",
    what: "a second endpoint of EMR wants the same name",
    mutate: (resources) => {
      const endpoint = find(resources, VPC_ENDPOINT, "network-emr");
      resources.push({ ...structuredClone(endpoint), name: "network-emr-again" });
    },
    resource: "network-emr-again",
  },
  {
    rule: "stack-log-groups-exist",
    what: "the flow log's group is not there",
    mutate: (resources) => without(resources, LOG_GROUP, "network-flow-logs"),
    resource: "network-flow-logs",
  },
  {
    rule: "stack-log-groups-exist",
    what: "the group of a Redshift audit log is not there",
    mutate: (resources) => without(resources, LOG_GROUP, "redshift-userlog"),
    resource: "redshift-namespace",
  },
  {
    rule: "stack-log-groups-exist",
    what: "the group of a Redshift audit log has another name",
    mutate: (resources) => {
      const group = find(resources, LOG_GROUP, "redshift-connectionlog");
      group.props.name = `${String(group.props.name)}s`;
    },
    resource: "redshift-namespace",
  },
  {
    rule: "stack-required-tags",
    what: "a bucket has no tag that says whose it is",
    mutate: (resources) => {
      const { props } = find(resources, BUCKET, "data-bucket");
      delete (props.tags as Properties).Project;
      delete (props.tagsAll as Properties).Project;
    },
    resource: "data-bucket",
  },
  {
    rule: "stack-required-tags",
    what: "a NAT gateway, which costs by the hour, has no tags",
    mutate: (resources) => {
      const { props } = find(resources, NAT_GATEWAY, "network-1");
      props.tags = {};
      props.tagsAll = {};
    },
    resource: "network-1",
  },
  {
    rule: "stack-protect-matches-destroy",
    what: "a bucket of production is not protected",
    mutate: unprotected(BUCKET, "data-bucket"),
    resource: "data-bucket",
  },
  {
    rule: "stack-protect-matches-destroy",
    what: "the key of production is not protected",
    mutate: unprotected(KEY, "key-key"),
    resource: "key-key",
  },
  {
    rule: "stack-protect-matches-destroy",
    what: "the warehouse of production is not protected",
    mutate: unprotected(NAMESPACE, "redshift-namespace"),
    resource: "redshift-namespace",
  },
  {
    rule: "stack-protect-matches-destroy",
    what: "a protected bucket is to be destroyed with its objects",
    mutate: (resources) => {
      find(resources, BUCKET, "airflow-bucket").props.forceDestroy = true;
    },
    resource: "airflow-bucket",
  },
  {
    rule: "stack-protect-matches-destroy",
    what: "a bucket of dev, which is to be destroyed, is protected",
    stack: "dev",
    mutate: (resources) => {
      find(resources, BUCKET, "data-bucket").protect = true;
    },
    resource: "data-bucket",
  },
  {
    rule: "stack-names-unique",
    what: "two log groups of one name",
    mutate: (resources) => {
      const group = find(resources, LOG_GROUP, "airflow-worker");
      resources.push({ ...group, name: "mutant" });
    },
    resource: "mutant",
  },
  {
    rule: "stack-no-foreign-accounts",
    what: "a role that another account may assume",
    mutate: (resources) => {
      const { props } = find(resources, ROLE, "redshift-copy-role");
      const document = JSON.parse(props.assumeRolePolicy as string) as { Statement: object[] };
      document.Statement.push({
        Effect: "Allow",
        Principal: { AWS: "arn:aws:iam::210987654321:root" },
        Action: "sts:AssumeRole",
        Condition: { StringEquals: { "sts:ExternalId": "reader" } },
      });
      props.assumeRolePolicy = JSON.stringify(document);
    },
    resource: "redshift-copy-role",
  },
];
