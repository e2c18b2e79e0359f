// Starts providers in one process: `node serve.cjs aws,awsx [engine address]`.
"use strict";

require("../engine/end-with-parent.cjs");
require("../engine/lazy-arborist.cjs");
require("ts-node").register({
  transpileOnly: true,
  project: require("node:path").resolve(__dirname, "../../tsconfig.json"),
});
const [names, ...args] = process.argv.slice(2);
require("./serve").serve(names.split(","), args);
