// Required first where Pulumi's SDK is loaded. The SDK loads npm's own installer with it, half of all its modules, for the
// packages of functions that become AWS Lambda functions, of which there are none here: it is loaded when it is used.
"use strict";

const { createRequire } = require("node:module");

const requireOfSdk = createRequire(require.resolve("@pulumi/pulumi"));
const file = requireOfSdk.resolve("@npmcli/arborist");

function loaded() {
  delete require.cache[file];
  return requireOfSdk(file);
}

require.cache[file] = {
  id: file,
  filename: file,
  loaded: true,
  exports: new Proxy(
    {},
    {
      // What a compiled `import` asks first, of whatever it imports.
      get: (_, name) => (name === "__esModule" ? true : loaded()[name]),
    },
  ),
};
