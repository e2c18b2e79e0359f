import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { pathToFileURL } from "node:url";

import AdmZip from "adm-zip";

import { parseLock } from "../../checks/wheels";
import { foundWheels } from "../../components/wheels";
import { Wanted, fetchLocked, lockWheels, readWanted } from "../../tools/wheels/lock";

/** What uv and pip look in, in place of an index. */
const VARIABLES = [
  "PATH",
  "PIP_FIND_LINKS",
  "PIP_NO_INDEX",
  "UV_DEFAULT_INDEX",
  "UV_FIND_LINKS",
  "UV_NO_CACHE",
];

describe("npm run wheels", function () {
  // Each test runs uv and pip.
  this.timeout(300_000);

  const before_ = Object.fromEntries(VARIABLES.map((name) => [name, process.env[name]]));
  let folder: string;

  const write = (file: string, content: string): void => {
    fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    fs.writeFileSync(path.join(folder, file), content);
  };
  /** Puts a wheel into what stands for the index. */
  const publish = (
    name: string,
    version: string,
    needs: readonly string[] = [],
    tag = "py3-none-any",
    into = "index",
  ): void => {
    const distribution = name.replaceAll("-", "_");
    const info = `${distribution}-${version}.dist-info`;
    const zip = new AdmZip();
    const lines = [
      "Metadata-Version: 2.1",
      `Name: ${name}`,
      `Version: ${version}`,
      ...needs.map((need) => `Requires-Dist: ${need}`),
    ];
    zip.addFile(`${info}/METADATA`, Buffer.from(`${lines.join("\n")}\n`));
    zip.addFile(`${info}/WHEEL`, Buffer.from(`Wheel-Version: 1.0\nTag: ${tag}\n`));
    zip.addFile(`${info}/RECORD`, Buffer.from(""));
    fs.mkdirSync(path.join(folder, into), { recursive: true });
    zip.writeZip(path.join(folder, into, `${distribution}-${version}-${tag}.whl`));
  };
  const requirements = (...lines: string[]): void =>
    write("dags/requirements.txt", `${lines.join("\n")}\n`);
  const wanted = () => readWanted("dev", folder) as Wanted;
  const inBetween = (): string => fs.mkdtempSync(path.join(folder, "between-"));
  const lock = () =>
    lockWheels(wanted(), path.join(folder, "constraints.txt"), inBetween(), `${folder}/log`);
  const versions = async (): Promise<string[]> =>
    (await lock()).pins.map(({ name, version }) => `${name}==${version}`);
  const wheels = (): string[] => foundWheels(folder).map((wheel) => wheel.path);

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "wheels-"));
    write("Pulumi.yaml", "name: mwaa-analytics\n");
    write(
      "Pulumi.dev.yaml",
      "config:\n  aws:region: us-east-1\n  mwaa-analytics:pluginsFolder: plugins\n",
    );
    write("constraints.txt", "tool==1.0\napache-airflow-providers-amazon==9.25.0\n");
    publish("apache-airflow", "3.2.1", ["tool"]);
    publish("apache-airflow-providers-amazon", "9.25.0", ["apache-airflow"]);
    publish("tool", "1.0");
    publish("tool", "2.0");
    fs.mkdirSync(path.join(folder, "plugins"));
    fs.mkdirSync(path.join(folder, "none"));
    Object.assign(process.env, {
      UV_DEFAULT_INDEX: pathToFileURL(path.join(folder, "none")).href,
      UV_NO_CACHE: "1",
      UV_FIND_LINKS: path.join(folder, "index"),
      PIP_NO_INDEX: "1",
      PIP_FIND_LINKS: path.join(folder, "index"),
    });
  });
  afterEach(() => {
    for (const [name, value] of Object.entries(before_)) {
      if (value === undefined) {
        delete process.env[name];
      } else {
        process.env[name] = value;
      }
    }
    fs.rmSync(folder, { recursive: true });
  });

  it("locks what MWAA does not have, for its Python and platform", async () => {
    publish("fast", "1.0", ["tool", "helper; python_version >= '3.12'"], "cp312-cp312-win_amd64");
    publish(
      "fast",
      "1.0",
      ["tool", "helper; python_version >= '3.12'"],
      "cp311-cp311-linux_x86_64",
    );
    const suits = "cp312-cp312-manylinux_2_28_x86_64";
    publish("fast", "1.0", ["tool", "helper; python_version >= '3.12'"], suits);
    publish("fast", "2.0", [], "cp312-cp312-manylinux_2_35_x86_64");
    publish("helper", "1.0");
    requirements("apache-airflow-providers-amazon", "fast");
    const { pins } = await lock();
    assert.deepEqual(
      pins.map(({ name, version }) => `${name}==${version}`),
      ["fast==1.0", "helper==1.0"],
    );
    assert.deepEqual(wheels(), [`fast-1.0-${suits}.whl`, "helper-1.0-py3-none-any.whl"]);
    const file = path.join(folder, "dags", "requirements.lock");
    const text = fs.readFileSync(file, "utf8");
    assert.deepEqual(parseLock(text)?.pins, pins);
    // The same once more, and from the lock alone.
    await lock();
    assert.equal(fs.readFileSync(file, "utf8"), text);
    fs.rmSync(path.join(folder, "wheels"), { recursive: true });
    publish("helper", "1.1");
    assert.deepEqual((await fetchLocked(wanted(), inBetween(), `${folder}/log`))?.pins, pins);
    assert.deepEqual(wheels(), [`fast-1.0-${suits}.whl`, "helper-1.0-py3-none-any.whl"]);
  });

  it("asks neither uv nor pip where nothing is missing", async () => {
    requirements("tool");
    assert.deepEqual(await versions(), []);
    process.env.PATH = "/nowhere";
    await fetchLocked(wanted(), inBetween(), `${folder}/log`);
  });

  it("resolves against Airflow's constraints, against others, or none, as MWAA does", async () => {
    write("dags/mine.txt", "tool==2.0\n");
    requirements("tool");
    assert.deepEqual(await versions(), []);
    requirements("-c https://example.invalid/constraints-3.2.1/constraints-3.12.txt", "tool");
    assert.deepEqual(await versions(), []);
    requirements("--constraint=/usr/local/airflow/dags/mine.txt", "tool");
    assert.deepEqual(await versions(), ["tool==2.0"]);
    requirements("# without -c on purpose", "tool>1");
    assert.deepEqual(await versions(), ["tool==2.0"]);
    // What MWAA has stays where it satisfies.
    requirements("# without -c on purpose", "tool");
    assert.deepEqual(await versions(), []);
    requirements("tool==2.0");
    await assert.rejects(lock(), /tool==2\.0/);
  });

  it("takes a wheel of the plugins", async () => {
    publish("own", "1.0", [], "py3-none-any", "plugins");
    requirements("--find-links /usr/local/airflow/plugins", "own");
    assert.deepEqual(await versions(), ["own==1.0"]);
    assert.deepEqual(wheels(), ["own-1.0-py3-none-any.whl"]);
  });

  it("names what has no wheel", async () => {
    fs.writeFileSync(path.join(folder, "index", "source-1.0.tar.gz"), "");
    publish("macos", "1.0", [], "cp312-cp312-macosx_11_0_arm64");
    requirements("source");
    await assert.rejects(lock(), /source has no wheel for MWAA \(Python 3\.12, manylinux x86_64\)/);
    requirements("macos");
    await assert.rejects(lock(), /macos/);
    for (const line of ["own @ https://example.invalid/own-1.0.zip", "git+https://h.invalid/own"]) {
      requirements(line);
      await assert.rejects(lock(), (error: Error) =>
        error.message.includes(`${line} names an address`),
      );
    }
    assert.ok(!fs.existsSync(path.join(folder, "dags", "requirements.lock")));
  });

  it("says where a copy of constraints that cannot be fetched is named", async () => {
    requirements("tool");
    const offline = { HTTPS_PROXY: "http://127.0.0.1:9", UV_HTTP_RETRIES: "0" };
    Object.assign(process.env, offline);
    try {
      await assert.rejects(
        lockWheels(wanted(), undefined, inBetween(), `${folder}/log`),
        /constraints cannot be fetched.*npm run wheels -- --constraints FILE/,
      );
    } finally {
      Object.keys(offline).forEach((name) => delete process.env[name]);
    }
  });

  it("refuses a wheel that is not the lock's", async () => {
    publish("helper", "1.0");
    requirements("helper");
    await lock();
    fs.rmSync(path.join(folder, "wheels"), { recursive: true });
    publish("helper", "1.0", ["tool"]);
    await assert.rejects(fetchLocked(wanted(), inBetween(), `${folder}/log`), /HASHES|hash/i);
    assert.deepEqual(wheels(), []);
  });

  it("fetches for a lock of other requirements, or none, nothing", async () => {
    const locked = () => fetchLocked(wanted(), inBetween(), `${folder}/log`);
    requirements("tool");
    assert.equal(await locked(), undefined);
    await lock();
    requirements("helper");
    await assert.rejects(locked(), /requirements\.lock is not for the requirements/);
  });

  it("says what MWAA could not install before it resolves", () => {
    assert.throws(() => readWanted("test", folder), /There is no Pulumi\.test\.yaml.*--stack/);
    requirements("apache-airflow==3.0.6");
    assert.throws(wanted, /line 1 is "apache-airflow==3\.0\.6"/);
    write(
      "Pulumi.dev.yaml",
      'config:\n  aws:region: us-east-1\n  mwaa-analytics:requirementsFile: ""\n',
    );
    assert.equal(readWanted("dev", folder), undefined);
  });
});
