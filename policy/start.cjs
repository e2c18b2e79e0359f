#!/usr/bin/env node
// What the engine starts: by its Node.js language host, or, since 3.260, as the file that it is given for a pack. It
// starts in the program's folder then, and Pulumi's SDK looks for the pack's version in the one it is started in.
"use strict";

process.chdir(__dirname);
require("./load.cjs").run("pack.ts");
