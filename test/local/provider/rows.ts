import * as fs from "node:fs";
import * as path from "node:path";

import { ROOT } from "../../../local/home";
import { AnyRow, Fn } from "../../../local/provider/aws/row";

interface Service {
  readonly rows?: Readonly<Record<string, AnyRow>>;
  readonly functions?: Readonly<Record<string, Fn>>;
}

const FOLDER = path.join(ROOT, "local", "provider", "aws");

/** What each file of the provider offers, found by the files, so that none can be forgotten here. */
const SERVICES: readonly Service[] = fs
  .readdirSync(FOLDER)
  // The server, on being loaded, takes nothing but time: it has no rows.
  .filter((file) => file !== "server.ts")
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- the names are not known here
  .map((file) => require(path.join(FOLDER, file)) as Service);

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
