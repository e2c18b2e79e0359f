"use strict";

require("ts-node/register/transpile-only");
require("./pack");
