import { PolicyResource } from "@pulumi/policy";

import { Graph } from "../../graph";
import { StackRule } from "../../rule";
import { BUCKET_TYPES } from "../../types";
import { Undecided, known } from "../../unknown";

const REDSHIFT_CLUSTER = "aws:redshift/cluster:Cluster";

/** What holds data, or the key to it. */
const KEPT_TYPES: readonly string[] = [
  ...BUCKET_TYPES,
  "aws:kms/key:Key",
  // Airflow's history, connections, pools and users.
  "aws:mwaa/environment:Environment",
  REDSHIFT_CLUSTER,
  "aws:redshiftserverless/namespace:Namespace",
];

/** What is protected is kept, and what is not may go; the two never contradict one another. */
export const stackProtectMatchesDestroy: StackRule = {
  name: "stack-protect-matches-destroy",
  description:
    "Nothing is protected that the stack says to destroy with its data; where `keep` is set, buckets, keys, Redshift " +
    "and MWAA environments are protected.",
  severity: "high",
  reason:
    "A protected resource that is to be destroyed stops the destruction half-way; an unprotected bucket, key, " +
    "warehouse or environment of production goes with one wrong command, or one changed setting.",
  remediationSteps:
    "Give what is to be kept the resource option protect: true and forceDestroy: false (of a Redshift cluster " +
    "skipFinalSnapshot: false as well), and what may go protect: false.",
  url: "https://docs.aws.amazon.com/wellarchitected/latest/reliability-pillar/back-up-data.html",
  parameters: {
    keep: {
      type: "boolean",
      description: "Whether what holds data must outlive the stack, as in production.",
      default: false,
    },
  },
  subjects: (graph) =>
    graph.resources.filter(({ type, opts }) => opts.protect || KEPT_TYPES.includes(type)),
  checkInStack: (resource, graph, report, { keep }) => {
    const { protect } = resource.opts;
    if (keep === true && KEPT_TYPES.includes(resource.type) && !protect) {
      report(
        `${resource.name} holds data and is not protected, and this stack keeps its data; set protect: true.`,
      );
    }
    for (const [holder, property] of destroyers(graph, resource)) {
      const value = known(() => ({ is: holder.props[property] as boolean | undefined }));
      if (value === undefined) {
        throw new Undecided(`${property} of ${holder.name} is not known yet`);
      }
      if (value.is !== true) {
        continue;
      }
      if (protect) {
        const of = holder === resource ? "its" : `${holder.name}'s`;
        report(
          `${resource.name} is protected and ${of} ${property} is true; only one of them can be meant.`,
        );
      } else if (keep === true) {
        report(
          `${resource.name} has ${property} true, and this stack keeps its data; set it to false.`,
        );
      }
    }
  },
};

/** The properties that say to destroy the data: a resource's own, and that of the bucket that it is part of. */
function destroyers(graph: Graph, resource: PolicyResource): (readonly [PolicyResource, string])[] {
  const own =
    resource.type === REDSHIFT_CLUSTER ? ["forceDestroy", "skipFinalSnapshot"] : ["forceDestroy"];
  const buckets =
    resource.opts.protect && !BUCKET_TYPES.includes(resource.type)
      ? graph
          .referenced(resource, "bucket", ...BUCKET_TYPES)
          // One that is protected has a violation of its own.
          .filter(({ opts }) => !opts.protect)
      : [];
  return [
    ...own.map((property) => [resource, property] as const),
    ...buckets.map((bucket) => [bucket, "forceDestroy"] as const),
  ];
}
