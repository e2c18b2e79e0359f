import { PolicyResource } from "@pulumi/policy";

import { Graph } from "../../graph";
import { StackRule } from "../../rule";
import { Undecided, known } from "../../unknown";
import { textOf, textsOf } from "../../text";

const LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup";
const FLOW_LOG = "aws:ec2/flowLog:FlowLog";
const NAMESPACE = "aws:redshiftserverless/namespace:Namespace";
const CLUSTER_LOGGING = "aws:redshift/logging:Logging";
const STATE_MACHINE = "aws:sfn/stateMachine:StateMachine";

/**
 * A log group for all that a service of the stack will write. MWAA's own groups have a rule of their own;
 * Glue's default ones are the account's.
 */
export const stackLogGroupsExist: StackRule = {
  name: "stack-log-groups-exist",
  description:
    "Every log group that flow logs, Redshift and state machines of the stack write exists in the stack, " +
    "with retention.",
  severity: "medium",
  reason:
    "A service that finds no group creates one itself, without retention or key, and the stack leaves it behind.",
  remediationSteps: "Add an aws.cloudwatch.LogGroup of that name with retentionInDays.",
  url: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html",
  also: ["CKV_AWS_66", "CloudWatch.16"],
  subjects: (graph) => graph.ofType(FLOW_LOG, NAMESPACE, CLUSTER_LOGGING, STATE_MACHINE),
  checkInStack: (writer, graph, report) => {
    for (const wanted of destinations(writer)) {
      const groups =
        "name" in wanted ? named(graph, wanted.name, writer) : meantBy(graph, writer, wanted);
      if (groups.length === 0) {
        const what = "name" in wanted ? `the log group ${wanted.name}` : `${wanted.property}`;
        const unnamed = "name" in wanted ? graph.nameless(LOG_GROUP) : [];
        if (unnamed.length > 0) {
          throw new Undecided(
            `${writer.name} writes ${what}, and the name of ${unnamed.map(({ name }) => name).join(", ")} is ` +
              "not known yet",
          );
        }
        report(
          `${writer.name} writes ${what}, which is no aws.cloudwatch.LogGroup of the stack; add it.`,
        );
      }
      for (const group of groups) {
        const days = group.props.retentionInDays as number | undefined;
        if ((days ?? 0) <= 0) {
          report(
            `${group.name}, which ${writer.name} writes, has the retention ${days ?? "missing"}, which is ` +
              "for ever; set retentionInDays.",
            group,
          );
        }
      }
    }
  },
};

/** A group by its name, or one that a property of the writer names. */
type Wanted = { readonly name: string } | { readonly property: string };

function destinations({ type, props }: PolicyResource): Wanted[] {
  switch (type) {
    case FLOW_LOG:
      return (textOf(props.logDestinationType) ?? "cloud-watch-logs") === "cloud-watch-logs"
        ? [{ property: "logDestination" }]
        : [];
    case STATE_MACHINE: {
      const logging = props.loggingConfiguration as Properties | undefined;
      return (textOf(logging?.level) ?? "OFF") === "OFF"
        ? []
        : [{ property: "loggingConfiguration.logDestination" }];
    }
    case NAMESPACE: {
      // https://docs.aws.amazon.com/redshift/latest/mgmt/serverless-audit-logging.html
      return logExports(props).map((log) => ({
        name: `/aws/redshift/${textOf(props.namespaceName) ?? ""}/${log}`,
      }));
    }
    default: {
      // https://docs.aws.amazon.com/redshift/latest/mgmt/db-auditing-manage-log-files.html
      return props.logDestinationType === "cloudwatch"
        ? logExports(props).map((log) => ({
            name: `/aws/redshift/cluster/${textOf(props.clusterIdentifier) ?? ""}/${log}`,
          }))
        : [];
    }
  }
}

type Properties = Record<string, unknown>;

function logExports(props: Properties): string[] {
  return textsOf(props.logExports);
}

function named(graph: Graph, name: string, writer: PolicyResource): PolicyResource[] {
  return graph
    .named([name], writer)
    .filter(({ type, props }) => type === LOG_GROUP && known(() => textOf(props.name)) === name);
}

/** By the ARN, where it is known; at a first preview by what it was computed from. */
function meantBy(
  graph: Graph,
  writer: PolicyResource,
  { property }: { readonly property: string },
): PolicyResource[] {
  const [outer, inner] = property.split(".");
  const arn = known(() => {
    const value = writer.props[outer] as unknown;
    return textOf(inner === undefined ? value : (value as Properties | undefined | null)?.[inner]);
  });
  const name = /:log-group:([^:]+)(?::\*)?$/.exec(arn ?? "")?.[1];
  return name === undefined
    ? graph.referenced(writer, property, LOG_GROUP)
    : named(graph, name, writer);
}
