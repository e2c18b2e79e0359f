import { Mutant, find } from "../mutant";
import { add } from "../synthetic";

const MACHINE = "aws:sfn/stateMachine:StateMachine";
const LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup";

type Properties = Record<string, unknown>;

const STATES = {
  Run: { Type: "Task", Resource: "arn:aws:states:::glue:startJobRun.sync", End: true },
};
const definition = (changes: Properties) =>
  JSON.stringify({ StartAt: "Run", States: STATES, TimeoutSeconds: 3600, ...changes });

/** A state machine beside what the stack has, which logs to a group of the stack, and what is wrong with it. */
function machine(
  rule: string,
  what: string,
  changes: Properties,
  logging: Properties = {},
): Mutant {
  return {
    rule,
    what,
    mutate: (resources) => {
      const group = find(resources, LOG_GROUP, "redshift-userlog").props.name as string;
      add(resources, MACHINE, "mutant-machine", {
        name: "mutant",
        definition: definition({}),
        loggingConfiguration: {
          level: "ALL",
          logDestination: `arn:aws:logs:us-east-1:123456789012:log-group:${group}:*`,
          includeExecutionData: true,
          ...logging,
        },
        tracingConfiguration: { enabled: true },
        ...changes,
      });
    },
    resource: "mutant-machine",
  };
}

/** Breaking changes to a state machine, of which a shipped stack has none. */
export const mutants: readonly Mutant[] = [
  machine("states-logging", "a state machine that logs nothing", {}, { level: "OFF" }),
  machine("states-tracing", "a state machine without traces", { tracingConfiguration: undefined }),
  machine("states-valid-definition", "a state machine whose first state is missing", {
    definition: definition({ StartAt: "Gone" }),
  }),
  machine("states-timeout", "a state machine without an end to its executions", {
    definition: definition({ TimeoutSeconds: undefined }),
  }),
];
