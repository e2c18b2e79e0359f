import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

import { ROOT } from "../local/home";
import { VERSIONS_FOLDER, airflowVersions } from "../local/setup/airflowVersions";
import { DEFAULTS } from "../checks/defaults";
import {
  PLACES,
  PROVIDER_PLACES,
  imageConstraints,
  imageRequirements,
  providerOf,
  published,
  upgraded,
} from "../tools/upgradeAirflow";

const VERSION = DEFAULTS.airflowVersion;
const read = (name: string) => fs.readFileSync(path.join(ROOT, name), "utf8");

/** Where the version stands and is written by something else, or is one of several. */
const ELSEWHERE = [
  // Written by the command as well: locks, and generated documents.
  /^test\/requirements\.txt$/,
  /^dags\/requirements\.lock$/,
  /^docs\/(settings|policies)\.md$/,
  // Versions that the laptop has, each in a folder of its own.
  /^(local\/airflow\/versions\/|docs\/laptop\.md$)/,
  // Versions that MWAA supports.
  /^policy\/rules\/mwaa\/mwaa-supported-version\.ts$/,
  // Any version would do.
  /^(test|examples)\//,
  // An example of how it is called.
  /^(tools\/upgradeAirflow\.ts|docs\/upgrading\.md)$/,
];

describe("another version of Airflow", () => {
  it("is written wherever the version stands", () => {
    const to = { airflow: "3.9.7", provider: "99.1.0" };
    for (const name of Object.keys(PLACES)) {
      const text = upgraded(name, read(name), VERSION, to);
      assert.ok(text.includes(to.airflow), name);
      assert.ok(!text.includes(VERSION), `${name} still has ${VERSION}: add what is around it`);
    }
    for (const name of PROVIDER_PLACES) {
      assert.match(upgraded(name, read(name), VERSION, to), /^apache-airflow-.*==99\.1\.0$/m);
    }
  });

  it("leaves a file as it is where version and provider are the same", () => {
    const provider = providerOf(read("test/requirements.in"));
    for (const name of Object.keys(PLACES)) {
      assert.equal(upgraded(name, read(name), VERSION, { airflow: VERSION, provider }), read(name));
    }
  });

  it("has for each version what the command writes for it", () => {
    for (const version of airflowVersions()) {
      const file = (name: string) => read(`${VERSIONS_FOLDER}/${version}/${name}`);
      const constraints = file("constraints.txt");
      assert.equal(imageConstraints(constraints, version), constraints);
      assert.equal(published(file("published.txt"), version), file("published.txt"));
      const provider = providerOf(file("published.txt"));
      assert.equal(imageRequirements({ airflow: version, provider }), file("requirements.in"));
      for (const pin of [`apache-airflow==${version} `, `amazon==${provider} `]) {
        assert.ok(file("requirements.txt").includes(pin), `${version}: ${pin}`);
      }
    }
  });

  it("is told nowhere else", () => {
    const files = execFileSync("git", ["grep", "-lIF", VERSION], { cwd: ROOT, encoding: "utf8" })
      .trim()
      .split("\n")
      .filter((file) => !(file in PLACES) && !ELSEWHERE.some((one) => one.test(file)))
      .filter((file) => !/(package-lock\.json|go\.sum|requirements\.txt)$/.test(file))
      .filter((file) => new RegExp(`(?<![\\d.])${VERSION}(?![\\d.])`).test(read(file)));
    assert.deepEqual(files, []);
  });

  it("is refused where a file does not name the version that it replaces", () =>
    assert.throws(
      () => upgraded("README.md", "Airflow 2", VERSION, { airflow: "3.9.7", provider: "1" }),
      /README\.md does not have Airflow \d/,
    ));

  it("needs constraints that are Airflow's", () =>
    assert.throws(() => providerOf("boto3==1.0"), /they are not Airflow's/));
});
