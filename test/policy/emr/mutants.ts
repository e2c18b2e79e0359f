import { Mutant, RecordedResource, find } from "../mutant";
import { add } from "../synthetic";

const CLUSTER = "aws:emr/cluster:Cluster";
const SECURITY = "aws:emr/securityConfiguration:SecurityConfiguration";
const STUDIO = "aws:emr/studio:Studio";
const BLOCK = "aws:emr/blockPublicAccessConfiguration:BlockPublicAccessConfiguration";
const SUBNET = "aws:ec2/subnet:Subnet";
const GROUP = "aws:ec2/securityGroup:SecurityGroup";
/** A group of the stack that admits nothing. */
const CLOSED = "redshift-closed";

type Properties = Record<string, unknown>;

/** The part of a security configuration that is changed here. */
interface Encryption {
  EnableAtRestEncryption: boolean;
  AtRestEncryptionConfiguration: {
    LocalDiskEncryptionConfiguration: Properties;
    S3EncryptionConfiguration: Properties;
  };
}

/** A cluster in an isolated subnet beside what the stack has, and what is wrong with it. */
function cluster(rule: string, what: string, changes: Properties): Mutant {
  return {
    rule,
    what,
    mutate: (resources) => void addCluster(resources, "redshift-isolated-1", changes),
    resource: "mutant-cluster",
  };
}

function addCluster(
  resources: RecordedResource[],
  subnetName: string,
  changes: Properties,
): RecordedResource {
  const group = find(resources, GROUP, CLOSED).props.id;
  return add(
    resources,
    CLUSTER,
    "mutant-cluster",
    {
      releaseLabel: "emr-7.13.0",
      serviceRole: "mutant-emr",
      securityConfiguration: "mutant",
      logUri: "s3://mutant/emr/",
      autoTerminationPolicy: { idleTimeout: 3600 },
      kerberosAttributes: { realm: "EC2.INTERNAL" },
      ec2Attributes: {
        instanceProfile: "mutant-ec2",
        subnetId: find(resources, SUBNET, subnetName).props.id,
        emrManagedMasterSecurityGroup: group,
        emrManagedSlaveSecurityGroup: group,
      },
      ...changes,
    },
    { ec2Attributes: [`${SUBNET}::${subnetName}`, `${GROUP}::${CLOSED}`] },
  );
}

/** A change to the encryption of the shipped security configuration. */
function security(rule: string, what: string, change: (encryption: Encryption) => void): Mutant {
  return {
    rule,
    what,
    mutate: (resources) => {
      const { props } = find(resources, SECURITY, "emr-security");
      const configuration = props.configuration as string;
      if (!configuration.startsWith("{")) {
        // Not known yet, since the key is not; the rule has to say so.
        return;
      }
      const { EncryptionConfiguration: encryption, ...others } = JSON.parse(configuration) as {
        EncryptionConfiguration: Encryption;
      };
      change(encryption);
      props.configuration = JSON.stringify({ ...others, EncryptionConfiguration: encryption });
    },
    resource: "emr-security",
  };
}

/**
 * Breaking changes to the shipped security configuration, and to clusters, the account's block and a studio, which
 * no shipped stack has: its clusters are made by DAGs.
 */
export const mutants: readonly Mutant[] = [
  cluster("emr-security-configuration", "a cluster that encrypts nothing", {
    securityConfiguration: undefined,
  }),
  cluster("emr-logging", "a cluster whose logs go with it", { logUri: undefined }),
  cluster("emr-auto-termination", "a cluster that never ends", {
    autoTerminationPolicy: undefined,
  }),
  cluster("emr-release", "a cluster of an old release", { releaseLabel: "emr-5.36.0" }),
  cluster("emr-instance-profile", "a cluster with the account's default role", {
    serviceRole: "EMR_DefaultRole",
  }),
  cluster("emr-kerberos", "a cluster that believes any user", { kerberosAttributes: undefined }),
  {
    rule: "emr-no-public-master",
    what: "a cluster in a public subnet",
    mutate: (resources) => void addCluster(resources, publicSubnet(resources), {}),
    resource: "mutant-cluster",
  },
  {
    rule: "emr-no-open-groups",
    what: "a cluster that takes the account's groups",
    mutate: (resources) => {
      const attributes = addCluster(resources, "redshift-isolated-1", {}).props
        .ec2Attributes as Properties;
      delete attributes.emrManagedMasterSecurityGroup;
    },
    resource: "mutant-cluster",
  },
  {
    rule: "emr-no-open-groups",
    what: "a cluster whose group admits the internet",
    mutate: (resources) => {
      addCluster(resources, "redshift-isolated-1", {});
      find(resources, GROUP, CLOSED).props.ingress = [
        {
          protocol: "tcp",
          fromPort: 8998,
          toPort: 8998,
          cidrBlocks: ["0.0.0.0/0"],
          description: "A mutant",
        },
      ];
    },
    resource: CLOSED,
    // The same rule is refused on any group.
    alsoBreaks: ["network-no-open-ingress"],
  },
  security(
    "emr-encryption-at-rest",
    "a security configuration that leaves data as it is",
    (encryption) => {
      encryption.EnableAtRestEncryption = false;
    },
  ),
  security(
    "emr-encryption-at-rest",
    "a security configuration with a mode that EMR does not know",
    ({ AtRestEncryptionConfiguration: { S3EncryptionConfiguration: objects } }) => {
      objects.EncryptionMode = "AwsS3";
    },
  ),
  security(
    "emr-ebs-encryption",
    "a security configuration that leaves root volumes as they are",
    ({ AtRestEncryptionConfiguration: { LocalDiskEncryptionConfiguration: disks } }) => {
      disks.EnableEbsEncryption = false;
    },
  ),
  {
    // Without a certificate in a setting every stack has this one, so that a second is what is refused.
    rule: "emr-encryption-in-transit",
    what: "a security configuration that leaves shuffles as they are",
    mutate: (resources) => {
      const { props } = find(resources, SECURITY, "emr-security");
      add(resources, SECURITY, "mutant-security", { configuration: props.configuration });
    },
    resource: "mutant-security",
  },
  {
    rule: "emr-block-public-access",
    what: "an account that lets clusters be open",
    mutate: (resources) =>
      void add(resources, BLOCK, "mutant-block", { blockPublicSecurityGroupRules: false }),
    resource: "mutant-block",
  },
  {
    rule: "emr-studio-own-key",
    what: "a studio without a key",
    mutate: (resources) => void add(resources, STUDIO, "mutant-studio", { authMode: "IAM" }),
    resource: "mutant-studio",
  },
];

/** Name of a subnet of the stack that leads to the internet. */
function publicSubnet(resources: readonly RecordedResource[]): string {
  const found = resources.find(
    ({ type, props }) => type === SUBNET && props.mapPublicIpOnLaunch === true,
  );
  if (found === undefined) {
    throw new Error("The stack has no public subnet.");
  }
  return found.name;
}
