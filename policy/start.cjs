#!/usr/bin/env node
// What the engine starts: by its Node.js language host, or, since 3.260, as the file that it is given for a pack. It
// starts in the program's folder then, and Pulumi's SDK looks for the pack's version in the one it is started in.
"use strict";

// V8 turns what runs often into machine code. In the second that a pack works for most stacks this took a third of the
// time and saved less; what runs fifteen times as often, as on a stack of thousands of resources, is turned all the same.
require("node:v8").setFlagsFromString("--interrupt-budget=1000000");

process.chdir(__dirname);
require("./load.cjs").run("pack.ts");
