import { logSetting } from "../../environments";
import { ResourceRule } from "../../rule";
import { ENVIRONMENT } from "../../types";

const LEVELS = ["DEBUG", "INFO"];

/** Task logs are the only trace that a run leaves outside of Airflow. */
export const mwaaTaskLogs: ResourceRule = {
  name: "mwaa-task-logs",
  description: "An MWAA environment sends its task logs to CloudWatch, at INFO or finer.",
  severity: "medium",
  reason: "Without task logs nobody can tell why a task failed: MWAA keeps them nowhere else.",
  remediationSteps:
    'Set loggingConfiguration.taskLogs to { enabled: true, logLevel: "INFO" }, in this project by ' +
    "airflowLogLevels.",
  url: "https://docs.aws.amazon.com/mwaa/latest/userguide/monitoring-airflow.html",
  types: [ENVIRONMENT],
  check: (environment, report) => {
    const { enabled, level } = logSetting(environment, "taskLogs");
    if (!enabled) {
      report("Task logs are off; they must be on, at INFO or DEBUG.");
    } else if (!LEVELS.includes(level)) {
      report(`Task logs are at ${level}; INFO or DEBUG is needed to see what a task did.`);
    }
  },
};
