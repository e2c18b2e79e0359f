import { Mutant, RecordedResource, find } from "../mutant";
import { add } from "../synthetic";

const NAMESPACE = "aws:redshiftserverless/namespace:Namespace";
const SUBNET = "aws:ec2/subnet:Subnet";
const WORKGROUP = "aws:redshiftserverless/workgroup:Workgroup";
const CLUSTER = "aws:redshift/cluster:Cluster";
const LOGGING = "aws:redshift/logging:Logging";
const PARAMETERS = "aws:redshift/parameterGroup:ParameterGroup";

type Properties = Record<string, unknown>;

/** A change to the namespace of a shipped stack. */
function namespace(rule: string, what: string, changes: Properties): Mutant {
  return {
    rule,
    what,
    mutate: (resources) => void Object.assign(find(resources, NAMESPACE).props, changes),
    resource: "redshift-namespace",
  };
}

/** A change to the workgroup of a shipped stack. */
function workgroup(rule: string, what: string, changes: Properties): Mutant {
  return {
    rule,
    what,
    mutate: (resources) => void Object.assign(find(resources, WORKGROUP).props, changes),
    resource: "redshift-workgroup",
  };
}

/** Another workgroup, like the stack's, which breaks this advisory rule as it is. */
function secondWorkgroup(rule: string, what: string, changes: Properties): Mutant {
  const name = "second-workgroup";
  return {
    rule,
    what,
    mutate: (resources) => {
      const like = find(resources, WORKGROUP);
      return [
        ...resources,
        { ...like, name, props: { ...like.props, id: name, workgroupName: name, ...changes } },
      ];
    },
    resource: name,
  };
}

/** A provisioned cluster with all that belongs to it, beside the stack's workgroup, and what is wrong with it. */
function cluster(
  rule: string,
  what: string,
  changes: Properties,
  { parameters = {}, isLogged = true, resource = "mutant-cluster" } = {},
): Mutant {
  return {
    rule,
    what,
    mutate: (resources: RecordedResource[]) => {
      const settings = {
        require_ssl: "true",
        enable_user_activity_logging: "true",
        ...parameters,
      };
      add(resources, PARAMETERS, "mutant-parameters", {
        name: "mutant",
        family: "redshift-1.0",
        parameters: Object.entries(settings).map(([name, value]) => ({ name, value })),
      });
      const added = add(resources, CLUSTER, "mutant-cluster", {
        clusterIdentifier: "mutant",
        clusterParameterGroupName: "mutant",
        clusterSubnetGroupName: "mutant",
        databaseName: "movies",
        masterUsername: "loader",
        manageMasterPassword: true,
        encrypted: "true",
        kmsKeyId: "arn:aws:kms:us-east-1:123456789012:key/mutant",
        publiclyAccessible: false,
        enhancedVpcRouting: true,
        allowVersionUpgrade: true,
        automatedSnapshotRetentionPeriod: 7,
        skipFinalSnapshot: false,
        ...changes,
      });
      added.protect = true;
      if (isLogged) {
        add(resources, LOGGING, "mutant-logging", {
          clusterIdentifier: "mutant",
          logDestinationType: "s3",
          bucketName: "mutant",
        });
      }
    },
    resource,
  };
}

/** Breaking changes to the warehouse of a shipped stack. */
export const mutants: readonly Mutant[] = [
  workgroup("redshiftserverless-not-public", "a public workgroup", { publiclyAccessible: true }),
  workgroup("redshiftserverless-require-ssl", "a workgroup with an element of nothing", {
    configParameters: [null, { parameterKey: "require_ssl", parameterValue: "off" }],
  }),
  workgroup("redshiftserverless-require-ssl", "a workgroup that takes plain connections", {
    configParameters: [{ parameterKey: "require_ssl", parameterValue: "false" }],
  }),
  secondWorkgroup(
    "redshiftserverless-enhanced-vpc-routing",
    "a workgroup that copies past the VPC",
    { enhancedVpcRouting: false },
  ),
  workgroup("redshiftserverless-max-capacity", "a workgroup without a greatest capacity", {
    maxCapacity: undefined,
  }),
  {
    rule: "redshiftserverless-subnets",
    what: "a workgroup in one subnet",
    mutate: (resources) => {
      const { props, propertyDependencies } = find(resources, WORKGROUP);
      props.subnetIds = (props.subnetIds as unknown[]).slice(0, 1);
      propertyDependencies.subnetIds = propertyDependencies.subnetIds.slice(0, 1);
    },
    resource: "redshift-workgroup",
  },
  {
    rule: "redshiftserverless-subnets",
    what: "a workgroup whose subnets are all in one zone",
    mutate: (resources) => {
      for (const number of [1, 2, 3]) {
        const { props } = find(resources, SUBNET, `redshift-isolated-${number}`);
        props.availabilityZone = "us-east-1a";
      }
    },
    resource: "redshift-workgroup",
  },
  namespace("redshiftserverless-managed-password", "a password of the program's own", {
    manageAdminPassword: undefined,
    adminUserPassword: "Mutant-0",
  }),
  namespace("redshiftserverless-audit-logs", "a namespace that does not log what is queried", {
    logExports: ["connectionlog", "userlog"],
  }),
  namespace("redshiftserverless-own-key", "a namespace without a key", { kmsKeyId: undefined }),
  namespace("redshiftserverless-admin-name", "an administrator of the default name", {
    adminUsername: "admin",
  }),
  {
    rule: "redshiftserverless-default-role-listed",
    what: "a namespace without the role that is its default",
    mutate: (resources) => {
      const { props, propertyDependencies } = find(resources, NAMESPACE);
      props.iamRoles = [];
      delete propertyDependencies.iamRoles;
    },
    resource: "redshift-namespace",
  },
  cluster("redshift-encrypted", "a cluster that is not encrypted", { encrypted: "false" }),
  cluster("redshift-own-key", "a cluster without a key", { kmsKeyId: undefined }),
  cluster("redshift-not-public", "a public cluster", { publiclyAccessible: true }),
  cluster("redshift-in-vpc", "a cluster in the default VPC", { clusterSubnetGroupName: undefined }),
  cluster("redshift-logging", "a cluster without audit logs", {}, { isLogged: false }),
  cluster(
    "redshift-user-activity-logging",
    "a cluster that does not log what is queried",
    {},
    { parameters: { enable_user_activity_logging: "false" }, resource: "mutant-parameters" },
  ),
  cluster(
    "redshift-require-ssl",
    "a cluster that takes plain connections",
    {},
    { parameters: { require_ssl: "false" }, resource: "mutant-parameters" },
  ),
  cluster("redshift-snapshots", "a cluster whose snapshots go after a day", {
    automatedSnapshotRetentionPeriod: 1,
  }),
  cluster("redshift-version-upgrade", "a cluster that stays at its version", {
    allowVersionUpgrade: false,
  }),
  cluster("redshift-enhanced-vpc-routing", "a cluster that copies past the VPC", {
    enhancedVpcRouting: false,
  }),
  cluster("redshift-not-default-name", "a cluster with the default administrator", {
    masterUsername: "awsuser",
  }),
  cluster("redshift-managed-password", "a password of the program's own", {
    manageMasterPassword: undefined,
    masterPassword: "Mutant-0",
  }),
];
