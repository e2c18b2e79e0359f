import { ResourceRule } from "../../rule";
import { STATE_MACHINE, parseDefinition } from "../../states";

/** An execution that hangs ends. */
export const statesTimeout: ResourceRule = {
  name: "states-timeout",
  description:
    "A state machine ends an execution after a time, and it is not above `longest` seconds.",
  severity: "medium",
  reason:
    "A task that never answers keeps a standard execution open for a year, and nobody is told.",
  remediationSteps: "Set TimeoutSeconds at the top of the definition of the aws.sfn.StateMachine.",
  url: "https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html",
  parameters: {
    longest: {
      type: "integer",
      minimum: 1,
      description: "Longest time that is allowed, in seconds.",
      default: 86_400,
    },
  },
  types: [STATE_MACHINE],
  check: ({ name, props }, report, { longest }) => {
    const { machine, fault } = parseDefinition(props.definition);
    if (machine === undefined) {
      report(`The definition of the state machine ${name} cannot be read: ${fault}.`);
      return;
    }
    const timeout = machine.TimeoutSeconds;
    if (typeof timeout !== "number" || timeout <= 0 || timeout > (longest as number)) {
      report(
        `TimeoutSeconds of the state machine ${name} is ${JSON.stringify(timeout) ?? "missing"}; 1 to ` +
          `${String(longest)} is needed at the top of its definition.`,
      );
    }
  },
};
