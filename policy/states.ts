import { createRequire } from "node:module";

export const STATE_MACHINE = "aws:sfn/stateMachine:StateMachine";

/** What asl-validator answers; the package comes without declarations of its types. */
type Validate = (definition: object) => { readonly isValid: boolean; errorsText(): string };

const validate = createRequire(__filename)("asl-validator") as Validate;

/** A state machine's definition, or what keeps it from being one. */
export type Definition =
  | { readonly machine: Readonly<Record<string, unknown>>; readonly fault?: undefined }
  | { readonly machine?: undefined; readonly fault: string };

/** Reads a definition in the Amazon States Language. */
export function parseDefinition(text: unknown): Definition {
  let parsed: unknown;
  try {
    parsed = JSON.parse(String(text));
  } catch (error) {
    return { fault: `it is no JSON: ${(error as Error).message}` };
  }
  return typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)
    ? { machine: parsed as Record<string, unknown> }
    : { fault: "it is no JSON object" };
}

/** Faults of the definitions that were looked at: the validator compiles its schemas for each, which takes long. */
const faults = new Map<string, string | undefined>();

/**
 * What is wrong with a definition: its fields, names of states, transitions, paths and expressions.
 *
 * @returns undefined where Step Functions can be expected to take it
 */
export function faultOf(text: unknown): string | undefined {
  const definition = String(text);
  if (!faults.has(definition)) {
    faults.set(definition, findFault(definition));
  }
  return faults.get(definition);
}

function findFault(text: string): string | undefined {
  const { machine, fault } = parseDefinition(text);
  if (machine === undefined) {
    return fault;
  }
  if (typeof machine.States !== "object" || machine.States === null) {
    return "it has no States";
  }
  // The validator writes into what it is given, which is why it gets an object of its own.
  const result = validate(machine);
  return result.isValid ? undefined : [...new Set(result.errorsText().split("\n"))].join("; ");
}
