import * as fs from "node:fs";
import * as path from "node:path";

import { parse } from "yaml";

import { ROOT } from "../home";

/** Between these lines of the README stands the table that is made here from `Pulumi.yaml`. */
const BEGIN = "<!-- settings: made by `npm run docs` from Pulumi.yaml -->";
const END = "<!-- end of settings -->";

/** A setting as `Pulumi.yaml` declares it. */
interface Setting {
  readonly type: string;
  readonly items?: { readonly type: string };
  readonly default?: unknown;
  readonly description: string;
}

/** The table of settings, as Markdown. */
export function settingsTable(pulumiYaml: string): string {
  const { config } = parse(pulumiYaml) as { config: Record<string, Setting> };
  const rows = Object.entries(config).map(([name, setting]) => {
    const type = setting.items ? `${setting.type} of ${setting.items.type}` : setting.type;
    const standard = setting.default === undefined ? "" : `\`${JSON.stringify(setting.default)}\``;
    const text = setting.description.trim().replace(/\s+/g, " ").replaceAll("|", "\\|");
    return `| \`${name}\` | ${type} | ${standard} | ${text} |`;
  });
  return ["| setting | type | default | meaning |", "|---|---|---|---|", ...rows].join("\n");
}

/** The README with the table in it. */
export function withTable(readme: string, table: string): string {
  const [before, rest] = readme.split(BEGIN);
  const after = rest.split(END)[1];
  return `${before}${BEGIN}\n${table}\n${END}${after}`;
}

function main(mode: string | undefined): void {
  const file = path.join(ROOT, "README.md");
  const readme = fs.readFileSync(file, "utf8");
  const table = settingsTable(fs.readFileSync(path.join(ROOT, "Pulumi.yaml"), "utf8"));
  const wanted = withTable(readme, table);
  if (mode === "--check") {
    if (wanted !== readme) {
      process.stderr.write(
        "The settings in README.md are not those of Pulumi.yaml. Write them with: npm run docs\n",
      );
      process.exit(1);
    }
  } else {
    fs.writeFileSync(file, wanted);
  }
}

if (require.main === module || process.argv[1] === __filename) {
  main(process.argv[2]);
}
