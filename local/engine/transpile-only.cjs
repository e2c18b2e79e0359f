// Required before a policy pack is loaded. Pulumi has ts-node check the pack's types at every start, which takes
// longer than the rest of a preview; here `npm test` checks them.
"use strict";

const tsNode = require("ts-node");

const { register } = tsNode;
tsNode.register = (options) => register({ ...options, typeCheck: false, transpileOnly: true });
