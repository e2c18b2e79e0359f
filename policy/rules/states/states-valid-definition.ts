import { ResourceRule } from "../../rule";
import { STATE_MACHINE, faultOf } from "../../states";

/** A definition is one that Step Functions takes. */
export const statesValidDefinition: ResourceRule = {
  name: "states-valid-definition",
  description: "A state machine's definition is valid in the Amazon States Language.",
  severity: "high",
  reason:
    "Step Functions refuses a wrong one in the middle of an update, and some faults, such as an " +
    "unreachable state, only show when it runs.",
  remediationSteps: "Correct what the message names in definition of the aws.sfn.StateMachine.",
  url: "https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html",
  types: [STATE_MACHINE],
  check: ({ name, props }, report) => {
    const fault = faultOf(props.definition);
    if (fault !== undefined) {
      report(`The definition of the state machine ${name} is not valid: ${fault}.`);
    }
  },
};
