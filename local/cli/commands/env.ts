import { secretsOf } from "../../engine/secrets";
import { localEndpoint } from "../../engine/endpoint";
import { CLOUD } from "../cloud";
import { running } from "../processes";
import { type GlobalOptions, NotUp } from "../session";
import { homeOf } from "../stackHome";

/**
 * The variables that send a client of AWS's to the local cloud, as its administrator, in the language of a shell:
 * `eval "$(npm run --silent local -- env)"`. What has to be empty is unset, since the AWS CLI takes an empty profile for
 * the name of one.
 */
export function shellOf(environment: Readonly<Record<string, string>>): string {
  return Object.entries(environment)
    .map(([name, value]) =>
      value === "" ? `unset ${name}\n` : `export ${name}='${value.replaceAll("'", "'\\''")}'\n`,
    )
    .join("");
}

/**
 * Prints them.
 *
 * @throws NotUp where the local cloud does not run
 */
export function env(options: GlobalOptions): void {
  const home = homeOf(options);
  const server = running(home, CLOUD);
  if (server === undefined) {
    throw new NotUp();
  }
  process.stdout.write(shellOf(localEndpoint(server.port, secretsOf(home)).environment));
}
