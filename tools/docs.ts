import * as fs from "node:fs";
import * as path from "node:path";

import { parse, stringify } from "yaml";

import type { Declaration } from "../checks/declaration";
import { EMR } from "../checks/emr";
import { IAM } from "../checks/iam";
import { extensionsOf } from "../components/pipeline";
import { PIPELINES } from "../components/pipelines";
import { rules } from "../policy/index";
import { ROOT } from "../local/home";
import { providerPage } from "./provider";

/** Between these lines of `Pulumi.yaml` stand the settings that are made from their declarations. */
const BEGIN =
  "  # Settings with fields, and those of pipelines: written by `npm run docs` from their declarations.";
const END = "  # End of what is written by `npm run docs`.";

/** A setting as `Pulumi.yaml` declares it. */
interface Setting {
  readonly type: string;
  readonly items?: { readonly type: string };
  readonly default?: unknown;
  readonly description: string;
}

/** Settings that are declared in code: those of the platform that have fields, and those of pipelines. */
export function declaredSettings(): Record<string, Declaration> {
  return { emr: EMR, iam: IAM, ...extensionsOf(PIPELINES).declared };
}

/** `Pulumi.yaml` with the declared settings in it. */
export function withDeclared(pulumiYaml: string): string {
  const settings = Object.entries(declaredSettings()).map(([key, declaration]) => {
    const { type, description, default: standard, fields } = declaration;
    const names = fields === undefined ? "" : ` Fields: ${Object.keys(fields).join(", ")}.`;
    return [key, { type, description: `${description}${names}`, default: standard }];
  });
  const text = stringify(Object.fromEntries(settings), { lineWidth: 0 })
    .trimEnd()
    .split("\n")
    .map((line) => `  ${line}`)
    .join("\n");
  const [before, rest] = pulumiYaml.split(BEGIN);
  return `${before}${BEGIN}\n${text}\n${END}${rest.split(END)[1]}`;
}

/** The page of settings, as Markdown: a row for each setting and for each field. */
export function settingsPage(pulumiYaml: string): string {
  const { config } = parse(pulumiYaml) as { config: Record<string, Setting> };
  const declared = declaredSettings();
  const rows = Object.entries(config).flatMap(([name, setting]) => {
    const type = setting.items ? `${setting.type} of ${setting.items.type}s` : setting.type;
    const { description = setting.description, fields = {} } =
      (declared[name] as Declaration | undefined) ?? {};
    return [
      row(name, type, setting.default, description),
      ...Object.entries(fields).map(([field, { default: standard, description: text }]) =>
        row(`${name}.${field}`, typeof (standard ?? ""), standard, text),
      ),
    ];
  });
  return [SETTINGS_PREAMBLE, "| setting | type | default | meaning |", "|---|---|---|---|", ...rows]
    .join("\n")
    .concat("\n");
}

function row(name: string, type: string, standard: unknown, description: string): string {
  const code = standard === undefined ? "" : `\`${JSON.stringify(standard)}\``;
  const text = description.trim().replace(/\s+/g, " ").replaceAll("|", "\\|");
  return `| \`${name}\` | ${type} | ${code} | ${text} |`;
}

const SETTINGS_PREAMBLE = `# Settings

<!-- Made by \`npm run docs\` from Pulumi.yaml and the declarations of settings. -->

A stack sets what differs from the defaults in \`Pulumi.<stack>.yaml\`, as \`mwaa-analytics:<setting>\`, or with
\`pulumi config set\`; a field of a setting with \`pulumi config set --path\`. A value that is not allowed ends the
preview with the setting's name, the value and what is allowed, before anything is created.
`;

/** Levels of the stacks, as their configuration of the pack has them. */
const STACKS = ["dev", "prod", "local"];

type Configured = Record<string, string | { readonly enforcementLevel?: string } | undefined>;

