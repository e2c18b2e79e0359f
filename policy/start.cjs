// What the engine starts. Pulumi has ts-node check the types of a pack that is TypeScript at every start, which
// takes longer than the rest of a preview, and by a compiler of its own where the pack brings none. The tests
// check them; here the files only become one script.
"use strict";

const Module = require("node:module");
const path = require("node:path");
const { buildSync } = require("esbuild");

const file = path.join(__dirname, "pack.ts");
const { outputFiles } = buildSync({
  entryPoints: [file],
  bundle: true,
  packages: "external",
  platform: "node",
  target: "node20",
  format: "cjs",
  write: false,
});
const pack = new Module(file, module);
pack.filename = file;
pack.paths = module.paths;
pack._compile(outputFiles[0].text, file);
