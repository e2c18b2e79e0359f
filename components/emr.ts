import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { EmrSettings } from "../checks/emr";
import type { IamSettings } from "../checks/iam";
import { rolePrefix } from "../checks/names";
import { type Location, bucketArn, regionalArn } from "./location";
import type { NotebookSettings } from "../checks/notebook";
import { MOVIELENS_PREFIXES } from "./movielensData";
import { NOTEBOOK_PREFIXES, reviewsFolder } from "./notebookData";
import {
  type PolicyDocument,
  type Statement,
  policyDocument,
  serviceTrust,
} from "./policyDocument";
import { pathOf, rolePlace } from "./rolePlace";
import { sparkStatements } from "./sparkAccess";

/**
 * Tag that AmazonEMRServicePolicy_v2 wants to see on the cluster and on the subnets and groups that
 * it is put into.
 *
 * Source: https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-managed-iam-policies.html
 */
export const EMR_MANAGED_TAG = { "for-use-with-amazon-emr-managed-policies": "true" } as const;

/** Tag of clusters that says whose they are: the environment's tasks touch no others. */
const OWNER_TAG = "Environment";

/**
 * Minutes that EMR looks for spot instances before it takes on-demand ones in their place. The DAGs wait
 * 40 minutes for a cluster.
 */
const SPOT_TIMEOUT_MINUTES = 20;

/** Steps that run side by side: the three tables are preprocessed in parallel. */
const STEP_CONCURRENCY = 3;

/** What a cluster of notebooks has: those of the post, and Hadoop, which EMR brings with them. */
const NOTEBOOK_APPLICATIONS = ["Spark", "Hive", "Livy", "JupyterEnterpriseGateway"];

/**
 * How long Livy keeps a session, busy or not; its default of an hour would end a notebook at work. The
 * DAG gives an execution six hours.
 *
 * Source: https://github.com/apache/incubator-livy/blob/master/conf/livy.conf.template
 */
const LIVY_SESSION_TIMEOUT = "7h";

/** The Python of the jobs. EMR 7's own `python3` is 3.9. */
const PYTHON = "python3.11";

export interface EmrArgs {
  readonly location: Location;
  /** Begins the names of what is made, and marks the clusters. */
  readonly environmentName: string;
  readonly vpcId: pulumi.Input<string>;
  /**
   * Private subnets, one a zone, in one of which EMR makes a cluster; they have to carry
   * `EMR_MANAGED_TAG`.
   */
  readonly subnetIds: pulumi.Input<readonly string[]>;
  /** Group of the VPC's interface endpoints, which the nodes are admitted to. */
  readonly endpointSecurityGroupId: pulumi.Input<string>;
  /** Bucket whose `jobs/` holds the steps' scripts. */
  readonly airflowBucketName: string;
  /** Bucket of inputs, outputs and logs. */
  readonly dataBucketName: string;
  readonly emr: EmrSettings;
  readonly notebook: NotebookSettings;
  /** ARN of the key for S3, disks and logs. Default: S3's own key, and disks as the account has it. */
  readonly kmsKeyArn?: pulumi.Input<string>;
  readonly iam?: IamSettings;
  readonly tags?: Readonly<Record<string, string>>;
}

/**
 * All that EMR clusters of the pipelines need, so that EMR makes nothing by itself: roles, security
 * groups, security configuration. The clusters are made by DAGs, a cluster a run, by the request
 * that `jobFlow` holds.
 */
export class Emr extends pulumi.ComponentResource {
  /**
   * RunJobFlow's request as JSON, without `Name` and `Steps`.
   *
   * Source: https://docs.aws.amazon.com/emr/latest/APIReference/API_RunJobFlow.html
   */
  public readonly jobFlow: pulumi.Output<string>;
  /** The same for a cluster of notebooks, without `LogUri` and the subnets as well. */
  public readonly notebookJobFlow: pulumi.Output<string>;
  /** Role that EMR works as. */
  public readonly serviceRoleArn: pulumi.Output<string>;
  /** Role that steps work as. */
  public readonly ec2RoleArn: pulumi.Output<string>;
  public readonly instanceProfileName: pulumi.Output<string>;
  public readonly securityConfigurationName: pulumi.Output<string>;

