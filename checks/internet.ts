import type { Problem } from "./problem";
import { requirementLines } from "./requirements";

/** What a network without a way to the internet cannot bring: the setting, and what to do. */
export type InternetNeed = Pick<Problem, "setting" | "value" | "remedy">;

/**
 * Whether pip would ask the internet for what a requirements file names: an index of packages, which `--no-index` turns
 * off, or an address.
 */
export function asksInternet(requirements: string): boolean {
  const lines = requirementLines(requirements)
    .map(({ text }) => text.replace(/(^|\s+)#.*$/, "").trim())
    .filter((text) => text !== "");
  return (
    lines.some((line) => /\bhttps?:\/\//.test(line)) ||
    (lines.some((line) => !line.startsWith("-")) && !lines.includes("--no-index"))
  );
}

/** What is wrong with settings that need the internet, where there is no way to it. */
export function withoutInternet(needs: readonly InternetNeed[], network: string): Problem[] {
  return needs.map((need) => ({
    ...need,
    allowed: `what needs no internet: ${network} has no way to it`,
  }));
}
