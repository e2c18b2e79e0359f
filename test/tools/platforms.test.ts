import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { ROOT, toolHome } from "../../local/home";
import { VERSIONS_FOLDER, airflowVersions } from "../../local/setup/airflowVersions";
import { pythonTools } from "../../local/setup/python";

/** The platforms of the README's table, as uv and npm name each. WSL2 is Linux. */
const PLATFORMS = [
  { name: "Linux x86-64", uv: "x86_64-manylinux_2_28", os: "linux", cpu: "x64" },
  { name: "Linux arm64", uv: "aarch64-manylinux_2_28", os: "linux", cpu: "arm64" },
  { name: "macOS arm64", uv: "aarch64-apple-darwin", os: "darwin", cpu: "arm64" },
];

/** What the laptop target installs, and the versions of Python that it may do so for. */
const LOCKS: readonly (readonly [string, readonly string[]])[] = [
  ["local/cloud/requirements.txt", ["3.11"]],
  ["local/spark/requirements.txt", ["3.11"]],
  ["local/airflow/postgresql/requirements.txt", ["3.11"]],
  ["local/airflow/rehearsal/requirements.txt", ["3.11"]],
  ...airflowVersions().map(
    (version) => [`${VERSIONS_FOLDER}/${version}/requirements.txt`, ["3.11", "3.12"]] as const,
  ),
];

/** Packages of which only the source is published, which is Python alone. */
const SOURCES = ["pyspark"];

/** A lock without the packages of which only the source is published. */
function wheelsOf(lock: string): string {
  return fs
    .readFileSync(path.join(ROOT, lock), "utf8")
    .split(/\n(?=\S)/)
    .filter((entry) => !SOURCES.some((name) => entry.startsWith(`${name}==`)))
    .join("\n");
}

describe("platforms", function () {
  // uv asks the index for each package.
  this.timeout(300_000);

  let folder: string;
  let uv: string;

  before(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "platforms-"));
    ({ uv } = await pythonTools(toolHome, path.join(folder, "log")));
  });
  after(() => fs.rmSync(folder, { recursive: true, force: true }));

  /** What uv says of an installation that is not made: its status, and why it could not be. */
  function installed(lock: string, platform: string, python: string) {
    const file = path.join(folder, "requirements.txt");
    fs.writeFileSync(file, lock);
    const { status, stderr } = spawnSync(
      uv,
      [
        ...["pip", "install", "--dry-run", "--quiet", "--no-deps", "--require-hashes"],
        ...["--only-binary", ":all:", "--python-platform", platform, "--python-version", python],
        ...["--target", path.join(folder, "nothing"), "--requirement", file],
      ],
      { encoding: "utf8" },
    );
    return { status, stderr };
  }

  for (const { name, uv: platform, os: system, cpu } of PLATFORMS) {
    for (const [lock, pythons] of LOCKS) {
      for (const python of pythons) {
        it(`${name}: each package of ${lock} has a wheel for Python ${python}`, () => {
          const { status, stderr } = installed(wheelsOf(lock), platform, python);
          assert.equal(status, 0, stderr);
        });
      }
    }

    it(`${name}: each npm package with parts of its own has one`, () => {
      const { packages } = JSON.parse(
        fs.readFileSync(path.join(ROOT, "package-lock.json"), "utf8"),
      ) as {
        packages: Record<string, { os?: string[]; cpu?: string[]; libc?: string[] }>;
      };
      // Such as @esbuild/linux-x64, of @esbuild.
      const scopes = new Map<string, boolean>();
      for (const [location, { os: systems, cpu: processors }] of Object.entries(packages)) {
        const [scope, part] = location.replace(/^.*node_modules\//, "").split("/");
        if (systems === undefined || processors === undefined || part === undefined) {
          continue;
        }
        const fits = systems.includes(system) && processors.includes(cpu);
        scopes.set(scope, (scopes.get(scope) ?? false) || fits);
      }
      assert.ok(scopes.size >= 3);
      assert.deepEqual(
        [...scopes].filter(([, fits]) => !fits),
        [],
      );
    });
  }

  it("a package without a wheel is found", () => {
    const lock = fs.readFileSync(path.join(ROOT, "local/spark/requirements.txt"), "utf8");
    const { status, stderr } = installed(lock, PLATFORMS[0].uv, "3.11");
    assert.notEqual(status, 0);
    assert.match(stderr, /pyspark/);
  });

  it("the README names each", () => {
    const readme = fs.readFileSync(path.join(ROOT, "README.md"), "utf8");
    for (const { name } of PLATFORMS) {
      assert.ok(readme.includes(name), name);
    }
  });
});