  public constructor(name: string, args: EmrArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mwaa:emr:Emr", name, {}, opts);
    const ec2Role = this.ec2Role(name, args);
    const serviceRole = this.serviceRole(name, args, ec2Role.arn);
    // EMR looks for a profile by the role's name.
    // https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-iam-role-for-ec2.html
    const profile = new aws.iam.InstanceProfile(
      `${name}-ec2`,
      { name: ec2Role.name, role: ec2Role.name, ...pathOf(args.iam), tags: args.tags },
      { parent: this },
    );
    const groups = this.securityGroups(name, args);
    const security = new aws.emr.SecurityConfiguration(
      `${name}-security`,
      {
        namePrefix: `${args.environmentName}-`,
        configuration: pulumi
          .output(args.kmsKeyArn)
          .apply((kmsKeyArn) =>
            JSON.stringify(
              securityConfiguration({ kmsKeyArn, certificateObject: args.emr.certificateObject }),
            ),
          ),
      },
      { parent: this },
    );
    this.serviceRoleArn = serviceRole.arn;
    this.ec2RoleArn = ec2Role.arn;
    this.instanceProfileName = profile.name;
    this.securityConfigurationName = security.name;
    const request = pulumi
      .output({
        subnetIds: args.subnetIds,
        kmsKeyArn: args.kmsKeyArn,
        serviceRoleArn: serviceRole.arn,
        instanceProfileName: profile.name,
        securityConfigurationName: security.name,
        masterGroupId: groups.master.id,
        coreGroupId: groups.core.id,
        serviceAccessGroupId: groups.serviceAccess.id,
      })
      .apply((made) => ({ ...args, ...made }));
    this.jobFlow = request.apply((made) => JSON.stringify(jobFlow(made)));
    this.notebookJobFlow = request.apply((made) => JSON.stringify(notebookJobFlow(made)));
    this.registerOutputs({
      jobFlow: this.jobFlow,
      notebookJobFlow: this.notebookJobFlow,
      serviceRoleArn: this.serviceRoleArn,
      ec2RoleArn: this.ec2RoleArn,
      instanceProfileName: this.instanceProfileName,
      securityConfigurationName: this.securityConfigurationName,
    });
  }

  private ec2Role(name: string, args: EmrArgs): aws.iam.Role {
    const role = new aws.iam.Role(
      `${name}-ec2`,
      {
        namePrefix: rolePrefix(args.environmentName, "emr-ec2"),
        description: `EMR steps of ${args.environmentName}`,
        assumeRolePolicy: JSON.stringify(ec2Trust(args.location)),
        ...rolePlace(args.iam),
        tags: args.tags,
      },
      { parent: this },
    );
    new aws.iam.RolePolicy(
      `${name}-ec2`,
      {
        role: role.name,
        policy: pulumi.output(args.kmsKeyArn).apply((kmsKeyArn) =>
          JSON.stringify(
            ec2Policy({
              ...args,
              kmsKeyArn,
              certificateObject: args.emr.certificateObject,
            }),
          ),
        ),
      },
      { parent: this },
    );
    return role;
  }

  private serviceRole(
    name: string,
    args: EmrArgs,
    ec2RoleArn: pulumi.Output<string>,
  ): aws.iam.Role {
    const { location, environmentName } = args;
    const role = new aws.iam.Role(
      `${name}-service`,
      {
        namePrefix: rolePrefix(environmentName, "emr"),
        description: `EMR service role of ${environmentName}: makes and ends clusters`,
        assumeRolePolicy: JSON.stringify(serviceTrust(location.accountId, emrService(location))),
        ...rolePlace(args.iam),
        tags: args.tags,
      },
      { parent: this },
    );
    new aws.iam.RolePolicyAttachment(
      `${name}-service`,
      {
        role: role.name,
        policyArn: `arn:${location.partition}:iam::aws:policy/service-role/AmazonEMRServicePolicy_v2`,
      },
      { parent: this },
    );
    new aws.iam.RolePolicy(
      `${name}-service`,
      {
        role: role.name,
        policy: pulumi.all([ec2RoleArn, args.kmsKeyArn]).apply(([passed, kmsKeyArn]) =>
          JSON.stringify(
            servicePolicy({
              location,
              ec2RoleArn: passed,
              coreMarket: args.emr.coreMarket,
              kmsKeyArn,
            }),
          ),
        ),
      },
      { parent: this },
    );
    return role;
  }

