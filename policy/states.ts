import { createRequire } from "node:module";

import { Kept } from "./kept";
import { listOf } from "./lists";

export const STATE_MACHINE = "aws:sfn/stateMachine:StateMachine";

/** What asl-validator answers; the package comes without declarations of its types. */
type Validate = (definition: object) => { readonly isValid: boolean; errorsText(): string };

/** A compiler of JSON schemas, as far as it is used here. */
interface Compiler {
  getKeyword(keyword: string): unknown;
  addKeyword(definition: { readonly keyword: string | readonly string[] }): Compiler;
}
type Compilers = new (options: object) => Compiler;

/**
 * Validates with one compiler of schemas: the validator makes a new one for each definition, with the same schemas
 * and options, and compiling them takes a thousand times as long as their use.
 */
function validateOnce(definition: object): ReturnType<Validate> {
  // Loaded when it is needed: most programs have no state machine.
  const validate = createRequire(__filename)("asl-validator") as Validate;
  const ajv = createRequire(createRequire(__filename).resolve("asl-validator"))("ajv") as {
    default: Compilers;
  };
  const Original = ajv.default;
  ajv.default = function (options: object): Compiler {
    return (compiler ??= withoutRepeats(new Original({ ...options, ...QUICK })));
  } as unknown as Compilers;
  try {
    return validate(definition);
  } finally {
    ajv.default = Original;
  }
}

let compiler: Compiler | undefined;

/** Half of the time of compiling goes into looking at the schemas, which are the validator's own, and into short code. */
const QUICK = {
  code: { optimize: false },
  inlineRefs: false,
  meta: false,
  strict: false,
  validateSchema: false,
};

/** Takes a keyword that a compiler has already for the same one: the validator adds its own each time. */
function withoutRepeats(compiler: Compiler): Compiler {
  const add = compiler.addKeyword.bind(compiler);
  compiler.addKeyword = (definition) =>
    compiler.getKeyword([definition.keyword].flat()[0]) ? compiler : add(definition);
  return compiler;
}

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

/** Faults of the definitions that were looked at. */
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
  const broken = brokenStates(machine.States);
  if (broken !== undefined) {
    return broken;
  }
  const answer = () => {
    // The validator writes into what it is given, which is why it gets an object of its own.
    const result = validateOnce(machine);
    return result.isValid ? undefined : [...new Set(result.errorsText().split("\n"))].join("; ");
  };
  return verdicts === undefined ? answer() : verdicts.of(text, answer);
}

let verdicts: Kept | undefined;

/**
 * Has what the validator says kept between previews: compiling its schemas is a quarter of what the pack costs one.
 *
 * @param folder that it is kept in; undefined: beside the installed packages; null: nothing is kept from now on
 */
export function keepVerdicts(folder?: string | null): void {
  verdicts =
    folder === null
      ? undefined
      : new Kept("definitions", "asl-validator", JSON.stringify(QUICK), folder);
}

/** What the validator cannot read: states that are no objects, also those within a state. */
function brokenStates(states: unknown): string | undefined {
  if (!isObject(states)) {
    return "it has no States";
  }
  for (const [name, state] of Object.entries(states)) {
    if (!isObject(state)) {
      return `the state ${name} is no JSON object`;
    }
    const parts = [...listOf(state.Branches), state.ItemProcessor, state.Iterator];
    const broken = parts.filter(isObject).map((part) => brokenStates(part.States));
    const first = broken.find((one) => one !== undefined);
    if (first !== undefined) {
      return `in the state ${name} ${first}`;
    }
  }
  return undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
