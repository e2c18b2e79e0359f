import * as fs from "node:fs";
import * as path from "node:path";

import { ROOT } from "../local/home";
import { unusedSuppressions } from "../policy/ledger";
import { rules } from "../policy/index";
import { Written, levelsIn } from "../policy/levels";
import { Rule } from "../policy/rule";
import { PREAMBLE } from "./policiesPreamble";

/** Configurations that the table of levels shows: the presets, then those of this project's stacks. */
const CONFIGURATIONS = ["fails-on-aws", "recommended", "strict", "dev", "prod", "local"];

/** The page of the policy pack, as Markdown. */
export function policiesPage(): string {
  const levels = CONFIGURATIONS.map((name) =>
    levelsIn(
      JSON.parse(
        fs.readFileSync(path.join(ROOT, "policy", "config", `${name}.json`), "utf8"),
      ) as Written,
      rules,
    ),
  );
  const overview = rules.map(([{ name, severity }]) => {
    const each = levels.map((of) => of[name].level);
    return `| [\`${name}\`](#${name}) | ${severity} | ${each.join(" | ")} |`;
  });
  return [
    PREAMBLE,
    `| rule | severity | ${CONFIGURATIONS.join(" | ")} |`,
    `|---|---|${CONFIGURATIONS.map(() => "---|").join("")}`,
    ...overview,
    "",
    `Besides, \`${unusedSuppressions.name}\` (advisory) tells which suppressions let nothing off.`,
    "",
    ...foreignPrograms(),
    "",
    "## Rules",
    "",
    rules.map(([rule]) => detailOf(rule)).join("\n\n"),
    "",
  ].join("\n");
}

/** What each preset refuses of programs that are like other people's; the tests hold the file true. */
function foreignPrograms(): string[] {
  const file = path.join(ROOT, "test", "policy", "foreign", "verdicts.json");
  const verdicts = JSON.parse(fs.readFileSync(file, "utf8")) as Record<
    string,
    Record<string, readonly string[]>
  >;
  const shown = (names: readonly string[]) =>
    names.length === 0 ? "nothing" : names.map((name) => `[\`${name}\`](#${name})`).join(", ");
  return [
    "## Other people's programs",
    "",
    "What each preset refuses of programs that AWS takes, written for the tests (`test/policy/foreign/`):",
    "",
    "| program | fails-on-aws | recommended | strict |",
    "|---|---|---|---|",
    ...Object.entries(verdicts).map(
      ([what, of]) =>
        `| ${what} | ${shown(of["fails-on-aws"])} | ${shown(of.recommended)} | ${of.strict.length} rules |`,
    ),
  ];
}

function detailOf(rule: Rule): string {
  const parameters = Object.entries(rule.parameters ?? {}).map(([name, schema]) => {
    const { description, default: standard } = schema as {
      description?: string;
      default?: unknown;
    };
    return `- Parameter \`${name}\`: ${description ?? ""} Default: \`${JSON.stringify(standard)}\`.`;
  });
  const also = (rule.also ?? []).length > 0 ? [`- Elsewhere: ${rule.also?.join(", ")}.`] : [];
  return [
    `### ${rule.name}`,
    "",
    `${rule.description} ${rule.reason}`,
    "",
    `- Remedy: ${rule.remediationSteps}${rule.repair === undefined ? "" : " At the level `remediate` the pack does it."}`,
    `- Source: <${rule.url}>`,
    ...also,
    ...parameters,
  ].join("\n");
}
