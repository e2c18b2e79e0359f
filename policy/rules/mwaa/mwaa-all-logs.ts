import { LOGS, logSetting } from "../../environments";
import { ResourceRule } from "../../rule";
import { ENVIRONMENT } from "../../types";

/** In production every log is on: an environment that does not start tells why in these alone. */
export const mwaaAllLogs: ResourceRule = {
  name: "mwaa-all-logs",
  description: "An MWAA environment sends all five of its logs to CloudWatch.",
  severity: "medium",
  reason:
    "A DAG that cannot be parsed, a scheduler out of memory or a worker that cannot install its " +
    "requirements shows in its own log only.",
  remediationSteps:
    "Enable dagProcessingLogs, schedulerLogs, taskLogs, webserverLogs and workerLogs in " +
    "loggingConfiguration, in this project by airflowLogLevels.",
  url: "https://docs.aws.amazon.com/mwaa/latest/userguide/monitoring-airflow.html",
  also: ["CKV_AWS_242", "CKV_AWS_243", "CKV_AWS_244", "cdk-nag MWAAAllLoggingInfo"],
  types: [ENVIRONMENT],
  check: (environment, report) => {
    const off = LOGS.filter((log) => !logSetting(environment, log).enabled);
    if (off.length > 0) {
      report(`${off.join(", ")} ${off.length === 1 ? "is" : "are"} off; all five must be on.`);
    }
  },
};
