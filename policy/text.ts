import { listOf } from "./lists";

/** A text as it is; undefined for what is none, as a number or null. */
export function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** The strings of a list, or of one value; what is none, as a number or null, is left out. */
export function textsOf(value: unknown): string[] {
  return listOf(value).filter((one): one is string => typeof one === "string");
}
