import { LOGS, LOG_GROUP_SUFFIXES, logSetting } from "../../environments";
import { StackRule } from "../../rule";
import { ENVIRONMENT, LOG_GROUP } from "../../types";
import { Undecided, known } from "../../unknown";
import { textOf } from "../../text";

/** The groups that MWAA will write are created beforehand. */
export const mwaaLogGroups: StackRule = {
  name: "mwaa-log-groups",
  description:
    "Every log that an MWAA environment sends has its log group in the stack, with retention.",
  severity: "medium",
  reason:
    "MWAA creates a missing group itself: without retention or key, and it stays when the stack is destroyed.",
  remediationSteps:
    "Make an aws.cloudwatch.LogGroup named airflow-<environment>-<Task, Scheduler, Worker, WebServer or " +
    "DAGProcessing> with retentionInDays.",
  url: "https://docs.aws.amazon.com/mwaa/latest/userguide/monitoring-airflow.html",
  subjects: (graph) => graph.ofType(ENVIRONMENT),
  checkInStack: (environment, graph, report) => {
    const name = textOf(environment.props.name) ?? "";
    const nameless = graph.nameless(LOG_GROUP);
    const undecided: string[] = [];
    for (const log of LOGS.filter((one) => logSetting(environment, one).enabled)) {
      const wanted = `airflow-${name}-${LOG_GROUP_SUFFIXES[log]}`;
      const group = graph
        .named([wanted], environment)
        .find(
          ({ type, props }) => type === LOG_GROUP && known(() => textOf(props.name)) === wanted,
        );
      if (group === undefined && nameless.length > 0) {
        undecided.push(wanted);
      } else if (group === undefined) {
        report(`${log} is on and the stack has no log group ${wanted}; create it, with retention.`);
      } else if (((group.props.retentionInDays as number | undefined) ?? 0) === 0) {
        report(`The log group ${wanted} keeps its logs for ever; set retentionInDays.`, group);
      }
    }
    if (undecided.length > 0) {
      throw new Undecided(
        `whether ${nameless.map((group) => group.name).join(" or ")} is ${undecided.join(", ")} is not known yet`,
      );
    }
  },
};
