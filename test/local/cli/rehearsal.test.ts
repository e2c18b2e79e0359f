import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";

import { DEFAULTS } from "../../../checks/defaults";
import type { DagFinding } from "../../../deploy/dags/checkDags";
import { readStack } from "../../../deploy/oidc/stackSettings";
import { rehearsal } from "../../../local/cli/rehearsal";
import { type Home, ROOT, toolHome } from "../../../local/home";
import { metadataTemplate, postgresqlPrograms, pythonOf } from "../../../local/setup/python";
import { ACCOUNT } from "../../mocks";
import { copyOfProgram, processesWith, temporaryHome } from "../running";
import { LocalCommand } from "./command";
import { SEEDS, seed } from "./seededUpgrade";

const NOBODY = { accountId: ACCOUNT, partition: "aws", dnsSuffix: "amazonaws.com" };
const PORTS = { cloud: 4566, airflow: 8080 };

/** The default version may be the newest by now. */
const REHEARSE = ["rehearse", "3.3.1", "--from", "3.2.1"];

/** Hashes of all files below a folder, by their paths; of rehearsals' own none. */
function digests(folder: string): Record<string, string> {
  const files = fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
  const hash = (file: string) => createHash("sha256").update(fs.readFileSync(file)).digest("hex");
  return Object.fromEntries(files.sort().map((file) => [path.relative(folder, file), hash(file)]));
}

/** Makes the metadata database of a home, and stops its server. */
const MIGRATE = `
import sys
from pathlib import Path
from components import Components
from environment import base_variables, read_secrets
from history import migrate
from postgresql import PostgreSQL, address
home, programs, template = map(Path, sys.argv[1:4])
database = PostgreSQL(home, programs)
variables = base_variables(home, 1, read_secrets(home), address(home))
migrate(home, database, Components(home), variables, sys.argv[4], template, lambda: True)
database.stop()
`;

/** What is found in a copy of the program under 3.3.1. */
async function found(root: string, home: Home, from: string): Promise<readonly DagFinding[]> {
  const program = readStack("local", NOBODY, root);
  return (await rehearsal({ program, home, from, to: "3.3.1", root })).findings;
}

describe("a rehearsal of an upgrade to Airflow 3.3.1", function () {
  this.timeout(300_000);
  const { home, remove } = temporaryHome();
  const { folder, remove: removeCopy } = copyOfProgram();
  const airflow = home.dir("airflow");

  before(() => {
    seed(folder);
    // Of the default version, as the running environment's Airflow makes it.
    execFileSync(
      pythonOf(toolHome, "airflow"),
      [
        ...["-c", MIGRATE, airflow, postgresqlPrograms(toolHome)],
        ...[metadataTemplate(toolHome, "airflow"), DEFAULTS.airflowVersion],
      ],
      { cwd: path.join(ROOT, "local", "airflow"), stdio: "ignore" },
    );
  });
  after(() => {
    remove();
    removeCopy();
  });

  for (const from of ["3.2.1", "2.11"]) {
    it(`finds all that was seeded, and nothing else, from ${from}`, async () => {
      const [source, running] = [digests(folder), digests(airflow)];
      const findings = [...(await found(folder, home, from))];
      assert.deepEqual([digests(folder), digests(airflow)], [source, running]);
      for (const [what, { file, line, rule, also = [] }] of Object.entries(SEEDS)) {
        const own = findings.filter((one) => one.file === file && one.rule === rule);
        assert.ok(own.length > 0, `${what}: ${JSON.stringify(findings, undefined, 1)}`);
        assert.ok(
          own.some((one) => (line === 0 ? (one.line ?? 0) > 0 : one.line === line)),
          `${what}: ${JSON.stringify(own)}`,
        );
        for (const one of findings.filter((other) => other.file === file)) {
          if (one.rule === rule || also.includes(one.rule)) {
            findings.splice(findings.indexOf(one), 1);
          }
        }
      }
      assert.deepEqual(findings, []);
    });
  }

  for (const step of ["imported", "migrated"]) {
    it(`changes nothing where it is killed while files are ${step}`, async () => {
      const before = digests(airflow);
      const command = new LocalCommand(home, PORTS, ...REHEARSE);
      await command.shows(new RegExp(`▸ .*${step}`));
      command.kill("SIGKILL");
      await command.finished;
      const work = path.join(home.folder, "rehearsals");
      while (processesWith(work).length > 0) {
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      assert.deepEqual(digests(airflow), before);
      assert.equal(fs.readdirSync(work).length, 1, "what it left");
    });
  }

  it("is taken up anew by the next, which finds nothing in the program itself and leaves nothing", async () => {
    const before = digests(airflow);
    const junit = path.join(home.folder, "upgrade.xml");
    const command = new LocalCommand(home, PORTS, ...REHEARSE, "--junit", junit);
    const { status, output } = await command.finished;
    assert.equal(status, 0, output);
    assert.match(output, /files: 0 errors, 0 warnings/);
    assert.match(fs.readFileSync(junit, "utf8"), /upgrade from 3\.2\.1 to 3\.3\.1.* failures="0"/);
    assert.deepEqual(digests(airflow), before);
    assert.deepEqual(fs.readdirSync(path.join(home.folder, "rehearsals")), []);
  });

  for (const [args, said] of [
    [["9.9.9"], /airflowVersion is 9\.9\.9; allowed on the laptop: 3\.2\.1, 3\.3\.1/],
    [["3.2.1"], /airflowVersion of the stack is \S+; allowed: a version older than 3\.2\.1/],
    [["3.3.1", "--from", "newest"], /--from is newest; allowed: a version older than 3\.3\.1/],
  ] as const) {
    it(`refuses ${args.join(" ")}`, async () => {
      const { status, output } = await new LocalCommand(home, PORTS, "rehearse", ...args).finished;
      assert.equal(status, 1);
      assert.match(output, said);
    });
  }
});
