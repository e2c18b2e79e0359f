import { Mutant, RecordedResource, find } from "../mutant";

type Properties = Record<string, unknown>;

const MACHINE = "movielens-states";

/** A change to the shipped state machine. */
function machine(
  rule: string,
  what: string,
  change: (props: RecordedResource["props"]) => void,
): Mutant {
  return {
    rule,
    what,
    mutate: (resources) =>
      change(find(resources, "aws:sfn/stateMachine:StateMachine", MACHINE).props),
    resource: MACHINE,
  };
}

/** The definition with other members; `undefined` takes one away. */
function redefine(props: RecordedResource["props"], changes: Properties): void {
  const definition = JSON.parse(props.definition as string) as Properties;
  props.definition = JSON.stringify({ ...definition, ...changes });
}

/** Breaking changes to the shipped state machine. */
export const mutants: readonly Mutant[] = [
  machine("states-logging", "a state machine that logs nothing", (props) => {
    (props.loggingConfiguration as Properties).level = "OFF";
  }),
  machine("states-tracing", "a state machine without traces", (props) => {
    delete props.tracingConfiguration;
  }),
  machine("states-valid-definition", "a state machine whose first state is missing", (props) => {
    redefine(props, { StartAt: "Gone" });
  }),
  machine("states-timeout", "a state machine without an end to its executions", (props) => {
    redefine(props, { TimeoutSeconds: undefined });
  }),
];
