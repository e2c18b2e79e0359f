import { statesLogging } from "../../../policy/rules/states/states-logging";
import { statesTimeout } from "../../../policy/rules/states/states-timeout";
import { statesTracing } from "../../../policy/rules/states/states-tracing";
import { statesValidDefinition } from "../../../policy/rules/states/states-valid-definition";
import { UNKNOWN, table } from "../graph";
import { variants } from "../variants";

const MACHINE = "aws:sfn/stateMachine:StateMachine";
const GROUP = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/vendedlogs/states/etl:*";

const logging = (changes: Record<string, unknown>) => ({
  loggingConfiguration: {
    level: "ALL",
    logDestination: GROUP,
    includeExecutionData: true,
    ...changes,
  },
});

table(
  statesLogging,
  variants(MACHINE, logging({}), {
    passes: {
      "only errors are logged": logging({ level: "ERROR" }),
      "data is left out on purpose": logging({ includeExecutionData: false }),
      "the log group is not known yet": logging({ logDestination: UNKNOWN }),
      "whether data is logged is not known yet": logging({ includeExecutionData: UNKNOWN }),
    },
    refuses: {
      "it is off": [logging({ level: "OFF" }), /level of .* is OFF; ALL or ERROR is needed/],
      "only the fatal is logged": [logging({ level: "FATAL" }), /is FATAL; ALL or ERROR is needed/],
      "nothing is said": [{ loggingConfiguration: undefined }, /is OFF; ALL or ERROR is needed/],
      "no log group is named": [
        logging({ logDestination: undefined }),
        /logDestination.*is missing/,
      ],
      "the log group's ARN has no end": [
        logging({ logDestination: GROUP.replace(":*", "") }),
        /needs :\* at its end/,
      ],
      "nothing is said of data": [
        logging({ includeExecutionData: undefined }),
        /includeExecutionData.*missing; say true or false/,
      ],
    },
    undecided: {
      "the level is not known": [logging({ level: UNKNOWN }), /level/],
      "it is not known": [{ loggingConfiguration: UNKNOWN }, /loggingConfiguration/],
    },
    configured: {
      "the stack wants all": [
        logging({ level: "ERROR" }),
        { levels: ["ALL"] },
        /is ERROR; ALL is needed/,
      ],
    },
  }),
);

table(
  statesTracing,
  variants(
    MACHINE,
    { tracingConfiguration: { enabled: true } },
    {
      refuses: {
        "it is off": [{ tracingConfiguration: { enabled: false } }, /is false; true is needed/],
        "nothing is said": [{ tracingConfiguration: undefined }, /is missing; true is needed/],
      },
      undecided: { "it is not known": [{ tracingConfiguration: { enabled: UNKNOWN } }, /enabled/] },
    },
  ),
);

const RUN = { Type: "Task", Resource: "arn:aws:states:::glue:startJobRun.sync", End: true };
const machine = (states: Record<string, unknown>, rest: Record<string, unknown> = {}) => ({
  definition: JSON.stringify({ StartAt: "Run", States: states, TimeoutSeconds: 3600, ...rest }),
});
const branch = { StartAt: "Inner", States: { Inner: { Type: "Pass", End: true } } };

table(
  statesValidDefinition,
  variants(MACHINE, machine({ Run: { ...RUN, Parameters: { "JobName.$": "$.job" } } }), {
    passes: {
      "it retries, catches, chooses and waits": machine({
        Run: {
          ...RUN,
          End: undefined,
          Next: "Choose",
          Retry: [{ ErrorEquals: ["States.ALL"], MaxAttempts: 2, IntervalSeconds: 5 }],
          Catch: [{ ErrorEquals: ["States.ALL"], Next: "Failed" }],
        },
        Choose: {
          Type: "Choice",
          Choices: [{ Variable: "$.ok", BooleanEquals: true, Next: "Done" }],
          Default: "Wait",
        },
        Wait: { Type: "Wait", Seconds: 10, Next: "Run" },
        Done: { Type: "Succeed" },
        Failed: { Type: "Fail", Error: "Failed", Cause: "see the log" },
      }),
      "it has branches": machine({ Run: { Type: "Parallel", Branches: [branch], End: true } }),
      "it maps": machine({
        Run: { Type: "Map", ItemsPath: "$.files", ItemProcessor: branch, End: true },
      }),
      "it is in JSONata": machine(
        { Run: { ...RUN, Arguments: { JobName: "{% $states.input.job %}" } } },
        { QueryLanguage: "JSONata" },
      ),
    },
    refuses: {
      "it is no JSON": [{ definition: "StartAt: Run" }, /not valid: it is no JSON/],
      "it is a list": [{ definition: "[]" }, /it is no JSON object/],
      "it has no states": [{ definition: "{}" }, /it has no States/],
      "nothing is said": [{ definition: undefined }, /it is no JSON/],
      "the first state is missing": [machine({ Other: RUN }), /Run/],
      "a transition leads nowhere": [
        machine({ Run: { ...RUN, End: undefined, Next: "Gone" } }),
        /Gone/,
      ],
      "a state is never reached": [machine({ Run: RUN, Lost: { Type: "Succeed" } }), /Lost/],
      "a catcher leads nowhere": [
        machine({ Run: { ...RUN, Catch: [{ ErrorEquals: ["States.ALL"], Next: "Gone" }] } }),
        /Gone/,
      ],
      "a state neither ends nor goes on": [
        machine({ Run: { ...RUN, End: undefined } }),
        /Run|terminal/,
      ],
      "a type is unknown": [machine({ Run: { ...RUN, Type: "Job" } }), /Run/],
      "a field is misspelt": [machine({ Run: { ...RUN, Retrys: [] } }), /Run/],
      "a path is wrong": [machine({ Run: { ...RUN, InputPath: "job" } }), /Run/],
      "an expression is wrong": [
        machine(
          { Run: { ...RUN, Arguments: { JobName: "{% ( %}" } } },
          { QueryLanguage: "JSONata" },
        ),
        /JobName/,
      ],
      "a branch leads out of itself": [
        machine({
          Run: {
            Type: "Parallel",
            Branches: [{ StartAt: "Inner", States: { Inner: { Type: "Pass", Next: "Done" } } }],
            Next: "Done",
          },
          Done: { Type: "Succeed" },
        }),
        /Done|terminal/,
      ],
    },
    undecided: { "it is not known": [{ definition: UNKNOWN }, /definition/] },
  }),
);

table(
  statesTimeout,
  variants(MACHINE, machine({ Run: RUN }), {
    passes: { "it is at the bound": machine({ Run: RUN }, { TimeoutSeconds: 86_400 }) },
    refuses: {
      "there is none": [
        machine({ Run: { ...RUN, TimeoutSeconds: 60 } }, { TimeoutSeconds: undefined }),
        /is missing; 1 to 86400/,
      ],
      "it is above the bound": [machine({ Run: RUN }, { TimeoutSeconds: 86_401 }), /is 86401;/],
      "it is zero": [machine({ Run: RUN }, { TimeoutSeconds: 0 }), /is 0;/],
      "it is a text": [machine({ Run: RUN }, { TimeoutSeconds: "60" }), /is "60";/],
      "the definition is no JSON": [{ definition: "{" }, /cannot be read: it is no JSON/],
    },
    undecided: { "the definition is not known": [{ definition: UNKNOWN }, /definition/] },
    configured: { "the stack wants less": [{}, { longest: 60 }, /is 3600; 1 to 60/] },
  }),
);
