#!/usr/bin/env node
"use strict";

require("./load.cjs").run("cli.ts").main(process.argv.slice(2));
