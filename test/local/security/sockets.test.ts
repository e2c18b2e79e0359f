import assert from "node:assert/strict";

import { addressOf, noProcessTable } from "./processes";
import { demo } from "../demoStack";

/** What the servers and the engines are known by in the table of processes. */
const SEEN = {
  "local cloud": /-m local\.cloud/,
  "Airflow's api-server": /airflow api_server/,
  "Spark's Java machine": /\/bin\/java .*spark/,
  "Spark step": /python.*\/spark-work\/.*preprocess/,
  "Glue job": /run_script\.py/,
  "notebook's kernel": /ipykernel_launcher/,
};

describe("the sockets of all processes", () => {
  before(function () {
    const missing = noProcessTable();
    if (missing !== undefined) {
      process.stdout.write(`  skipped: ${missing}\n`);
      this.skip();
    }
  });

  it("are told from the kernel's tables", () => {
    assert.equal(addressOf("0100007F"), "127.0.0.1");
    assert.equal(addressOf("00000000"), "0.0.0.0");
    assert.equal(addressOf("0000000000000000FFFF00000100007F"), "127.0.0.1");
    assert.equal(addressOf("00000000000000000000000001000000"), "0:0:0:0:0:0:0:1");
    assert.equal(addressOf("00000000000000000000000000000000"), "0:0:0:0:0:0:0:0");
  });

  it("were seen while servers and engines were at work", () => {
    const commands = [...demo.watch.commands];
    for (const [what, pattern] of Object.entries(SEEN)) {
      assert.ok(
        commands.some((command) => pattern.test(command)),
        `no process of the ${what} was seen, among:\n${commands.join("\n")}`,
      );
    }
    const ports = new Set([...demo.watch.sockets.values()].map(({ port }) => port));
    const { cloud, airflow } = demo.ports;
    assert.ok(ports.has(cloud) && ports.has(airflow));
  });

  it("take nothing but from this machine", () => {
    const open = [...demo.watch.sockets.values()].filter(
      ({ address }) => address !== "127.0.0.1" && address !== "0:0:0:0:0:0:0:1",
    );
    assert.deepEqual(open, []);
  });
});
