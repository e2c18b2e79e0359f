// Runs a TypeScript file of the pack. Pulumi has ts-node check the types of a pack that is TypeScript at every start,
// which takes longer than the rest of a preview, and by a compiler of its own where the pack brings none. The tests
// check them; here the files only become one script.
"use strict";

const Module = require("node:module");
const path = require("node:path");
const { buildSync } = require("esbuild");

// Half of what loading @pulumi/pulumi costs: it wants them for turning functions into text, which no pack does.
const LATER = ["typescript", "@npmcli/arborist"];
const load = Module._load;
Module._load = (request, parent, isMain) =>
  LATER.includes(request) && /[\\/]@pulumi[\\/]pulumi[\\/]/.test(parent?.filename ?? "")
    ? new Proxy(
        {},
        // Asked at once by importers; all else is asked when it is used.
        { get: (_, name) => name === "__esModule" || load(request, parent, isMain)[name] },
      )
    : load(request, parent, isMain);

/** Runs a file beside this one, with all that it imports; gives back what it exports. */
exports.run = (name) => {
  const file = path.join(__dirname, name);
  const { outputFiles } = buildSync({
    entryPoints: [file],
    bundle: true,
    packages: "external",
    platform: "node",
    target: "node20",
    format: "cjs",
    write: false,
  });
  const script = new Module(file, module);
  script.filename = file;
  script.paths = module.paths;
  script._compile(outputFiles[0].text, file);
  return script.exports;
};
