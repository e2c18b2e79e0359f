// Runs a TypeScript file of this repository with nothing but Node installed: what `npm run demo`, `npm run
// local` and `npm test` start. Installs the locked npm packages first where node_modules does not hold them.
"use strict";

const { spawnSync } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");

const root = path.resolve(__dirname, "..");
// From it on `require` takes packages that are ES modules only.
const OLDEST_NODE = [20, 19];

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

/** What is wrong with node_modules when compared to package-lock.json; undefined when nothing is. */
function staleness() {
  const wanted = JSON.parse(fs.readFileSync(path.join(root, "package-lock.json"), "utf8")).packages;
  const hidden = path.join(root, "node_modules", ".package-lock.json");
  if (!fs.existsSync(hidden)) {
    return "no packages are installed yet";
  }
  const installed = JSON.parse(fs.readFileSync(hidden, "utf8")).packages;
  // npm leaves out what only development needs where NODE_ENV says so.
  const production = process.env.NODE_ENV === "production";
  for (const [folder, { version, dev, optional, peer, link }] of Object.entries(wanted)) {
    if (folder === "" || optional || peer || link || (dev && production)) {
      continue;
    }
    if (installed[folder]?.version !== version) {
      return `${folder} is ${installed[folder]?.version ?? "missing"} and the lock file has ${version}`;
    }
  }
  return undefined;
}

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
  fail(
    `Node.js ${process.versions.node} is too old: this project needs ${OLDEST_NODE.join(".")} or newer. ` +
      "Install a current Node.js and run the command again.",
  );
}

if (process.platform === "win32") {
  fail(
    "This runs on Linux and macOS, and on Windows in WSL2: open a WSL2 terminal and run it there.",
  );
}

const reason = staleness();
if (reason !== undefined) {
  const logs = path.join(root, ".local", "logs");
  fs.mkdirSync(logs, { recursive: true });
  const log = path.join(logs, "npm-ci.log");
  const started = Date.now();
  process.stdout.write(`▸ npm packages (${reason})\n`);
  const output = fs.openSync(log, "w");
  const { status, signal } = spawnSync("npm", ["ci", "--no-audit", "--no-fund"], {
    cwd: root,
    stdio: ["ignore", output, output],
  });
  fs.closeSync(output);
  if (signal) {
    fail(`✘ npm packages: interrupted`);
  }
  if (status !== 0) {
    const tail = fs.readFileSync(log, "utf8").trimEnd().split("\n").slice(-5).join("\n    ");
    fail(`✘ npm packages: npm ci ended with status ${status}\n    ${tail}\n  log: ${log}`);
  }
  process.stdout.write(`✔ npm packages (${((Date.now() - started) / 1000).toFixed(1)} s)\n`);
}

// Images of containers often have it. Dozens of Python processes are started here, and where it is set each compiles anew
// what it imports: seconds for one that imports Airflow.
delete process.env.PYTHONDONTWRITEBYTECODE;
// The SDK's notice of a year in which it will want a newer Node.js says nothing about this run.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = "true";
const [script, ...rest] = process.argv.slice(2);
process.argv = [process.argv[0], path.join(root, script), ...rest];
require("../local/engine/lazy-arborist.cjs");
require("ts-node").register({ transpileOnly: true, project: path.join(root, "tsconfig.json") });
require(path.join(root, script));