  /**
   * The groups that EMR manages. It adds the inbound rules of master and core itself, and what it
   * finds missing for each cluster; only the rules below are left to whoever brings groups. None is
   * inline, or every plan would take EMR's away; and on deletion the groups' rules go first, since
   * they refer to each other.
   *
   * Source: https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-man-sec-groups.html
   */
  private securityGroups(
    name: string,
    args: EmrArgs,
  ): Record<"master" | "core" | "serviceAccess", aws.ec2.SecurityGroup> {
    const group = (suffix: string, purpose: string): aws.ec2.SecurityGroup =>
      new aws.ec2.SecurityGroup(
        `${name}-${suffix}`,
        {
          vpcId: args.vpcId,
          description: `EMR clusters of ${args.environmentName}: ${purpose}`,
          revokeRulesOnDelete: true,
          tags: {
            ...args.tags,
            ...EMR_MANAGED_TAG,
            Name: `${args.environmentName}-emr-${suffix}`,
          },
        },
        { parent: this },
      );
    const master = group("master", "primary node");
    const core = group("core", "core nodes");
    const serviceAccess = group("service-access", "cluster manager");
    for (const [suffix, node] of Object.entries({ master, core })) {
      new aws.vpc.SecurityGroupEgressRule(
        `${name}-${suffix}-outbound`,
        {
          securityGroupId: node.id,
          cidrIpv4: "0.0.0.0/0",
          ipProtocol: "-1",
          description: "Everywhere: S3, KMS, packages",
          tags: args.tags,
        },
        { parent: this },
      );
      // The endpoints' private names lead the nodes to them as well.
      new aws.vpc.SecurityGroupIngressRule(
        `${name}-endpoints-${suffix}`,
        {
          securityGroupId: args.endpointSecurityGroupId,
          referencedSecurityGroupId: node.id,
          ipProtocol: "tcp",
          fromPort: 443,
          toPort: 443,
          description: `EMR clusters: ${suffix}`,
          tags: args.tags,
        },
        { parent: this },
      );
      new aws.vpc.SecurityGroupEgressRule(
        `${name}-service-access-${suffix}`,
        {
          securityGroupId: serviceAccess.id,
          referencedSecurityGroupId: node.id,
          ipProtocol: "tcp",
          fromPort: 8443,
          toPort: 8443,
          description: `Cluster manager to ${suffix}`,
          tags: args.tags,
        },
        { parent: this },
      );
    }
    new aws.vpc.SecurityGroupIngressRule(
      `${name}-service-access-inbound`,
      {
        securityGroupId: serviceAccess.id,
        referencedSecurityGroupId: master.id,
        ipProtocol: "tcp",
        fromPort: 9443,
        toPort: 9443,
        description: "Primary node to the cluster manager",
        tags: args.tags,
      },
      { parent: this },
    );
    return { master, core, serviceAccess };
  }
}

/** What a request for a cluster is made of. */
export interface JobFlowArgs extends Pick<
  EmrArgs,
  "environmentName" | "dataBucketName" | "emr" | "tags"
> {
  readonly subnetIds: readonly string[];
  readonly serviceRoleArn: string;
  readonly instanceProfileName: string;
  readonly securityConfigurationName: string;
  readonly masterGroupId: string;
  readonly coreGroupId: string;
  readonly serviceAccessGroupId: string;
  /** ARN of the key that logs are encrypted with. Default: as the bucket has it. */
  readonly kmsKeyArn?: string;
}

/**
 * RunJobFlow's request for a cluster, without `Name` and `Steps`.
 *
 * Source: https://docs.aws.amazon.com/emr/latest/APIReference/API_RunJobFlow.html
 */
export function jobFlow(args: JobFlowArgs) {
  const { emr, kmsKeyArn } = args;
  const tags = { ...args.tags, ...EMR_MANAGED_TAG, [OWNER_TAG]: args.environmentName };
  return {
    LogUri: `s3://${args.dataBucketName}/${MOVIELENS_PREFIXES.emrLogs}`,
    ...(kmsKeyArn === undefined ? {} : { LogEncryptionKmsKeyId: kmsKeyArn }),
    ReleaseLabel: emr.releaseLabel,
    Applications: [{ Name: "Spark" }],
    Instances: {
      InstanceFleets: [primaryFleet(emr), coreFleet(emr)],
      Ec2SubnetIds: args.subnetIds,
      EmrManagedMasterSecurityGroup: args.masterGroupId,
      EmrManagedSlaveSecurityGroup: args.coreGroupId,
      ServiceAccessSecurityGroup: args.serviceAccessGroupId,
      // Steps come one by one from the DAG's tasks.
      KeepJobFlowAliveWhenNoSteps: true,
      TerminationProtected: false,
    },
    Configurations: [
      // https://docs.aws.amazon.com/emr/latest/ReleaseGuide/emr-700-release.html
      { Classification: "spark-defaults", Properties: { "spark.pyspark.python": PYTHON } },
    ],
    StepConcurrencyLevel: STEP_CONCURRENCY,
    AutoTerminationPolicy: { IdleTimeout: emr.idleTimeoutSeconds },
    SecurityConfiguration: args.securityConfigurationName,
    ServiceRole: args.serviceRoleArn,
    JobFlowRole: args.instanceProfileName,
    VisibleToAllUsers: true,
    Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
  };
}

