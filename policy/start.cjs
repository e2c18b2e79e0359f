// What the engine starts.
"use strict";

require("./load.cjs").run("pack.ts");
