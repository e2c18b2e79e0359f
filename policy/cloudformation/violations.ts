import { known } from "../unknown";
import type { Constraint, Members } from "./constraint";

type Properties = Readonly<Record<string, unknown>>;

/** Longest value that a message shows whole. */
const SHOWN = 80;

/** Arguments whose value no message shows. */
const SECRET = /password|secret|token|privatekey|credential/i;

/**
 * What is wrong with the arguments of a resource, each with its path. What is not known yet is passed over: the rule
 * sees it at the update. So is what the provider does not send: an empty text, a zero, an empty list.
 */
export function violations(properties: Properties, members: Members, path = ""): string[] {
  const at = (argument: string): string => (path === "" ? argument : `${path}.${argument}`);
  const read = (argument: string): Read => look(() => properties[argument]);
  const given = (argument: string): boolean => !isUnset(read(argument));
  const isKnown = (names: readonly string[]): boolean => names.every((name) => read(name).known);
  const among: string[] = [];
  for (const argument of members.required ?? []) {
    const found = read(argument);
    if (found.known && (found.value === undefined || found.value === null)) {
      among.push(`${at(argument)} is missing, and AWS asks for it.`);
    }
  }
  for (const names of (members.exactlyOne ?? []).filter(isKnown)) {
    const found = names.filter(given);
    if (found.length !== 1) {
      among.push(
        `${list(names.map(at))}: exactly one of them is needed, and ${found.length === 0 ? "none" : list(found)} is given.`,
      );
    }
  }
  for (const names of (members.atLeastOne ?? []).filter(isKnown)) {
    if (!names.some(given)) {
      among.push(`${list(names.map(at))}: at least one of them is needed.`);
    }
  }
  for (const [argument, others] of Object.entries(members.excludes ?? {})) {
    const both = others.filter((other) => read(other).known && given(other));
    if (read(argument).known && given(argument) && both.length > 0) {
      among.push(`${at(argument)} and ${list(both.map(at))} exclude one another.`);
    }
  }
  for (const [argument, others] of Object.entries(members.requires ?? {})) {
    const missing = others.filter((other) => !given(other));
    if (read(argument).known && given(argument) && missing.length > 0) {
      among.push(`${at(argument)} needs ${list(missing.map(at))} beside it.`);
    }
  }
  const each = Object.entries(members.properties).flatMap(([argument, constraint]) =>
    ofValue(read(argument), constraint, at(argument)),
  );
  return [...among, ...each];
}

/** A value as far as it is known. */
type Read = { readonly known: true; readonly value: unknown } | { readonly known: false };

function look(read: () => unknown): Read {
  return known(() => ({ known: true, value: read() }) as const) ?? { known: false };
}

/** Whether nothing is sent: what is not known yet will be something. */
function isUnset(read: Read): boolean {
  if (!read.known) {
    return false;
  }
  const { value } = read;
  return (
    value === undefined ||
    value === null ||
    value === "" ||
    value === 0 ||
    (Array.isArray(value) && value.length === 0)
  );
}

function ofValue(read: Read, constraint: Constraint, path: string): string[] {
  if (!read.known || isUnset(read)) {
    return [];
  }
  const { value } = read;
  switch (constraint.kind) {
    case "string":
    case "json":
      return typeof value === "string" ? ofText(value, constraint, path) : [];
    case "number":
      return ofNumber(value, constraint, path);
    case "list":
      return Array.isArray(value) ? ofList(value, constraint, path) : [];
    case "one":
      return constraint.items === undefined ? [] : ofValue(read, constraint.items, path);
    case "map":
    case "tags":
      return isObject(value) ? ofMap(value, constraint, path) : [];
    case "object":
      return isObject(value) && constraint.members !== undefined
        ? violations(value, constraint.members, path)
        : [];
    default:
      return [];
  }
}

function isObject(value: unknown): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function ofText(value: string, constraint: Constraint, path: string): string[] {
  const { pattern, minLength = 0, maxLength = Infinity } = constraint;
  const length = [...value].length;
  const is = `${path} is ${SECRET.test(path) ? "a value" : `"${short(value)}"`}`;
  return [
    ...(constraint.enum === undefined || constraint.enum.map(String).includes(value)
      ? []
      : [`${is}; AWS takes ${list(constraint.enum.map(String))}.`]),
    ...(length > maxLength
      ? [`${is} of ${length} characters; AWS takes ${maxLength} at most.`]
      : []),
    ...(length < minLength
      ? [`${is} of ${length} characters; AWS takes ${minLength} at least.`]
      : []),
    ...(pattern === undefined || expression(pattern).test(value)
      ? []
      : [`${is}; AWS takes what fits ${pattern}.`]),
  ];
}

/** A number, which the provider takes as a text as well. */
function ofNumber(value: unknown, constraint: Constraint, path: string): string[] {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  if (typeof number !== "number" || Number.isNaN(number)) {
    return [];
  }
  const { minimum = -Infinity, maximum = Infinity } = constraint;
  return [
    ...(constraint.enum === undefined || constraint.enum.map(String).includes(String(number))
      ? []
      : [`${path} is ${number}; AWS takes ${list(constraint.enum.map(String))}.`]),
    ...(number < minimum ? [`${path} is ${number}; AWS takes ${minimum} at least.`] : []),
    ...(number > maximum ? [`${path} is ${number}; AWS takes ${maximum} at most.`] : []),
  ];
}

function ofList(value: readonly unknown[], constraint: Constraint, path: string): string[] {
  const { items, minItems = 0, maxItems = Infinity } = constraint;
  return [
    ...(value.length > maxItems
      ? [`${path} has ${value.length} elements; AWS takes ${maxItems} at most.`]
      : []),
    ...(value.length < minItems
      ? [`${path} has ${value.length} elements; AWS takes ${minItems} at least.`]
      : []),
    ...(items === undefined
      ? []
      : Array.from({ length: value.length }, (_, index) =>
          ofValue(
            look(() => value[index]),
            items,
            `${path}[${index}]`,
          ),
        ).flat()),
  ];
}

function ofMap(value: Properties, constraint: Constraint, path: string): string[] {
  const { keys, items, maxItems = Infinity } = constraint;
  const names = Object.keys(value);
  return [
    ...(names.length > maxItems
      ? [`${path} has ${names.length} entries; AWS takes ${maxItems} at most.`]
      : []),
    ...names.flatMap((name) => [
      ...(keys === undefined ? [] : ofText(name, keys, `a key of ${path}`)),
      ...(items === undefined
        ? []
        : ofValue(
            look(() => value[name]),
            items,
            `${path}.${name}`,
          )),
    ]),
  ];
}

const expressions = new Map<string, RegExp>();

/** A pattern's expression; `u` for classes such as `\p{L}`, which refuses escapes such as `\_`. */
function expression(pattern: string): RegExp {
  let found = expressions.get(pattern);
  if (found === undefined) {
    try {
      found = new RegExp(pattern, "u");
    } catch {
      found = new RegExp(pattern);
    }
    expressions.set(pattern, found);
  }
  return found;
}

function short(value: string): string {
  return value.length > SHOWN ? `${value.slice(0, SHOWN)}…` : value;
}

function list(names: readonly string[]): string {
  return names.length > 12 ? `${names.slice(0, 12).join(", ")}, …` : names.join(", ");
}
