import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { airflowStatus } from "../../../local/cli/airflowServer";
import { demo } from "../demoStack";

/** The files that are there to hold secrets: for their owner alone. */
const KEPT = [
  "secrets.json",
  "airflow/secrets.json",
  "airflow/passwords.json",
  "airflow/status.json",
  // Airflow's own, with keys that it makes up and that our variables replace.
  "airflow/airflow.cfg",
];

/** Files that users look at or pass on, some of each kind: these have to be among those looked through. */
const SHARED = [
  /^logs\/cloud\.log$/,
  /^logs\/airflow\.log$/,
  /^report\.json$/,
  /^run\/cloud\.json$/,
  /^state\/\.pulumi\/stacks\/.*\.json$/,
  /^airflow\/postgresql\/base\/\d+\/\d+$/,
  /^airflow\/postgresql\/pg_wal\/[0-9A-F]{24}$/,
  /^airflow\/logs\/api-server\.log$/,
  /^airflow\/logs\/dag_id=mwaa_movielens_demo\/.*\.log$/,
  /^cloud\/s3\/.*\/find_best_sellers.*\.ipynb$/,
  /^cloud\/services\/stepfunctions\.json$/,
  /^cloud\/services\/sts\.json$/,
];

/** What a credential looks like, as the local cloud and Airflow make them, and as AWS's are written. */
const LIKE_SECRETS: Readonly<Record<string, RegExp>> = {
  "an access key's id": /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/,
  "a secret key": /secret_?access_?key["'\\\s:=]{1,8}[\w/+-]{20,}/i,
  // 120 random bytes.
  "a session token": /(?<![\w-])[\w-]{160}(?![\w-])/,
  "what opens a role": /AWS_CONTAINER_AUTHORIZATION_TOKEN["'\\\s:=]{1,8}\w{10,}/,
  "a private key": /PRIVATE KEY/,
  "a signed token": /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]+/,
  "a password in an address": /\b[a-z][a-z+]*:\/\/[^/\s:@"]{1,60}:[^/\s:@"]{3,60}@[\w.-]+/,
  "a key of Airflow": /(?:fernet_key|secret_key|jwt_secret)["'\\\s:=]{1,8}[\w=-]{20,}/i,
};

/**
 * What the engine has encrypted in a stack's state: random letters and digits, 160 of which in a row look like a token. One
 * value of 104 bytes in 160 is such a row.
 */
const ENCRYPTED = /(?<="ciphertext": ?")v1:[\w+/]+=*:[\w+/]+=*(?=")/g;

/** All files of the home by their path in it. Data that a stack's buckets hold is looked through as well. */
function files(folder: string): string[] {
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)));
}

/** What a file of the home holds; nothing where a server has removed it meanwhile, such as PostgreSQL its log. */
function contentOf(file: string): string {
  const found = path.join(demo.home.folder, file);
  try {
    return fs.readFileSync(found, "latin1");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") {
      return "";
    }
    throw error;
  }
}

/** Every secret in use, by what it is. */
async function secretsInUse(): Promise<Map<string, string>> {
  const { secretAccessKey, token, passphrase } = demo.secrets();
  const kept = fs.readFileSync(demo.home.file("airflow", "secrets.json"), "utf8");
  const { username, ...airflow } = JSON.parse(kept) as Record<string, string>;
  const status = airflowStatus(demo.home);
  const answer = await fetch(`${status?.url}/auth/token`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ username, password: airflow.password }),
  });
  const { access_token: login } = (await answer.json()) as { access_token: string };
  return new Map([
    ...Object.entries({ secretAccessKey, token, passphrase, login }),
    ...Object.entries(airflow),
    ...[...demo.watch.tokens].map((value, i) => [`what opens role ${i}`, value] as const),
  ]);
}

describe("secrets", () => {
  let inUse: Map<string, string>;
  before(async () => {
    inUse = await secretsInUse();
  });

  it("are known to these tests, those of roles too", () => {
    // Airflow's, a step's or notebook's, and the Glue job's.
    assert.ok(demo.watch.tokens.size >= 3, `${demo.watch.tokens.size} tokens were seen`);
    for (const [what, value] of inUse) {
      assert.ok(value.length >= 16, `${what} has only ${value.length} characters`);
    }
  });

  it("are in no file but those that keep them", () => {
    const found: string[] = [];
    const all = files(demo.home.folder);
    for (const shared of SHARED) {
      assert.ok(
        all.some((file) => shared.test(file)),
        `no file ${shared} in ${demo.home.folder}`,
      );
    }
    for (const file of all.filter((name) => !KEPT.includes(name))) {
      const content = contentOf(file);
      for (const [what, value] of inUse) {
        if (content.includes(value)) {
          found.push(`${file}: ${what}`);
        }
      }
      const others = content.replace(ENCRYPTED, "");
      for (const [what, pattern] of Object.entries(LIKE_SECRETS)) {
        const match = pattern.exec(others);
        if (match !== null) {
          found.push(`${file}: ${what}, ${match[0].slice(0, 12)}…`);
        }
      }
    }
    assert.deepEqual(found, []);
  });

  it("are found where they are", () => {
    const kept = fs.readFileSync(demo.home.file("secrets.json"), "latin1");
    assert.ok(kept.includes(inUse.get("token") as string));
    assert.match(kept, LIKE_SECRETS["an access key's id"]);
    assert.match(kept, LIKE_SECRETS["a secret key"]);
    assert.match(
      fs.readFileSync(demo.home.file("airflow", "secrets.json"), "latin1"),
      LIKE_SECRETS["a key of Airflow"],
    );
    assert.match(inUse.get("login") as string, LIKE_SECRETS["a signed token"]);
  });

  it("are encrypted in the stack's state", () => {
    const state = demo.home.file("state", ".pulumi", "stacks", "mwaa-analytics", "local.json");
    const values = fs.readFileSync(state, "latin1").match(/"ciphertext": ?"[^"]*"/g) ?? [];
    assert.ok(values.length > 0, "nothing is encrypted");
    assert.deepEqual(
      values.filter((value) => !/^"ciphertext": ?""$/.test(value.replace(ENCRYPTED, ""))),
      [],
    );
  });

  it("are kept in files for their owner alone", () => {
    for (const name of KEPT) {
      const file = path.join(demo.home.folder, name);
      assert.equal((fs.statSync(file).mode & 0o777).toString(8), "600", name);
      // Who may write to the folder may put another file in its place.
      assert.equal(fs.statSync(path.dirname(file)).mode & 0o022, 0, path.dirname(file));
    }
    for (const folder of ["airflow", "cloud", "state", "stack"]) {
      const { mode } = fs.statSync(path.join(demo.home.folder, folder));
      assert.equal((mode & 0o777).toString(8), "700", folder);
    }
  });

  it("are in no process's command line", () => {
    const commands = [...demo.watch.commands];
    for (const value of [...inUse.values()]) {
      assert.deepEqual(
        commands.filter((command) => command.includes(value)),
        [],
      );
    }
    for (const pattern of Object.values(LIKE_SECRETS)) {
      assert.deepEqual(
        commands.filter((command) => pattern.test(command)),
        [],
      );
    }
  });
});
