// Starts a provider: `node serve.cjs aws|awsx [engine address]`.
"use strict";

require("../engine/end-with-parent.cjs");
require("ts-node").register({
  transpileOnly: true,
  project: require("node:path").resolve(__dirname, "../../tsconfig.json"),
});
require(`./${process.argv[2]}/server`).serve(process.argv.slice(3));
