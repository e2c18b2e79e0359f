import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout } from "node:timers/promises";

import { ROOT } from "../../../local/home";
import { bringPulumi } from "../../../local/setup/pulumiCli";
import {
  environmentIsCurrent,
  makeEnvironment,
  otherPython,
  pythonTools,
} from "../../../local/setup/python";
import { StepError, command, elapsed, step } from "../../../local/setup/steps";
import { temporaryHome } from "../running";

describe("set-up", () => {
  const { home, remove } = temporaryHome();
  const bin = fs.mkdtempSync(path.join(os.tmpdir(), "mwaa-bin-"));
  const realPath = process.env.PATH;

  afterEach(() => {
    process.env.PATH = realPath;
    fs.readdirSync(bin).forEach((name) => fs.rmSync(path.join(bin, name)));
  });
  after(() => {
    remove();
    fs.rmSync(bin, { recursive: true });
  });

  it("lets Python keep what it compiles, also where an image forbids that", () => {
    const script = path.join(bin, "shown.cjs");
    fs.writeFileSync(script, "process.stdout.write(String(process.env.PYTHONDONTWRITEBYTECODE));");
    const shown = execFileSync(
      process.execPath,
      [path.join(ROOT, "tools/bootstrap.cjs"), path.relative(ROOT, script)],
      { env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1" }, encoding: "utf8" },
    );
    assert.equal(shown, "undefined");
  });

  /** Puts a command that prints `text` on a PATH that has nothing else. */
  const onlyOnPath = (name: string, text: string) => {
    fs.writeFileSync(path.join(bin, name), `#!/bin/sh\ncat <<'END'\n${text}\nEND\n`, {
      mode: 0o755,
    });
    fs.symlinkSync("/bin/cat", path.join(bin, "cat"));
    process.env.PATH = bin;
  };

  it("names the Python that is too old and what to install", async () => {
    onlyOnPath("python3", "3.9.18\n/usr/bin/python3");
    await assert.rejects(
      pythonTools(home, home.log("x")),
      /Python 3\.11 is needed.*python3 is 3\.9\.18.*Install Python 3\.11, or uv/,
    );
  });

  it("takes uv from PATH, which brings Python itself", async () => {
    onlyOnPath("uv", "uv 0.9.1");
    assert.deepEqual(await pythonTools(home, home.log("x")), { uv: "uv", python: "3.11" });
  });

  it("does not take a uv that is too old", async () => {
    onlyOnPath("uv", "uv 0.2.0");
    await assert.rejects(pythonTools(home, home.log("x")), /Python 3\.11 is needed/);
  });

  for (const { what, python312, made } of [
    {
      what: "one on PATH that runs",
      python312: "3.12.4\n/opt/python3.12",
      made: "/opt/python3.12",
    },
    { what: "what uv fetches where that on PATH does not run", python312: undefined, made: "3.12" },
  ]) {
    it(`has Airflow on MWAA's Python: ${what}`, async () => {
      const log = home.log("x");
      ["airflow", "spark"].forEach((name) => home.dir("venvs", name));
      const uv = path.join(bin, "uv");
      fs.writeFileSync(uv, `#!/bin/sh\n/bin/echo "$@" >> ${bin}/calls\n`, { mode: 0o755 });
      const script = python312 === undefined ? "exit 127" : `printf '${python312}\n'`;
      fs.writeFileSync(path.join(bin, "python3.12"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
      process.env.PATH = bin;
      await makeEnvironment(home, "airflow", { uv, python: "/opt/python3.11" }, log);
      await makeEnvironment(home, "spark", { uv, python: "/opt/python3.11" }, log);
      const calls = fs.readFileSync(path.join(bin, "calls"), "utf8").split("\n");
      assert.match(calls[0], new RegExp(`^venv --clear --python ${made} \\S+/airflow$`));
      assert.match(calls[2], /^venv --clear --python \/opt\/python3\.11 \S+\/spark$/);
    });
  }

  it("has Airflow on another Python where MWAA's cannot be had, and says so", async () => {
    const uv = path.join(bin, "uv");
    const folder = home.dir("venvs", "airflow");
    fs.writeFileSync(
      uv,
      `#!/bin/sh\ncase "$*" in *3.12*) exit 2;; esac\n/bin/echo "$@" >> ${bin}/calls\n`,
      { mode: 0o755 },
    );
    process.env.PATH = bin;
    await makeEnvironment(home, "airflow", { uv, python: "/opt/python3.11" }, home.log("x"));
    assert.match(fs.readFileSync(path.join(bin, "calls"), "utf8"), /--python \/opt\/python3\.11/);
    fs.writeFileSync(path.join(folder, "pyvenv.cfg"), "home = /opt\nversion_info = 3.11.7\n");
    assert.match(
      String(otherPython(home)),
      /Python 3\.11 here, and on 3\.12 in MWAA: .*remove \S+airflow/,
    );
    fs.writeFileSync(path.join(folder, "pyvenv.cfg"), "home = /opt\nversion_info = 3.12.1\n");
    assert.equal(otherPython(home), undefined);
  });

  it("says how to get the Pulumi CLI where it can be neither downloaded nor built", async () => {
    process.env.PATH = bin;
    const unreachable = globalThis.fetch;
    globalThis.fetch = () => Promise.reject(new Error("no network"));
    try {
      await assert.rejects(
        bringPulumi(home, home.log("x"), () => undefined),
        /Install the Pulumi CLI 3\.\d+\.\d+ or newer, or Go 1\.25\.8 or newer/,
      );
    } finally {
      globalThis.fetch = unreachable;
    }
  });

  it("does not take a virtual environment without its stamp for whole", () => {
    const python = path.join(home.dir("venvs", "cloud", "bin"), "python");
    fs.writeFileSync(python, "");
    assert.equal(environmentIsCurrent(home, "cloud"), false);
    fs.writeFileSync(path.join(home.folder, "venvs", "cloud", "lock.sha256"), "of another lock");
    assert.equal(environmentIsCurrent(home, "cloud"), false);
  });
});

describe("steps", () => {
  const { home, remove } = temporaryHome();
  after(remove);

  it("name the step, the cause and the log of a failure", async () => {
    const log = home.log("failing");
    const failing = step(
      "install",
      () => command("sh", ["-c", "echo why >&2; exit 3"], { log }),
      log,
    );
    await assert.rejects(failing, (error: unknown) => {
      assert.ok(error instanceof StepError);
      assert.match(error.message, /^✘ install: sh -c .* ended with status 3\n {4}why\n {2}log: /);
      assert.ok(error.message.endsWith(log));
      return true;
    });
  });

  it("name a command that is not there", async () => {
    await assert.rejects(
      command("no-such-command", [], { log: home.log("absent") }),
      /no-such-command could not be run/,
    );
  });

  it("end a command when they are aborted", async () => {
    const abort = new AbortController();
    const running = command("sleep", ["60"], { log: home.log("sleep"), signal: abort.signal });
    abort.abort();
    await assert.rejects(running, /sleep/);
  });

  it("wait for the end of a command that they abort", async () => {
    const file = home.file("commands", "ended");
    const log = home.log("trap");
    const abort = new AbortController();
    const running = command(
      "sh",
      [
        "-c",
        `trap 'sleep 0.2; touch ${file}; exit 1' TERM; echo ready; while :; do sleep 0.05; done`,
      ],
      { log, signal: abort.signal },
    );
    while (!fs.readFileSync(log, "utf8").includes("ready")) {
      await setTimeout(20);
    }
    abort.abort();
    await assert.rejects(running, /status 1/);
    assert.ok(fs.existsSync(file), "it was still at work");
  });

  for (const [ms, text] of [
    [0, "0.0 s"],
    [59_999, "59.9 s"],
    [60_000, "1 min 0 s"],
    [125_400, "2 min 5 s"],
    [3_599_900, "59 min 59 s"],
  ] as const) {
    it(`tell ${ms} ms as ${text}`, () => assert.equal(elapsed(0, ms), text));
  }
});
