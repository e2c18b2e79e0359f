import * as fs from "node:fs";
import * as path from "node:path";

import { ROOT } from "../../../local/home";
import { AnyRow, Fn } from "../../../local/provider/aws/row";

interface Service {
  readonly rows?: Readonly<Record<string, AnyRow>>;
  readonly functions?: Readonly<Record<string, Fn>>;
}

const FOLDER = path.join(ROOT, "local", "provider", "aws");

/** What each service's folder offers, found by the folders, so that none can be forgotten here. */
const SERVICES: readonly Service[] = [
  path.join(FOLDER, "functions"),
  ...fs
    .readdirSync(FOLDER, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => path.join(FOLDER, name)),
].map(
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- the names are not known here
  (module) => require(module) as Service,
);

/** Every row of the provider, by type. */
export const ROWS: Readonly<Record<string, AnyRow>> = Object.assign(
  {},
  ...SERVICES.map(({ rows }) => rows),
) as Record<string, AnyRow>;

/** Every function of the provider, by token. */
export const FUNCTIONS: Readonly<Record<string, Fn>> = Object.assign(
  {},
  ...SERVICES.map(({ functions }) => functions),
) as Record<string, Fn>;