/** The primary node. A cluster ends with it, so that it is never a spot instance. */
function primaryFleet({ masterInstanceType }: EmrSettings) {
  return {
    Name: "Primary",
    InstanceFleetType: "MASTER",
    TargetOnDemandCapacity: 1,
    InstanceTypeConfigs: [{ InstanceType: masterInstanceType }],
  };
}

/**
 * The core nodes: each counts as one towards the fleet's capacity. Without a bid a spot instance costs
 * the on-demand price at most.
 *
 * Source: https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-instance-fleet.html
 */
function coreFleet({ coreInstanceType, coreInstanceCount, coreMarket }: EmrSettings) {
  return {
    Name: "Core",
    InstanceFleetType: "CORE",
    InstanceTypeConfigs: [{ InstanceType: coreInstanceType }],
    ...(coreMarket === "ON_DEMAND"
      ? { TargetOnDemandCapacity: coreInstanceCount }
      : {
          TargetSpotCapacity: coreInstanceCount,
          LaunchSpecifications: {
            SpotSpecification: {
              TimeoutDurationMinutes: SPOT_TIMEOUT_MINUTES,
              TimeoutAction: "SWITCH_TO_ON_DEMAND",
              // From where fewest are taken away again.
              AllocationStrategy: "capacity-optimized",
            },
          },
        }),
  };
}

/**
 * RunJobFlow's request for a cluster that notebooks run on, without `Name`, `LogUri` and
 * `Instances.Ec2SubnetIds`, which are Variables of their own, as in the post.
 *
 * Source: https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-managed-notebooks-considerations.html
 */
export function notebookJobFlow(args: JobFlowArgs): Readonly<Record<string, unknown>> {
  const {
    LogUri: _,
    Instances,
    Configurations,
    StepConcurrencyLevel: __,
    ...request
  } = jobFlow(args);
  const { Ec2SubnetIds: ___, ...instances } = Instances;
  return {
    ...request,
    Applications: NOTEBOOK_APPLICATIONS.map((Name) => ({ Name })),
    Instances: instances,
    Configurations: [
      ...Configurations,
      { Classification: "hive-site", Properties: { "hive.execution.engine": "spark" } },
      {
        Classification: "livy-conf",
        Properties: { "livy.server.session.timeout": LIVY_SESSION_TIMEOUT },
      },
    ],
  };
}

/**
 * Security configuration of the clusters.
 *
 * At rest, S3 always: by the key of the stack, or by S3's own. Disks only with a key of the stack:
 * EMR takes no other than a KMS key whose policy the roles fit into, and none that AWS manages. With
 * it, EBS volumes are encrypted with the root volume, and instance stores by LUKS. In transit, when
 * there are certificates. The metadata service answers to IMDSv2 alone, and to no container.
 *
 * Source: https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-create-security-configuration.html
 */
export function securityConfiguration(args: {
  readonly kmsKeyArn?: string;
  readonly certificateObject?: string;
}): Readonly<Record<string, unknown>> {
  const { kmsKeyArn, certificateObject } = args;
  return {
    EncryptionConfiguration: {
      EnableAtRestEncryption: true,
      AtRestEncryptionConfiguration:
        kmsKeyArn === undefined
          ? { S3EncryptionConfiguration: { EncryptionMode: "SSE-S3" } }
          : {
              S3EncryptionConfiguration: { EncryptionMode: "SSE-KMS", AwsKmsKey: kmsKeyArn },
              LocalDiskEncryptionConfiguration: {
                EncryptionKeyProviderType: "AwsKms",
                AwsKmsKey: kmsKeyArn,
                EnableEbsEncryption: true,
              },
            },
      EnableInTransitEncryption: certificateObject !== undefined,
      ...(certificateObject === undefined
        ? {}
        : {
            InTransitEncryptionConfiguration: {
              TLSCertificateConfiguration: {
                CertificateProviderType: "PEM",
                S3Object: certificateObject,
              },
            },
          }),
    },
    InstanceMetadataServiceConfiguration: {
      MinimumInstanceMetadataServiceVersion: 2,
      HttpPutResponseHopLimit: 1,
    },
  };
}

