import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { processesWith, temporaryHome } from "../running";
import { LocalCommand } from "./command";

const PORTS = { cloud: 4566, airflow: 8080 };

describe("runs of a rehearsal", function () {
  this.timeout(600_000);
  const { home, remove } = temporaryHome();
  const work = path.join(home.folder, "rehearsals");
  const rehearse = (...dags: string[]) =>
    new LocalCommand(
      home,
      PORTS,
      "rehearse",
      "3.3.1",
      // The default version may be the newest by now.
      ...["--from", "3.2.1"],
      ...(dags.length > 0 ? ["--run"] : []),
      ...dags,
    );
  const left = () => [fs.readdirSync(work), processesWith(work)];
  after(remove);

  it("are in an environment of their own, which is gone afterwards", async () => {
    const { status, output } = await rehearse("generate_sample_reviews", "no_such_dag").finished;
    assert.match(output, /generate_sample_reviews\.generate_reviews: success/);
    assert.match(output, /✔ DAG generate_sample_reviews/);
    assert.match(output, /^✘ no_such_dag .*\[run\]$/m);
    assert.match(output, /files: 1 errors, 0 warnings/);
    assert.equal(status, 1, output);
    assert.deepEqual(left(), [[], []]);
    // The running environment's would be there.
    assert.deepEqual(fs.existsSync(path.join(home.folder, "cloud")), false);
    assert.deepEqual(fs.existsSync(path.join(home.folder, "airflow")), false);
  });

  it("go on where the command is killed, with servers of their own session", async () => {
    const command = rehearse("generate_sample_reviews");
    await command.shows(/▸ stack local with Airflow/);
    command.kill("SIGKILL");
    await command.finished;
    assert.ok(processesWith(work).length > 0);
  });

  it("are cleared up by the next, which leaves nothing where it is broken off", async () => {
    const killed = new Set(processesWith(work));
    const command = rehearse("generate_sample_reviews");
    await command.shows(/▸ stack local with Airflow/);
    assert.deepEqual(
      processesWith(work).filter((one) => killed.has(one)),
      [],
    );
    command.kill("SIGINT");
    const { status, output } = await command.finished;
    assert.equal(status, 130, output);
    assert.deepEqual(left(), [[], []]);
  });
});
