import { randomBytes } from "node:crypto";
import * as fs from "node:fs";

import { Home, writeAtomically } from "../home";

/** What one home's servers and state are locked with. Made once, at random, readable by its owner only. */
export interface Secrets {
  /** The one administrator of the local cloud; every other key belongs to a role. */
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Opens the local cloud's own routes, such as the one that vends a service the credentials of its role. */
  readonly token: string;
  /** Encrypts the secrets in the stack's state. */
  readonly passphrase: string;
}

/** The secrets of a home, made on first use. */
export function secretsOf(home: Home): Secrets {
  const file = home.file("secrets.json");
  if (!fs.existsSync(file)) {
    const fresh: Secrets = {
      accessKeyId: `AKIA${randomBytes(8).toString("hex").toUpperCase()}`,
      secretAccessKey: randomBytes(30).toString("base64url"),
      token: randomBytes(32).toString("hex"),
      passphrase: randomBytes(32).toString("hex"),
    };
    writeAtomically(file, `${JSON.stringify(fresh, undefined, 2)}\n`, 0o600);
  }
  return JSON.parse(fs.readFileSync(file, "utf8")) as Secrets;
}