/** Trust policy of the nodes' role. EC2 sends neither source account nor source ARN. */
function ec2Trust(location: Location): PolicyDocument {
  return policyDocument({
    Sid: "AssumedByEc2",
    Effect: "Allow",
    Principal: { Service: ec2Service(location) },
    Action: "sts:AssumeRole",
  });
}

/** What the steps do. */
export interface Ec2Permissions {
  readonly location: Location;
  readonly airflowBucketName: string;
  readonly dataBucketName: string;
  readonly notebook: NotebookSettings;
  /** ARN of the key for S3, disks and logs, when it is not the services' own. */
  readonly kmsKeyArn?: string;
  /** `s3://bucket/key` of the certificates. */
  readonly certificateObject?: string;
}

/**
 * Permissions of the nodes: scripts, inputs, outputs, logs, and what encryption needs.
 *
 * Source: https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-iam-role-for-ec2.html
 */
export function ec2Policy(args: Ec2Permissions): PolicyDocument {
  const { location, dataBucketName, kmsKeyArn, certificateObject } = args;
  const { raw, output, rejected, emrLogs } = MOVIELENS_PREFIXES;
  const input = reviewsFolder(dataBucketName, args.notebook.inputLocation);
  return policyDocument(
    ...sparkStatements({
      ...args,
      reads: [raw],
      readsElsewhere: input.bucket === dataBucketName ? [] : [input],
      writes: [output, rejected, NOTEBOOK_PREFIXES.reviews, NOTEBOOK_PREFIXES.results],
    }),
    {
      Sid: "WriteLogs",
      Effect: "Allow",
      Action: "s3:PutObject",
      Resource: bucketArn(location, dataBucketName, `${emrLogs}*`),
    },
    ...(certificateObject === undefined ? [] : [readCertificates(location, certificateObject)]),
    ...(kmsKeyArn === undefined ? [] : [encryptDisks(kmsKeyArn)]),
  );
}

/** Each node fetches the certificates itself. */
function readCertificates(location: Location, certificateObject: string): Statement {
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(certificateObject) ?? [];
  return {
    Sid: "ReadCertificates",
    Effect: "Allow",
    Action: "s3:GetObject",
    Resource: bucketArn(location, bucket, key),
  };
}

/**
 * A node encrypts its instance stores itself, and so calls KMS through no other service.
 *
 * Source: https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-encryption-enable.html
 */
function encryptDisks(kmsKeyArn: string): Statement {
  return {
    Sid: "EncryptDisks",
    Effect: "Allow",
    Action: [
      "kms:Decrypt",
      "kms:DescribeKey",
      "kms:Encrypt",
      "kms:GenerateDataKey",
      "kms:GenerateDataKeyWithoutPlaintext",
      "kms:ReEncryptFrom",
      "kms:ReEncryptTo",
    ],
    Resource: kmsKeyArn,
  };
}

/** What the service role does beside AmazonEMRServicePolicy_v2. */
export interface ServicePermissions {
  readonly location: Location;
  readonly ec2RoleArn: string;
  readonly coreMarket: EmrSettings["coreMarket"];
  readonly kmsKeyArn?: string;
}

/**
 * Permissions of the service role beside the managed policy, which passes only the account's default
 * role to nodes.
 *
 * Source: https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-iam-role.html
 */
export function servicePolicy(args: ServicePermissions): PolicyDocument {
  const { location, ec2RoleArn, coreMarket, kmsKeyArn } = args;
  return policyDocument(
    passRole("PassRoleToNodes", ec2RoleArn, ec2Service(location)),
    ...(coreMarket === "SPOT" ? [serviceLinkedRole(location, "spot", "EC2Spot")] : []),
    ...(kmsKeyArn === undefined ? [] : encryptVolumes(kmsKeyArn)),
  );
}

/**
 * EC2 encrypts the volumes for whoever starts the instance: EMR, as its service role.
 *
 * Source: https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption-requirements.html
 */
