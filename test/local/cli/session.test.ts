import assert from "node:assert/strict";
import * as fs from "node:fs";

import { CLOUD } from "../../../local/cli/cloud";
import { startOf } from "../../../local/cli/processes";
import { explained } from "../../../local/cli/session";
import { UserError } from "../../../local/setup/steps";
import { temporaryHome } from "../running";

describe("a command that fails", () => {
  const { home, remove } = temporaryHome();
  const record = (startedAt: string) => {
    home.dir("run");
    fs.writeFileSync(
      home.file("run", `${CLOUD}.json`),
      JSON.stringify({ pid: process.pid, startedAt, port: 1 }),
    );
  };
  after(remove);

  it("says so in its own words while the local cloud runs", () => {
    const error = new TypeError("something else");
    assert.equal(explained(error, home), error);
    record(startOf(process.pid) ?? assert.fail());
    assert.equal(explained(error, home), error);
  });

  it("says that the local cloud is gone where it is, without a stack trace", () => {
    record("of a process that has ended");
    const error = explained(new TypeError("fetch failed"), home);
    assert.ok(error instanceof UserError);
    assert.match(error.message, /^the local cloud ended while this ran/);
    assert.match(error.message, /The same command starts it again.*fetch failed$/);
    assert.ok(error.message.includes(home.log(CLOUD)));
  });
});
