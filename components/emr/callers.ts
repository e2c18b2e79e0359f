import { type Location, regionalArn } from "../location";
import type { Statement, UnexercisedGrant } from "../policyDocument";
import { EMR_MANAGED_TAG, OWNER_TAG } from "./jobFlow";
import { ec2Service, emrService, passRole, serviceLinkedRole } from "./principals";

/** What tasks that create and use clusters need. */
export interface EmrCallerPermissions {
  readonly location: Location;
  readonly environmentName: string;
  readonly serviceRoleArn: string;
  /** Roles of the nodes. */
  readonly nodeRoleArns: readonly string[];
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
      Sid: "CreateClusters",
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
    ...(args.nodeRoleArns.length === 0
      ? []
      : [passRole("PassEmrEc2Role", args.nodeRoleArns, ec2Service(location))]),
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

/** What of `emrStatements` a run that goes well does not use. */
export const EMR_UNEXERCISED: readonly UnexercisedGrant[] = [
  {
    statement: "CreateServiceLinkedRoleOfEMRCleanup",
    role: "execution",
    reason: "the service-linked role is created with an account's first cluster",
    source:
      "https://docs.aws.amazon.com/emr/latest/ManagementGuide/using-service-linked-roles-cleanup.html",
  },
  {
    statement: "UseClusters",
    role: "execution",
    actions: ["elasticmapreduce:CancelSteps"],
    reason: "called where a task is killed while its step runs",
    otherRuns: true,
    source: "https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-cancel-steps.html",
  },
];