function encryptVolumes(kmsKeyArn: string): Statement[] {
  return [
    {
      Sid: "EncryptVolumes",
      Effect: "Allow",
      Action: [
        "kms:Decrypt",
        "kms:DescribeKey",
        "kms:GenerateDataKeyWithoutPlaintext",
        "kms:ReEncryptFrom",
        "kms:ReEncryptTo",
      ],
      Resource: kmsKeyArn,
    },
    {
      Sid: "LendKeyToVolumes",
      Effect: "Allow",
      Action: "kms:CreateGrant",
      Resource: kmsKeyArn,
      Condition: { Bool: { "kms:GrantIsForAWSResource": "true" } },
    },
  ];
}

/** What tasks that make and use clusters need. */
export interface EmrCallerPermissions {
  readonly location: Location;
  readonly environmentName: string;
  readonly serviceRoleArn: string;
  readonly ec2RoleArn: string;
}

/**
 * Statements for tasks: make clusters of the environment's own, run steps on them, end them.
 *
 * Sources: https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-fine-grained-cluster-access.html
 * and https://docs.aws.amazon.com/emr/latest/ManagementGuide/using-service-linked-roles-cleanup.html
 */
export function emrStatements(args: EmrCallerPermissions): Statement[] {
  const { location, environmentName } = args;
  const clusters = regionalArn(location, "elasticmapreduce", "cluster/*");
  return [
    {
      Sid: "MakeClusters",
      Effect: "Allow",
      Action: "elasticmapreduce:RunJobFlow",
      // The action takes no resource: the cluster has no ARN yet.
      Resource: "*",
      Condition: { StringEquals: requestTags(environmentName) },
    },
    {
      // RunJobFlow wants it where a request has tags.
      Sid: "TagClusters",
      Effect: "Allow",
      Action: "elasticmapreduce:AddTags",
      Resource: clusters,
      Condition: { StringEquals: requestTags(environmentName) },
    },
    {
      // RunJobFlow wants it where a request has such a policy. The cluster has no tags then; one of
      // another owner has.
      // https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-auto-termination-policy.html
      Sid: "EndIdleClusters",
      Effect: "Allow",
      Action: "elasticmapreduce:PutAutoTerminationPolicy",
      Resource: clusters,
      Condition: {
        StringEqualsIfExists: { [`elasticmapreduce:ResourceTag/${OWNER_TAG}`]: environmentName },
      },
    },
    {
      Sid: "UseClusters",
      Effect: "Allow",
      Action: [
        "elasticmapreduce:AddJobFlowSteps",
        "elasticmapreduce:CancelSteps",
        "elasticmapreduce:DescribeCluster",
        "elasticmapreduce:ListSteps",
        "elasticmapreduce:TerminateJobFlows",
      ],
      Resource: clusters,
      Condition: {
        StringEquals: { [`elasticmapreduce:ResourceTag/${OWNER_TAG}`]: environmentName },
      },
    },
    {
      Sid: "FindClusters",
      Effect: "Allow",
      Action: "elasticmapreduce:ListClusters",
      // The action takes no resource.
      Resource: "*",
    },
    passRole("PassEmrServiceRole", args.serviceRoleArn, emrService(location)),
    passRole("PassEmrEc2Role", args.ec2RoleArn, ec2Service(location)),
    serviceLinkedRole(location, "elasticmapreduce", "EMRCleanup"),
  ];
}

function requestTags(environmentName: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries({ ...EMR_MANAGED_TAG, [OWNER_TAG]: environmentName }).map(([key, value]) => [
      `aws:RequestTag/${key}`,
      value,
    ]),
  );
}

function passRole(sid: string, roleArn: string, service: string): Statement {
  return {
    Sid: sid,
    Effect: "Allow",
    Action: "iam:PassRole",
    Resource: roleArn,
    Condition: { StringEquals: { "iam:PassedToService": service } },
  };
}

/** The first cluster of an account makes the service's own role, by the caller's leave. */
function serviceLinkedRole(location: Location, service: string, suffix: string): Statement {
  const principal = `${service}.${location.dnsSuffix}`;
  return {
    Sid: `MakeRoleOf${suffix}`,
    Effect: "Allow",
    Action: "iam:CreateServiceLinkedRole",
    Resource:
      `arn:${location.partition}:iam::${location.accountId}:role/aws-service-role/` +
      `${principal}/AWSServiceRoleFor${suffix}`,
    Condition: { StringEquals: { "iam:AWSServiceName": principal } },
  };
}

/** EMR and EC2 have a principal of their own in China. */
function emrService({ dnsSuffix }: Location): string {
  return `elasticmapreduce.${dnsSuffix}`;
}

function ec2Service({ dnsSuffix }: Location): string {
  return `ec2.${dnsSuffix}`;
}
