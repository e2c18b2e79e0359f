import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import * as fs from "node:fs";
import { builtinModules } from "node:module";
import * as os from "node:os";
import * as path from "node:path";

const ROOT = path.join(__dirname, "..", "..");
const PACK = path.join(ROOT, "policy");

interface Package {
  readonly main: string;
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string | undefined>>;
}

const read = (file: string) => JSON.parse(fs.readFileSync(file, "utf8")) as Package;

/** Every module that the pack's files ask for, with the file that does. */
function modules(): { file: string; module: string }[] {
  return fs
    .readdirSync(PACK, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(ts|cjs)$/.test(name) && !name.includes("node_modules"))
    .flatMap((name) => {
      const file = path.join(PACK, name);
      const text = fs.readFileSync(file, "utf8");
      return [
        ...text.matchAll(
          /\b(?:from|require|require\.resolve|createRequire\(__filename\))\s*\(?\s*"([^"]+)"/g,
        ),
      ].map(([, module]) => ({ file, module }));
    });
}

/** `@scope/name` or `name` of a module of a package. */
const packageOf = (module: string) =>
  module
    .split("/")
    .slice(0, module.startsWith("@") ? 2 : 1)
    .join("/");

describe("the policy pack by itself", () => {
  const pack = read(path.join(PACK, "package.json"));

  it("is started as a file too, whatever the folder, and tells its port", async () => {
    const child = spawn(path.join(PACK, pack.main), ["127.0.0.1:1"], { cwd: os.tmpdir() });
    try {
      const port = await new Promise<string>((resolve, reject) => {
        child.stdout.setEncoding("utf8").once("data", resolve);
        child.stderr.setEncoding("utf8").once("data", reject);
        child.once("error", reject);
      });
      assert.match(port, /^\d+\n$/);
    } finally {
      child.kill();
    }
  });

  it("asks for nothing outside of its folder", () => {
    const outside = modules().filter(
      ({ file, module }) =>
        module.startsWith(".") &&
        !path.resolve(path.dirname(file), module).startsWith(PACK + path.sep),
    );
    assert.deepEqual(outside, []);
  });

  it("lists the packages that it asks for, and no others", () => {
    const asked = modules()
      .map(({ module }) => module)
      .filter((module) => !module.startsWith(".") && !module.startsWith("node:"))
      .map(packageOf)
      .filter((name) => !builtinModules.includes(name));
    assert.deepEqual([...new Set(asked)].sort(), Object.keys(pack.dependencies).sort());
  });

  it("has each in the version that it is tested with", () => {
    const installed = Object.keys(pack.dependencies).map((name) => [
      name,
      // Pulumi writes some of its own with a v.
      read(path.join(ROOT, "node_modules", name, "package.json")).version.replace(/^v/, ""),
    ]);
    assert.deepEqual(Object.fromEntries(installed), pack.dependencies);
  });

  it("starts by the same file for the engine and for Node.js", () => {
    const yaml = fs.readFileSync(path.join(PACK, "PulumiPolicy.yaml"), "utf8");
    assert.equal(/^main: (.*)$/m.exec(yaml)?.[1], pack.main);
    assert.ok(fs.existsSync(path.join(PACK, pack.main)));
  });

  it("runs its files as they are now, whatever it keeps of an earlier start", () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "mwaa-load-"));
    // As npm installs a package: every file was written on one day.
    const written = new Date("1985-10-26T08:15:00Z");
    const write = (name: string, text: string) => {
      fs.writeFileSync(path.join(folder, name), text);
      fs.utimesSync(path.join(folder, name), written, written);
    };
    const started = () =>
      execFileSync(
        process.execPath,
        ["-e", 'process.stdout.write(require("./load.cjs").run("begin.ts").said)'],
        { cwd: folder, encoding: "utf8" },
      );
    try {
      // Stands for the packages that are installed, and takes what is kept.
      fs.mkdirSync(path.join(folder, "node_modules"));
      fs.mkdirSync(path.join(folder, "node_modules", "esbuild"));
      write(
        "node_modules/esbuild/index.js",
        `module.exports = require(${JSON.stringify(path.join(ROOT, "node_modules", "esbuild"))});`,
      );
      write("node_modules/esbuild/package.json", '{ "main": "index.js" }');
      fs.copyFileSync(path.join(PACK, "load.cjs"), path.join(folder, "load.cjs"));
      write("begin.ts", 'import { word } from "./word"; export const said: string = word;');
      write("word.ts", 'export const word = "one";');
      assert.deepEqual([started(), started()], ["one", "one"]);
      assert.deepEqual(fs.readdirSync(path.join(folder, "node_modules", ".cache")), [
        "mwaa-analytics-policy",
      ]);
      write("word.ts", 'export const word = "two";');
      assert.equal(started(), "two");
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });
});
