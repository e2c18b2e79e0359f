// `npx mocha` runs the unit tests; `npx mocha FILE…` runs those files only, since a `spec` that stands here would be
// added to them. Tests of the laptop target start servers and have minutes, as the judges have.
"use strict";

const named = process.argv.slice(2).filter((argument) => /(^|\/)test\//.test(argument));
const servers = named.some((file) => /test\/(local|judges)\//.test(file));

module.exports = {
  require: ["./local/engine/lazy-arborist.cjs", "ts-node/register/transpile-only"],
  extension: ["ts"],
  // A tenth of the time went into collecting short-lived objects: V8 gives them 16 MiB by default.
  "node-option": ["max-semi-space-size=64"],
  timeout: servers ? 900_000 : 60_000,
  ...(named.length > 0
    ? {}
    : {
        spec: ["test/**/*.test.ts"],
        ignore: [
          "test/local/**",
          "test/judges/**",
          "test/tools/**",
          "test/examples/**",
          "test/deploy/github.test.ts",
        ],
      }),
};
