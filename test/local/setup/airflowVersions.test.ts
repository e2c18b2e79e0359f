import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { DEFAULTS } from "../../../checks/defaults";
import { ROOT } from "../../../local/home";
import {
  airflowEnvironment,
  airflowVersions,
  versionLock,
  versionTests,
} from "../../../local/setup/airflowVersions";
import { mwaaSupportedVersion } from "../../../policy/rules/mwaa/mwaa-supported-version";

const others = airflowVersions().filter((version) => version !== DEFAULTS.airflowVersion);

describe("versions of Airflow on the laptop", () => {
  it("are the default and others, all of them MWAA's", () => {
    assert.ok(others.length > 0);
    const { default: supported } = mwaaSupportedVersion.parameters?.versions as {
      default: string[];
    };
    assert.deepEqual(
      airflowVersions().filter((version) => !supported.includes(version)),
      [],
    );
    assert.ok(airflowVersions().includes(DEFAULTS.airflowVersion));
  });

  it("are those of the documents", () => {
    const text = fs.readFileSync(path.join(ROOT, "docs", "laptop.md"), "utf8");
    const [, section] = /^## Versions of Airflow\n(.*?)^## /ms.exec(text) ?? [];
    assert.deepEqual([...new Set(section.match(/\d+\.\d+\.\d+/g))].sort(), airflowVersions());
  });

  it("have an environment each, whose lock has the version", () => {
    const names = airflowVersions().map(airflowEnvironment);
    assert.deepEqual(new Set(names).size, names.length);
    assert.equal(airflowEnvironment(DEFAULTS.airflowVersion), "airflow");
    for (const version of airflowVersions()) {
      const lock = versionLock(airflowEnvironment(version)) ?? assert.fail(version);
      assert.match(
        fs.readFileSync(path.join(ROOT, lock), "utf8"),
        new RegExp(`^apache-airflow==${version} `, "m"),
      );
    }
    assert.equal(versionLock("spark"), undefined);
    assert.equal(versionLock("test"), undefined);
  });

  it("are tested with the version's own packages", () => {
    assert.deepEqual(
      versionTests().map(({ version }) => version),
      others,
    );
    for (const { version, environment } of versionTests()) {
      const pin = (lock: string | undefined, name: string) =>
        new RegExp(`^${name}==(\\S+)`, "m").exec(
          fs.readFileSync(path.join(ROOT, lock ?? assert.fail(name)), "utf8"),
        )?.[1];
      for (const name of ["apache-airflow", "apache-airflow-providers-amazon", "aiobotocore"]) {
        const own = pin(versionLock(airflowEnvironment(version)), name);
        assert.equal(pin(versionLock(environment), name), own, name);
      }
    }
  });

  it("that are not there are refused with those that are", () =>
    assert.throws(
      () => airflowEnvironment("3.1.0"),
      /airflowVersion is 3\.1\.0; allowed on the laptop: 3\.2\.1, 3\.3\.1\. .*upgrade:airflow -- 3\.1\.0/,
    ));
});
