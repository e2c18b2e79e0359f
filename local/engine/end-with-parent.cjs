// Required first by what the engine, or a command, starts: that ends it, but not when it is killed itself.
"use strict";

const LOOK_MS = 500;

const parent = process.ppid;
const looks = setInterval(() => {
  if (process.ppid !== parent) {
    clearInterval(looks);
    process.kill(process.pid, "SIGTERM");
  }
}, LOOK_MS);
looks.unref();
