// Required first by what the engine starts: the engine ends its plugins, but not when it is killed itself.
"use strict";

const LOOK_MS = 500;

const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) {
    process.exit(1);
  }
}, LOOK_MS).unref();
