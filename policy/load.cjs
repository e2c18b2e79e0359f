// Runs a TypeScript file of the pack. Pulumi has ts-node check the types of a pack that is TypeScript at every start,
// which takes longer than the rest of a preview, and by a compiler of its own where the pack brings none. The tests
// check them; here the files only become one script, which is kept for as long as they stay as they are.
"use strict";

const fs = require("node:fs");
const Module = require("node:module");
const path = require("node:path");

// More than half of what loading @pulumi/pulumi costs: it wants them to start the CLI and to turn functions into text,
// which no pack does.
const LATER = [
  ...["typescript", "@npmcli/arborist", "normalize-package-data", "fdir"],
  ...["./automation", "./dynamic"],
];
const load = Module._load;
Module._load = (request, parent, isMain) =>
  LATER.includes(request) && /[\\/]@pulumi[\\/]pulumi[\\/]/.test(parent?.filename ?? "")
    ? new Proxy(
        {},
        // Asked at once by importers; all else is asked when it is used.
        { get: (_, name) => name === "__esModule" || load(request, parent, isMain)[name] },
      )
    : load(request, parent, isMain);

/** How a file is, so that a change of it shows; npm gives every file of a package the same time of writing. */
function stateOf(file) {
  const { size, ctimeMs } = fs.statSync(path.join(__dirname, file));
  return [file, size, ctimeMs];
}

/** Where tools keep what they can make anew: beside the packages that are installed. */
const cache = path.join(
  path.dirname(require.resolve("esbuild/package.json")),
  ...["..", ".cache", "mwaa-analytics-policy"],
);

/** The script that is kept in a file; undefined where there is none, or one of its parts has changed. */
function kept(file) {
  try {
    const text = fs.readFileSync(file, "utf8");
    // The first line says of what it was made.
    const made = text.slice(3, text.indexOf("\n"));
    const states = JSON.parse(made).map(([part]) => stateOf(part));
    return JSON.stringify(states) === made ? text : undefined;
  } catch {
    return undefined;
  }
}

/** The script of a file with all that it imports. */
function bundled(name) {
  const file = path.join(cache, `${path.basename(name, ".ts")}.cjs`);
  const found = kept(file);
  if (found !== undefined) {
    return found;
  }
  const { metafile, outputFiles } = require("esbuild").buildSync({
    absWorkingDir: __dirname,
    entryPoints: [path.join(__dirname, name)],
    bundle: true,
    metafile: true,
    packages: "external",
    platform: "node",
    target: "node20",
    format: "cjs",
    write: false,
  });
  const parts = JSON.stringify(Object.keys(metafile.inputs).map(stateOf));
  const text = `// ${parts}\n${outputFiles[0].text}`;
  try {
    fs.mkdirSync(cache, { recursive: true });
    const begun = `${file}.${process.pid}`;
    fs.writeFileSync(begun, text);
    fs.renameSync(begun, file);
  } catch {
    // It is made anew each time where the folder cannot be written.
  }
  return text;
}

/** Runs a file beside this one, with all that it imports; gives back what it exports. */
exports.run = (name) => {
  const file = path.join(__dirname, name);
  const script = new Module(file, module);
  script.filename = file;
  script.paths = module.paths;
  script._compile(bundled(name), file);
  return script.exports;
};
