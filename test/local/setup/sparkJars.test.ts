import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { toolHome } from "../../../local/home";
import {
  SPARK_JARS,
  bringSparkJars,
  javaOptions,
  sparkJarsAreCurrent,
  sparkJarsFolder,
} from "../../../local/setup/sparkJars";
import { temporaryHome } from "../running";

/** What the resolver puts before the name of a jar. */
const ORGANISATIONS = {
  aws: "com.amazonaws_",
  hadoop: "org.apache.hadoop_",
  jmespath: "com.amazonaws_",
};

describe("S3A jars", () => {
  const { home, remove } = temporaryHome();
  const folder = sparkJarsFolder(home);
  const partial = path.join(home.folder, "tools", "spark-jars.partial");
  const names = Object.keys(SPARK_JARS);
  before(() => assert.ok(sparkJarsAreCurrent(toolHome), "the set-up has not been run"));
  beforeEach(() => fs.rmSync(home.dir("tools"), { recursive: true }));
  after(remove);

  /** A spark-submit that does `script`, in a spark environment whose Python only tells where that is. */
  const sparkSubmit = (script: string) => {
    const bin = home.dir("venvs", "spark", "bin");
    const spark = home.dir("spark", "bin");
    fs.writeFileSync(
      path.join(bin, "python"),
      `#!/bin/sh\necho /java/of/wheel\necho ${path.dirname(spark)}\n`,
      { mode: 0o755 },
    );
    fs.writeFileSync(path.join(spark, "spark-submit"), `#!/bin/sh\nset -e\n${script}\n`, {
      mode: 0o755,
    });
  };

  /** Lines that leave the jars as the resolver does, from where `--conf spark.jars.ivy=` says. */
  const resolving = (change = "") => {
    const copies = names.map((name) => {
      const organisation = ORGANISATIONS[name.split("-")[0] as keyof typeof ORGANISATIONS];
      return `cp '${path.join(sparkJarsFolder(toolHome), name)}' "$jars/${organisation}${name}"`;
    });
    return `for a in "$@"; do case "$a" in spark.jars.ivy=*) jars="\${a#*=}/jars"; esac; done
      mkdir -p "$jars"; echo other > "$jars/org.apache_other-1.0.jar"
      ${copies.join("\n")}
      ${change}`;
  };

  it("are brought whole and alone, and what a killed set-up left is cleared away", async () => {
    fs.mkdirSync(path.join(partial, "ivy", "jars"), { recursive: true });
    fs.writeFileSync(path.join(partial, "ivy", "jars", `com.amazonaws_${names[0]}`), "half");
    fs.mkdirSync(folder);
    fs.writeFileSync(path.join(folder, names[0]), "half");
    sparkSubmit(resolving('test "$JAVA_HOME" = /java/of/wheel'));
    assert.equal(sparkJarsAreCurrent(home), false);
    await bringSparkJars(home, home.log("spark"));
    assert.equal(sparkJarsAreCurrent(home), true);
    assert.deepEqual(fs.readdirSync(folder).sort(), names.sort());
    assert.equal(fs.existsSync(partial), false);
  });

  it("are refused, with both hashes, where one is another file", async () => {
    sparkSubmit(resolving(`echo changed > "$jars/com.amazonaws_${names[0]}"`));
    await assert.rejects(
      bringSparkJars(home, home.log("spark")),
      new RegExp(`${names[0]} is not the file that is expected.*not ${SPARK_JARS[names[0]]}`),
    );
    assert.equal(fs.existsSync(folder), false);
  });

  it("are refused where one is missing, with what came", async () => {
    sparkSubmit(resolving(`rm "$jars/com.amazonaws_${names[0]}"`));
    await assert.rejects(
      bringSparkJars(home, home.log("spark")),
      new RegExp(`brought no ${names[0]}; it brought .*org\\.apache_other-1\\.0\\.jar`),
    );
  });

  it("say what to do where the resolver fails", async () => {
    sparkSubmit("echo 'unresolved dependency: hadoop-aws' >&2; exit 1");
    await assert.rejects(bringSparkJars(home, home.log("spark")), (error: Error) => {
      assert.match(error.message, /unresolved dependency: hadoop-aws/);
      assert.match(error.message, /spark\.jars\.ivySettings/);
      assert.ok(names.every((name) => error.message.includes(name)));
      assert.ok(error.message.includes(folder));
      return true;
    });
  });

  for (const [what, spoil] of [
    ["missing", (file: string) => fs.rmSync(file)],
    ["cut short", (file: string) => fs.truncateSync(file, 1000)],
    ["joined by another", (file: string) => fs.writeFileSync(`${file}.other`, "")],
  ] as const) {
    it(`are brought again where one is ${what}`, () => {
      fs.mkdirSync(folder, { recursive: true });
      names.forEach((n) =>
        fs.copyFileSync(path.join(sparkJarsFolder(toolHome), n), path.join(folder, n)),
      );
      assert.equal(sparkJarsAreCurrent(home), true);
      spoil(path.join(folder, names[1]));
      assert.equal(sparkJarsAreCurrent(home), false);
    });
  }

  it("are asked for through the proxy and with the options of the user, which win", () => {
    const options = javaOptions("/w", {
      HTTPS_PROXY: "http://proxy.corp:3128",
      SPARK_SUBMIT_OPTS: "-Djavax.net.ssl.trustStore=/mine",
    });
    assert.match(options, /^-Dmaven\.repo\.local=\/w\/m2 -Duser\.home=\/w /);
    assert.match(options, / -Dhttps\.proxyHost=proxy\.corp -Dhttps\.proxyPort=3128 /);
    assert.ok(options.endsWith(" -Djavax.net.ssl.trustStore=/mine"));
    assert.doesNotMatch(javaOptions("/w", {}), /proxy/);
  });
});
