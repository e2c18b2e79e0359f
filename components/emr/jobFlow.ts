import type { EmrSettings } from "../../checks/emr";

/**
 * Tag that AmazonEMRServicePolicy_v2 wants to see on the cluster and on the subnets and groups that
 * it is put into.
 *
 * Source: https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-managed-iam-policies.html
 */
export const EMR_MANAGED_TAG = { "for-use-with-amazon-emr-managed-policies": "true" } as const;

/** Tag of clusters that says whose they are: the environment's tasks touch no others. */
export const OWNER_TAG = "Environment";

/**
 * Minutes that EMR looks for spot instances before it takes on-demand ones in their place. The DAGs wait
 * 40 minutes for a cluster.
 */
const SPOT_TIMEOUT_MINUTES = 20;

/** Prefix of the clusters' logs in the data bucket. */
export const EMR_LOGS_PREFIX = "emr-logs/";

/** The Python of the jobs. EMR 7's own `python3` is 3.9. */
const PYTHON = "python3.11";

/** What a request for a cluster is made of. */
export interface JobFlowArgs {
  readonly environmentName: string;
  readonly dataBucketName: string;
  readonly emr: EmrSettings;
  readonly tags?: Readonly<Record<string, string>>;
  readonly subnetIds: readonly string[];
  readonly serviceRoleArn: string;
  readonly instanceProfileName: string;
  readonly securityConfigurationName: string;
  readonly masterGroupId: string;
  readonly coreGroupId: string;
  readonly serviceAccessGroupId: string;
  /** ARN of the key that logs are encrypted with. Default: as the bucket has it. */
  readonly kmsKeyArn?: string;
  /** Steps that run side by side. Default: EMR's own, one. */
  readonly stepConcurrency?: number;
}

/**
 * RunJobFlow's request for a cluster, without `Name` and `Steps`.
 *
 * Source: https://docs.aws.amazon.com/emr/latest/APIReference/API_RunJobFlow.html
 */
export function jobFlow(args: JobFlowArgs) {
  const { emr, kmsKeyArn, stepConcurrency } = args;
  const tags = { ...args.tags, ...EMR_MANAGED_TAG, [OWNER_TAG]: args.environmentName };
  return {
    LogUri: `s3://${args.dataBucketName}/${EMR_LOGS_PREFIX}`,
    ...(kmsKeyArn === undefined ? {} : { LogEncryptionKmsKeyId: kmsKeyArn }),
    ReleaseLabel: emr.releaseLabel,
    Applications: [{ Name: "Spark" }],
    Instances: instances(args),
    Configurations: [
      // https://docs.aws.amazon.com/emr/latest/ReleaseGuide/emr-700-release.html
      { Classification: "spark-defaults", Properties: { "spark.pyspark.python": PYTHON } },
    ],
    ...(stepConcurrency === undefined ? {} : { StepConcurrencyLevel: stepConcurrency }),
    AutoTerminationPolicy: { IdleTimeout: emr.idleTimeoutSeconds },
    SecurityConfiguration: args.securityConfigurationName,
    ServiceRole: args.serviceRoleArn,
    JobFlowRole: args.instanceProfileName,
    VisibleToAllUsers: true,
    Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
  };
}

/** The cluster's instances, and the network that they are started in. */
function instances(args: JobFlowArgs) {
  return {
    InstanceFleets: [primaryFleet(args.emr), coreFleet(args.emr)],
    Ec2SubnetIds: args.subnetIds,
    EmrManagedMasterSecurityGroup: args.masterGroupId,
    EmrManagedSlaveSecurityGroup: args.coreGroupId,
    ServiceAccessSecurityGroup: args.serviceAccessGroupId,
    // Steps come one by one from the DAG's tasks.
    KeepJobFlowAliveWhenNoSteps: true,
    TerminationProtected: false,
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

/** RunJobFlow's request for a cluster. */
export type JobFlow = ReturnType<typeof jobFlow>;
