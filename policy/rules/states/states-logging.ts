import { isGiven } from "../../environments";
import { ResourceRule } from "../../rule";
import { STATE_MACHINE } from "../../states";
import { known } from "../../unknown";
import { textOf } from "../../text";

interface Logging {
  readonly level?: string;
  readonly logDestination?: string;
  readonly includeExecutionData?: boolean;
}

/** What an execution did can be read afterwards. */
export const statesLogging: ResourceRule = {
  name: "states-logging",
  description:
    "A Step Functions state machine logs its executions to a log group, and says whether with their data.",
  severity: "medium",
  reason:
    "Without logs an express execution leaves no trace, and a standard one none after 90 days.",
  remediationSteps:
    "Set level of loggingConfiguration to ALL or ERROR, logDestination to the ARN of a log group with :* " +
    "behind it, and includeExecutionData to true, or to false where input and output hold what a log " +
    "must not.",
  url: "https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html",
  also: ["CKV_AWS_285", "StepFunctions.1"],
  parameters: {
    levels: {
      type: "array",
      items: { type: "string", enum: ["ALL", "ERROR", "FATAL"] },
      description: "Levels that are allowed.",
      default: ["ALL", "ERROR"],
    },
  },
  types: [STATE_MACHINE],
  check: ({ name, props }, report, { levels }) => {
    const allowed = levels as readonly string[];
    const logging = (props.loggingConfiguration ?? {}) as Logging;
    const level = logging.level ?? "OFF";
    if (!allowed.includes(level)) {
      report(
        `loggingConfiguration.level of the state machine ${name} is ${level}; ${allowed.join(" or ")} is needed.`,
      );
      return;
    }
    const destination = known(() => textOf(logging.logDestination) ?? "");
    if (!isGiven(() => logging.logDestination)) {
      report(
        `loggingConfiguration.logDestination of the state machine ${name} is missing; the ARN of a log group is needed.`,
      );
    } else if (destination !== undefined && !destination.endsWith(":*")) {
      report(
        `loggingConfiguration.logDestination of the state machine ${name} is ${destination}; it needs :* at its end.`,
      );
    }
    if (!isGiven(() => logging.includeExecutionData)) {
      report(
        `loggingConfiguration.includeExecutionData of the state machine ${name} is missing; say true or false.`,
      );
    }
  },
};
