import { PolicyResource } from "@pulumi/policy";

import { unknownCheckingProxy } from "../../policy/unknown";
import { UNKNOWN } from "./graph";

/** A place in the arguments of a resource; `JSON` stands for what a JSON text says. */
export type Path = readonly (string | number | typeof JSON_TEXT)[];

const JSON_TEXT = Symbol("JSON");

/** What may stand in any place, wrong or not known yet. */
export const WRONG: readonly unknown[] = [
  ...[undefined, null, UNKNOWN, "", "x", "*", "a:b/c", 0, -1, 1.5, true, false],
  ...[[], {}, [null], [UNKNOWN], [""], ["x"], [[]], [{}], [7]],
  ...[
    { x: null },
    { x: UNKNOWN },
    { x: [null] },
    { Statement: [null] },
    '{"Statement":null}',
    "[]",
  ],
];

/** The arguments as the program gave them, without the proxy that throws for what is not known. */
export function argumentsOf({ props }: PolicyResource): unknown {
  return (props as { readonly __getSpecialProxyTarget?: unknown }).__getSpecialProxyTarget ?? props;
}

/** Every place in a value, its own among them, and in the values that JSON texts in it say. */
export function pathsIn(value: unknown): Path[] {
  const read = jsonOf(value);
  if (read !== undefined) {
    return [[], ...pathsIn(read).map((path): Path => [JSON_TEXT, ...path])];
  }
  return typeof value !== "object" || value === null
    ? [[]]
    : [
        [],
        ...Object.entries(value).flatMap(([key, one]) =>
          pathsIn(one).map((path): Path => [Array.isArray(value) ? Number(key) : key, ...path]),
        ),
      ];
}

/** A copy of a value with something else in one place; undefined takes the property away. */
export function replaced(value: unknown, path: Path, by: unknown): unknown {
  const [first, ...rest] = path;
  if (first === undefined) {
    return by;
  }
  if (first === JSON_TEXT) {
    return JSON.stringify(replaced(jsonOf(value), rest, by));
  }
  const copy: Record<string, unknown> | unknown[] = Array.isArray(value)
    ? [...(value as unknown[])]
    : { ...(value as Record<string, unknown>) };
  (copy as Record<string | number, unknown>)[first] = replaced(
    (value as Record<string | number, unknown>)[first],
    rest,
    by,
  );
  return copy;
}

/** The same resource with other arguments. */
export function withArguments(resource: PolicyResource, props: unknown): PolicyResource {
  return { ...resource, props: unknownCheckingProxy(props as Record<string, unknown>) };
}

function jsonOf(value: unknown): unknown {
  if (typeof value !== "string" || !/^\s*[{[]/.test(value)) {
    return undefined;
  }
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return undefined;
  }
}
