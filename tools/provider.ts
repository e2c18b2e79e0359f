import * as fs from "node:fs";
import * as path from "node:path";

import type { AnyRow, Fn, Source } from "../local/provider/aws/row";
import { ROOT } from "../local/home";
import { limitsSection } from "./limits";

const FOLDER = path.join(ROOT, "local", "provider", "aws");
const REPOSITORY = "https://github.com/hashicorp/terraform-provider-aws/blob";
/** The newest release of the official provider whose code was read, function by function. */
const RELEASE = "v6.58.0";

interface Service {
  readonly rows?: Readonly<Record<string, AnyRow>>;
  readonly functions?: Readonly<Record<string, Fn>>;
}

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]) =>
  a < b ? -1 : 1;

/** Everything in the provider's stand-in, by the service's folder. */
function allServices(): Service[] {
  return [
    path.join(FOLDER, "functions"),
    ...fs
      .readdirSync(FOLDER, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => path.join(FOLDER, name)),
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- the names are not known here
  ].map((module) => require(module) as Service);
}

const sourceLine = ({ file }: Source) =>
  `Source: [${file}](${REPOSITORY}/${RELEASE}/${file}) at \`${RELEASE}\``;

const differencesOf = ({ differences = [] }: Source) =>
  differences.map((difference) => `- Differs: ${difference}.`);

const code = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(", ");

/** The page of the provider's stand-in, as Markdown. */
export function providerPage(): string {
  const services = allServices();
  const rows = services.flatMap(({ rows = {} }) => Object.entries(rows)).sort(byName);
  const functions = services
    .flatMap(({ functions = {} }) => Object.entries(functions))
    .sort(byName)
    .flatMap(([token, { source }]) => {
      const differences = differencesOf(source);
      return [
        `### ${token}`,
        "",
        sourceLine(source),
        "",
        ...differences,
        ...(differences.length === 0 ? [] : [""]),
      ];
    });
  const compared = rows.flatMap(([type, row]) => {
    const { source } = row;
    if (source === undefined) {
      return [];
    }
    const lines = [
      ["Replaced by a change of", row.replaceOn],
      ["Left out, what is there stays", row.leftOut ?? []],
      ["Checked at preview", Object.keys(row.checks ?? {}).sort()],
    ] as const;
    return [
      `### ${type}`,
      "",
      sourceLine(source),
      "",
      ...lines
        .filter(([, names]) => names.length > 0)
        .map(([what, names]) => `- ${what}: ${code(names)}.`),
      ...(row.together === undefined ? [] : ["- Checks inputs together at preview."]),
      ...(row.plan === undefined ? [] : ["- Asks AWS at preview, as the provider does."]),
      ...differencesOf(source),
      "",
    ];
  });
  const open = rows.filter(([, { source }]) => source === undefined).map(([type]) => type);
  return [
    PREAMBLE,
    ...compared,
    "## Functions held against the provider's source",
    "",
    ...functions,
    ...(open.length === 0
      ? []
      : ["## Not compared yet", "", OPEN, "", ...open.map((type) => `- ${type}`), ""]),
    ...limitsSection(),
  ].join("\n");
}

const OPEN = `These rows follow AWS's API references and the provider's documentation; nobody has held them against its
source line by line:`;

const PREAMBLE = `# The stand-in for the aws provider

<!-- Made by \`npm run docs\` from local/provider/aws/. -->

The laptop target has its own provider for the types that the program uses: a row a type, in
\`local/provider/aws/<service>/<type>.ts\`. A stand-in is never kinder than what it stands for: it refuses at preview
what the official provider refuses there, sends what that sends and only when that sends it, gives out no value that
that does not, and waits as long.

- A resource whose creation fails after AWS has made it stays in the stack's state as not right yet, as with the
  official provider: the next update tries to change it and does not make it anew.
- A source is a file of the provider's release \`${RELEASE}\`, the newest whose code could be read.
- What is not compared: the official provider tries several calls again for minutes while new roles spread or what is
  in use is let go. On a laptop they count at once, so such a refusal is final here. Values that the official provider
  fills in for arguments the program leaves out are sent as it sends them, and are no inputs of the resource here.
- What the Pulumi package lays over the provider is done as well: its names of arguments, the names that it makes up
  (the logical name, a dash and seven hexadecimal digits, of 255 characters at most and fewer for roles, topics and
  buckets), its description of a security group, the order in which the attachment of a policy is replaced, and that a
  topic of a name that is there is refused.
- An argument that a row does not have is an error with its name, even where the official provider takes it.

## Types held against the provider's source
`;