/** The page of the policy pack, as Markdown. */
export function policiesPage(): string {
  const configured = STACKS.map(
    (stack) =>
      JSON.parse(
        fs.readFileSync(path.join(ROOT, "policy", "config", `${stack}.json`), "utf8"),
      ) as Configured,
  );
  const levelIn = (config: Configured, name: string, standard: string): string => {
    const own = config[name];
    return (typeof own === "string" ? own : own?.enforcementLevel) ?? standard;
  };
  const overview = rules.map(([{ name, severity }, level]) => {
    const levels = configured.map((config) => levelIn(config, name, level));
    return `| [\`${name}\`](#${name}) | ${severity} | ${level} | ${levels.join(" | ")} |`;
  });
  const details = rules.map(([rule]) => {
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
      `- Remedy: ${rule.remediationSteps}`,
      `- Source: <${rule.url}>`,
      ...also,
      ...parameters,
    ].join("\n");
  });
  return [
    PREAMBLE,
    "| rule | severity | level | dev | prod | local |",
    "|---|---|---|---|---|---|",
    ...overview,
    "",
    "## Rules",
    "",
    details.join("\n\n"),
    "",
  ].join("\n");
}

const PREAMBLE = `# Policies

<!-- Made by \`npm run docs\` from policy/. -->

The pack looks at a stack before anything is made: \`pulumi preview --policy-pack policy\`. A \`mandatory\` rule
stops a preview and an update, an \`advisory\` one is printed, a \`disabled\` one does not run. The level is the
pack's own; a stack has another where its file in \`policy/config/\` says so:

\`\`\`
pulumi preview --policy-pack policy --policy-pack-config policy/config/prod.json
\`\`\`

What a first preview cannot know, since no id exists yet, is reported as "not checked yet" and decided by the same
rule at the update; it never passes silently. A rule that fails itself is a violation.

## On another program

The pack needs nothing of this project's program. Copy the folder \`policy/\`, install its packages once, and name it:

\`\`\`
npm install --prefix ../policy
pulumi preview --policy-pack ../policy --policy-pack-config policies.json
\`\`\`

Rules for resources that a program does not have say nothing. Without \`--policy-pack-config\` every rule has the
level in the table below. A file of your own changes levels and parameters by rule, and \`all\` is for the rules that
it does not name:

\`\`\`json
{
  "all": "advisory",
  "mwaa-two-private-subnets": "mandatory",
  "stack-required-tags": { "enforcementLevel": "mandatory", "required": ["CostCenter"] }
}
\`\`\`

A rule that the pack does not have, a key that a rule does not take and a value that it does not allow end the
preview before any resource is looked at.

## Letting something off

In the configuration, by rule, with the resource's name or URN (a star stands for any text), a reason and the last
day that it holds. Without a reason, or past its date, the suppression is a violation itself.

\`\`\`json
{
  "s3-access-logging": {
    "suppress": [
      { "resource": "data-bucket", "reason": "CloudTrail records its data events", "expires": "2027-06-30" }
    ]
  }
}
\`\`\`

## Levels
`;

/** What is made here: each file with what it should hold. */
function pages(): Record<string, string> {
  const pulumiYaml = withDeclared(fs.readFileSync(path.join(ROOT, "Pulumi.yaml"), "utf8"));
  return {
    "Pulumi.yaml": pulumiYaml,
    "docs/settings.md": settingsPage(pulumiYaml),
    "docs/policies.md": policiesPage(),
    "docs/provider.md": providerPage(),
  };
}

function main(mode: string | undefined): void {
  for (const [name, wanted] of Object.entries(pages())) {
    const file = path.join(ROOT, name);
    if (mode !== "--check") {
      fs.mkdirSync(path.dirname(file), { recursive: true });
      fs.writeFileSync(file, wanted);
    } else if (!fs.existsSync(file) || fs.readFileSync(file, "utf8") !== wanted) {
      process.stderr.write(`${name} is not what its sources say. Write it with: npm run docs\n`);
      process.exitCode = 1;
    }
  }
}

if (require.main === module || process.argv[1] === __filename) {
  main(process.argv[2]);
}
