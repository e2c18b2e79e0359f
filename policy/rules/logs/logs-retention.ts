import { LOG_GROUP } from "../../types";
import { ResourceRule } from "../../rule";

/** A log group drops its events after some time. */
export const logsRetention: ResourceRule = {
  name: "logs-retention",
  description: "Every log group has a number of days after which its events are removed.",
  severity: "medium",
  reason:
    "Without a number CloudWatch Logs keeps every event for ever, and it is paid for; with too small a one the " +
    "events are gone when they are looked for.",
  remediationSteps: "Set retentionInDays to the number of days that the events are needed.",
  url: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html",
  also: [
    "CKV_AWS_66",
    "CloudWatch.16",
    "cloudwatch_log_group_retention_policy_specific_days_enabled",
  ],
  parameters: {
    minimumDays: {
      type: "integer",
      minimum: 1,
      description: "The least number of days that events are kept.",
      default: 1,
    },
    repairDays: {
      type: "integer",
      minimum: 1,
      description: "What a group without a number gets at the level remediate; one that AWS has.",
      default: 365,
    },
  },
  repair: ({ type, props }, { repairDays }) =>
    type === LOG_GROUP &&
    props.logGroupClass !== "DELIVERY" &&
    Number(props.retentionInDays ?? 0) === 0
      ? { retentionInDays: repairDays }
      : undefined,
  types: [LOG_GROUP],
  check: ({ name, props }, report, parameters) => {
    // Events of such a group are kept for two days whatever is asked for.
    if (props.logGroupClass === "DELIVERY") {
      return;
    }
    const days = props.retentionInDays as number | undefined | null;
    const minimum = parameters.minimumDays as number;
    if (days === undefined || days === null || days === 0) {
      report(
        `The retentionInDays of the log group ${name} is ${days === 0 ? "0, which is for ever" : "missing"}; ` +
          `${minimum} or more is needed.`,
      );
    } else if (days < minimum) {
      report(
        `The retentionInDays of the log group ${name} is ${days}; ${minimum} or more is needed.`,
      );
    }
  },
};
