import { requireValid } from "./checks";
import { ASSET_SIGNATURE, AnyRow, Fn, Properties, compactJson, makeName, same } from "./row";

/** What the engine puts in the place of a value that it does not know yet. */
export { unknownValue as UNKNOWN } from "@pulumi/pulumi/runtime";

/** Under this key the inputs tell which of them were not the program's: the engine keeps it with them. */
const DEFAULTS = "__defaults";

/** The type and the logical name in a URN. */
export function urnParts(urn: string): { type: string; name: string } {
  const [, , types, ...name] = urn.split("::");
  return { type: types.split("$").at(-1) as string, name: name.join("::") };
}

/**
 * Checks a resource's inputs and gives it a name where the program gives none: the one that it has, or a new one.
 *
 * @throws Error naming the type and the argument that is not understood.
 */
export function checkInputs(
  row: AnyRow,
  urn: string,
  olds: Properties,
  news: Properties,
): Properties {
  const { type, name } = urnParts(urn);
  requireKnown(`${type} ${name}`, { "": row.args, ...row.members }, news);
  const complaint = row.together?.(news);
  if (complaint !== undefined) {
    throw new Error(`${type} ${name}: ${complaint}`);
  }
  const named = withName(row, name, olds, news);
  requireValid(`${type} ${name}`, row.checks ?? {}, named);
  return named;
}

/** As the package of the official provider does for most types. */
const LONGEST_NAME = 255;

function withName(row: AnyRow, name: string, olds: Properties, news: Properties): Properties {
  const { autoName } = row;
  if (autoName === undefined || news[autoName.input] !== undefined) {
    return news;
  }
  const own = (olds[DEFAULTS] as string[] | undefined)?.includes(autoName.input);
  const prefix = autoName.prefix === undefined ? undefined : (news[autoName.prefix] as string);
  const given =
    own === true
      ? olds[autoName.input]
      : makeName(prefix ?? `${name}-`, autoName.maxLength ?? LONGEST_NAME);
  return { ...news, [autoName.input]: given, [DEFAULTS]: [autoName.input] };
}

/**
 * Checks a function's arguments.
 *
 * @throws Error naming the function and the argument that is not understood.
 */
export function checkArguments({ args }: Fn, token: string, given: Properties): void {
  requireKnown(token, { "": args }, given);
}

/** Refuses members that are not in the lists of understood ones, of which each is that of a path. */
function requireKnown(
  subject: string,
  known: Readonly<Record<string, readonly string[]>>,
  value: unknown,
  path = "",
): void {
  if (Array.isArray(value)) {
    value.forEach((item) => requireKnown(subject, known, item, path));
    return;
  }
  if (typeof value !== "object" || value === null || ASSET_SIGNATURE in value) {
    return;
  }
  for (const [key, part] of Object.entries(value)) {
    const own = path === "" ? key : `${path}.${key}`;
    if (key !== DEFAULTS && known[path]?.includes(key) === false) {
      const has = known[path].length === 0 ? "none there" : [...known[path]].sort().join(", ");
      throw new Error(
        `${subject}: the argument ${own} is not supported by the laptop target. It has: ` +
          `${has}. Add it in local/provider/aws/`,
      );
    }
    requireKnown(subject, known, part, own);
  }
}

/** How a resource differs from what the program wants. */
export interface Difference {
  readonly changed: readonly string[];
  /** The inputs among them that force a replacement. */
  readonly replaces: readonly string[];
  /** Whether the old one has to go first, since the new one has its name. */
  readonly deleteBeforeReplace: boolean;
}

export function difference(row: AnyRow, olds: Properties, news: Properties): Difference {
  const changed = row.args.filter(
    (key) => !equivalent(olds[key], news[key]) && !isLeftOut(row, key, news),
  );
  const replaces = changed.filter(
    (key) =>
      row.update === undefined ||
      row.replaceOn.includes(key) ||
      row.alsoReplaces?.(key, olds, news) === true,
  );
  const name = row.autoName?.input;
  return {
    changed,
    replaces,
    deleteBeforeReplace:
      replaces.length > 0 &&
      (row.deleteBeforeReplace === true ||
        (name !== undefined &&
          !changed.includes(name) &&
          !((news[DEFAULTS] as string[] | undefined) ?? []).includes(name))),
  };
}

/** Whether the program leaves the choice of an input to AWS. */
export function isLeftOut(row: AnyRow, key: string, inputs: Properties): boolean {
  return inputs[key] === undefined && row.leftOut?.includes(key) === true;
}

/** Whether two values mean the same to AWS: documents by what they say, lists of names in any order. */
export function equivalent(a: unknown, b: unknown): boolean {
  if (typeof a === "string" && typeof b === "string" && a.startsWith("{") && b.startsWith("{")) {
    return documentOf(a) === documentOf(b);
  }
  return same(ordered(a), ordered(b));
}

function documentOf(text: string): string {
  try {
    return compactJson(text);
  } catch {
    return text;
  }
}

/** Lists of plain values are sets in all that the rows send: subnets, groups, roles, log exports. */
function ordered(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value as unknown[];
    return items.every((item) => typeof item === "string") ? [...items].sort() : items.map(ordered);
  }
  if (typeof value === "object" && value !== null && !(ASSET_SIGNATURE in value)) {
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, ordered(part)]));
  }
  return value;
}

/** Inputs and outputs together, as the engine keeps them. */
export function stateOf(row: AnyRow, inputs: Properties, outputs: Properties): Properties {
  const { [DEFAULTS]: _, ...own } = inputs;
  return {
    region: process.env.AWS_REGION,
    ...outputs,
    ...own,
    ...(row.args.includes("tags") ? { tagsAll: inputs.tags ?? {} } : {}),
  };
}

/** The inputs after a look at what is really there: where they say the same, as the program wrote them. */
export function observedInputs(row: AnyRow, inputs: Properties, there: Properties): Properties {
  const observed = { ...inputs };
  for (const key of row.args) {
    if (key in there && key in inputs && !equivalent(inputs[key], there[key])) {
      observed[key] = there[key];
    }
  }
  return observed;
}
