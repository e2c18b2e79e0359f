import assert from "node:assert/strict";
import * as fs from "node:fs";

import { AIRFLOW } from "../../../local/cli/airflowServer";
import { CLOUD, inventoryOf, startCloud, stopCloud } from "../../../local/cli/cloud";
import { running } from "../../../local/cli/processes";
import { freePort, processesWith, temporaryHome } from "../running";
import { LocalCommand } from "./command";

describe("commands that are interrupted or killed", () => {
  const { home, remove } = temporaryHome();
  const zip = home.file("cache", "some.zip");
  let ports: { cloud: number; airflow: number };

  before(async () => {
    ports = { cloud: await freePort(), airflow: await freePort() };
    // Nothing here reads it: it only keeps the command from looking for a data set.
    fs.writeFileSync(zip, "PK");
  });
  after(async () => {
    await new LocalCommand(home, ports, "down").finished;
    remove();
  });

  const command = (...args: string[]) => new LocalCommand(home, ports, ...args);
  const kill = (name: string) => process.kill(running(home, name)?.pid as number, "SIGKILL");

  it("leave nothing running after Ctrl-C", async () => {
    const up = command("up", "--movielens", zip);
    await up.shows(/aws:s3:Bucket .*creat/);
    up.kill("SIGINT");
    const { status, output } = await up.finished;
    assert.equal(status, 130, output);
    assert.deepEqual(processesWith(home.folder), []);
  });

  it("finish the work that a kill of the command cut off", async () => {
    const up = command("up", "--movielens", zip);
    await up.shows(/created/);
    up.kill("SIGKILL");
    await up.finished;
    const again = await command("up", "--movielens", zip).finished;
    assert.equal(again.status, 0, again.output);
  });

  it("find the stack as it was after the local cloud was killed", async () => {
    kill(CLOUD);
    const { status, output } = await command("up", "--movielens", zip).finished;
    assert.equal(status, 0, output);
    assert.match(output, /refresh, since the local cloud was killed/);
  });

  it("start Airflow again after it was killed", async () => {
    kill(AIRFLOW);
    const { status, output } = await command("ui").finished;
    assert.equal(status, 0, output);
    assert.match(output, /address: +http:\/\/127\.0\.0\.1:\d+/);
  });

  it("keep the state over down and up, which finds nothing left to do after all that", async () => {
    assert.equal((await command("down").finished).status, 0);
    assert.deepEqual(processesWith(home.folder), []);
    const { output } = await command("up", "--movielens", zip).finished;
    assert.match(output, /\d+ unchanged/);
    assert.doesNotMatch(output, /\d+ (created|updated|deleted|replaced)/);
  });

  it("let one command at a time work on a home", async () => {
    const preview = command("preview");
    await preview.shows(/Previewing/);
    const second = await command("preview").finished;
    assert.equal(second.status, 1);
    assert.match(second.output, /another command \(process \d+\) is working on/);
    assert.equal((await preview.finished).status, 0);
  });

  it("destroy all of it, and leave nothing running", async () => {
    const { status, output } = await command("destroy").finished;
    assert.equal(status, 0, output);
    assert.deepEqual(processesWith(home.folder), []);
    const endpoint = await startCloud(home, ports.cloud, () => undefined);
    try {
      assert.deepEqual(await inventoryOf(home, endpoint), {});
    } finally {
      await stopCloud(home);
    }
  });
});
