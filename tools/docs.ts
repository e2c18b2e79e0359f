import * as fs from "node:fs";
import * as path from "node:path";

import { parse, stringify } from "yaml";

import type { Declaration } from "../checks/declaration";
import { EMR } from "../checks/emr";
import { IAM } from "../checks/iam";
import { POLICY_ARNS, STATEMENTS } from "../checks/taskPermissions";
import { VARIABLES } from "../checks/variables";
import { SECURITY_GROUP_IDS, WEBSERVER_INGRESS } from "../checks/webserver";
import { extensionsOf } from "../components/pipeline";
import { PIPELINES } from "../components/pipelines";
import { ROOT } from "../local/home";
import { policiesPage } from "./policies";
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
export function declaredSettings(): Record<string, Omit<Declaration, "read">> {
  return {
    emr: EMR,
    iam: IAM,
    webserverIngress: WEBSERVER_INGRESS,
    securityGroupIds: SECURITY_GROUP_IDS,
    variables: VARIABLES,
    executionRoleStatements: STATEMENTS,
    executionRolePolicyArns: POLICY_ARNS,
    ...extensionsOf(PIPELINES).declared,
  };
}

/** `Pulumi.yaml` with the declared settings in it. */
export function withDeclared(pulumiYaml: string): string {
  const settings = Object.entries(declaredSettings()).map(([key, declaration]) => {
    const { type, items, description, default: standard, fields } = declaration;
    const names = fields === undefined ? "" : ` Fields: ${Object.keys(fields).join(", ")}.`;
    const elements = items === undefined ? {} : { items: { type: items } };
    return [key, { type, ...elements, description: `${description}${names}`, default: standard }];
  });
  const text = stringify(Object.fromEntries(settings), { lineWidth: 0 })
    .trimEnd()
    .split("\n")
    .map((line) => `  ${line}`)
    .join("\n");
  const [before, rest] = pulumiYaml.split(BEGIN);
  return `${before}${BEGIN}\n${text}\n${END}${rest.split(END)[1]}`;
}

/**
 * The page of settings, as Markdown: a row for each setting and for each field.
 *
 * @param changes what a change of each does to a live stack
 */
export function settingsPage(
  pulumiYaml: string,
  changes: Readonly<Record<string, string | undefined>>,
): string {
  const { config } = parse(pulumiYaml) as { config: Record<string, Setting> };
  const declared = declaredSettings();
  const rows = Object.entries(config).flatMap(([name, setting]) => {
    const type = setting.items ? `${setting.type} of ${setting.items.type}s` : setting.type;
    const { description = setting.description, fields = {} } =
      (declared[name] as Omit<Declaration, "read"> | undefined) ?? {};
    return [
      row(name, type, setting.default, description, changes[name]),
      ...Object.entries(fields).map(([field, { default: standard, description: text }]) =>
        row(
          `${name}.${field}`,
          typeof (standard ?? ""),
          standard,
          text,
          changes[`${name}.${field}`],
        ),
      ),
    ];
  });
  return [
    SETTINGS_PREAMBLE,
    "| setting | type | default | meaning | change on a live stack |",
    "|---|---|---|---|---|",
    ...rows,
  ]
    .join("\n")
    .concat("\n");
}

function row(
  name: string,
  type: string,
  standard: unknown,
  description: string,
  change = "",
): string {
  const code = standard === undefined ? "" : `\`${JSON.stringify(standard)}\``;
  const text = description.trim().replace(/\s+/g, " ").replaceAll("|", "\\|");
  return `| \`${name}\` | ${type} | ${code} | ${text} | ${change} |`;
}

const SETTINGS_PREAMBLE = `# Settings

<!-- Made by \`npm run docs\` from Pulumi.yaml and the declarations of settings. -->

A stack sets what differs from the defaults in \`Pulumi.<stack>.yaml\`, as \`mwaa-analytics:<setting>\`, or with
\`pulumi config set\`; a field of a setting with \`pulumi config set --path\`. A value that is not allowed ends the
preview with the setting's name, the value and what is allowed, before anything is created.

The last column says what a change does to a stack that is there, with all of the pipelines: roles, log groups and the
like are named where something is lost with them. *Refused where data is kept* means that with \`forceDestroy\` false the
preview ends and nothing is touched. [Changing a setting](deploying.md#changing-a-setting-of-a-live-stack) has how long
it takes, and the way out.
`;

/** What changes of settings do, as the test of them records it. */
const CHANGES = path.join(ROOT, "test", "golden", "changes.json");

/** What is made here: each file with what it should hold. */
function pages(): Record<string, string> {
  const pulumiYaml = withDeclared(fs.readFileSync(path.join(ROOT, "Pulumi.yaml"), "utf8"));
  return {
    "Pulumi.yaml": pulumiYaml,
    "docs/settings.md": settingsPage(
      pulumiYaml,
      JSON.parse(fs.readFileSync(CHANGES, "utf8")) as Record<string, string>,
    ),
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
