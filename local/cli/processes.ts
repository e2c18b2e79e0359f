import { execFileSync, spawn } from "node:child_process";
import * as fs from "node:fs";
import * as net from "node:net";

import { Home, writeAtomically } from "../home";
import { Interrupted, UserError } from "../setup/steps";

/** How often a process or a server is looked at while it is waited for. */
const POLL_MS = 100;

/** How long a port may be taken before it counts as another process's. */
const PORT_MS = 2000;

/** A server that runs on after the command that started it, known by the file that this describes. */
export interface ServerProcess {
  readonly pid: number;
  /** When the process started, as `ps` tells: a pid alone may belong to another process by now. */
  readonly startedAt: string;
  readonly port: number;
}

/** When a process started; undefined where there is none of that id, or only its zombie. */
export function startOf(pid: number): string | undefined {
  try {
    const [state, ...start] = execFileSync("ps", ["-o", "stat=,lstart=", "-p", String(pid)], {
      encoding: "utf8",
    })
      .trim()
      .split(/\s+/);
    return state.startsWith("Z") ? undefined : start.join(" ");
  } catch {
    return undefined;
  }
}

/**
 * Whether a process of that id runs: enough while a process that was checked by its start is watched. The kernel is asked
 * where it tells by a file: `ps` takes some 20 ms of CPU, and this is asked ten times a second.
 */
function alive(pid: number): boolean {
  if (process.platform !== "linux") {
    return startOf(pid) !== undefined;
  }
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, "utf8");
    // The state follows the name, which may itself have parentheses.
    return stat[stat.lastIndexOf(") ") + 2] !== "Z";
  } catch {
    return false;
  }
}

function recordFile(home: Home, name: string): string {
  return home.file("run", `${name}.json`);
}

/** A port of 127.0.0.1 that is free now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as net.AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

/** The server of that name, where it runs; undefined where it does not. */
export function running(home: Home, name: string): ServerProcess | undefined {
  const file = recordFile(home, name);
  if (!fs.existsSync(file)) {
    return undefined;
  }
  const record = JSON.parse(fs.readFileSync(file, "utf8")) as ServerProcess;
  return startOf(record.pid) === record.startedAt ? record : undefined;
}

/** Whether the server of that name was started and ended without being stopped. */
export function died(home: Home, name: string): boolean {
  return fs.existsSync(recordFile(home, name)) && running(home, name) === undefined;
}

/** Forgets a server that was stopped, or whose death has been dealt with. */
export function forget(home: Home, name: string): void {
  fs.rmSync(recordFile(home, name), { force: true });
}

/**
 * Starts a server in a session of its own, so that a terminal's Ctrl-C reaches this command alone, which then
 * stops the server in order.
 *
 * @throws UserError where something else listens on the port.
 */
export async function startServer(
  home: Home,
  name: string,
  port: number,
  [file, ...args]: readonly [string, ...string[]],
  env: NodeJS.ProcessEnv,
  cwd?: string,
): Promise<ServerProcess> {
  await requireFreePort(name, port);
  const log = fs.openSync(home.log(name), "a", 0o600);
  try {
    const child = spawn(file, args, { cwd, env, detached: true, stdio: ["ignore", log, log] });
    await new Promise<void>((resolve, reject) => {
      child.on("spawn", resolve);
      child.on("error", (error) =>
        reject(new UserError(`${file} could not be run: ${error.message}`)),
      );
    });
    child.unref();
    const pid = child.pid as number;
    const record: ServerProcess = { pid, startedAt: startOf(pid) ?? "", port };
    writeAtomically(recordFile(home, name), JSON.stringify(record));
    return record;
  } finally {
    fs.closeSync(log);
  }
}

/** @throws UserError naming the server, the port and how to choose another. */
async function requireFreePort(name: string, port: number): Promise<void> {
  const started = Date.now();
  for (;;) {
    const error = await listenError(port);
    if (error === undefined) {
      return;
    }
    if (error.code !== "EADDRINUSE") {
      throw new UserError(`port ${port} of 127.0.0.1 cannot be used for ${name}: ${error.message}`);
    }
    // One that was killed has its port until the last of its threads is gone.
    if (Date.now() - started > PORT_MS) {
      throw new UserError(
        `port ${port} of 127.0.0.1, which ${name} is to listen on, is taken by another process. ` +
          `End that process, or choose another port with --${name}-port.`,
      );
    }
    await sleep(POLL_MS);
  }
}

/** Why nobody can listen on a port; undefined where one can. */
async function listenError(port: number): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const probe = net.createServer();
    probe.once("error", resolve);
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(undefined)));
  });
}

/** Waits until `ready` answers something; gives up when the server ends or the time is over. */
export async function waitFor<T>(
  home: Home,
  name: string,
  server: ServerProcess,
  seconds: number,
  ready: () => Promise<T | undefined>,
  signal?: AbortSignal,
): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await ready();
    if (answer !== undefined) {
      return answer;
    }
    if (!alive(server.pid)) {
      throw new UserError(`${name} ended while it was starting\n    ${tailOf(home.log(name))}`);
    }
    if (Date.now() > deadline) {
      throw new UserError(
        `${name} was not ready after ${seconds} s\n    ${tailOf(home.log(name))}`,
      );
    }
    await sleep(POLL_MS, signal);
  }
}

/** The last lines of a log, for an error message. */
function tailOf(log: string): string {
  return fs.readFileSync(log, "utf8").trimEnd().split("\n").slice(-8).join("\n    ");
}

/** Stops a server in order, and by force when it has not ended after `seconds`. */
export async function stopServer(home: Home, name: string, seconds: number): Promise<void> {
  const server = running(home, name);
  if (server !== undefined) {
    process.kill(server.pid, "SIGTERM");
    const deadline = Date.now() + seconds * 1000;
    while (alive(server.pid)) {
      if (Date.now() > deadline) {
        process.kill(server.pid, "SIGKILL");
      }
      await sleep(POLL_MS);
    }
  }
  forget(home, name);
}

/**
 * Lets one command at a time work on a home.
 *
 * @returns what gives the home free again.
 * @throws UserError naming the process that works on it.
 */
export function lockHome(home: Home): () => void {
  const file = home.file("run", "lock");
  for (;;) {
    try {
      const own = { pid: process.pid, startedAt: startOf(process.pid) };
      fs.writeFileSync(file, JSON.stringify(own), { flag: "wx" });
      return () => fs.rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") {
        throw error;
      }
    }
    const text = fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "";
    // Empty: its writer was killed between making and filling it.
    const holder = text === "" ? undefined : (JSON.parse(text) as ServerProcess);
    if (holder !== undefined && startOf(holder.pid) === holder.startedAt) {
      throw new UserError(
        `another command (process ${holder.pid}) is working on ${home.folder}. Wait until it has ended, or ` +
          "end it, and run this one again.",
      );
    }
    fs.rmSync(file, { force: true });
  }
}

/** Waits that long; ends early, with an error, when the signal is aborted. */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer);
      reject(new Interrupted());
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, ms);
    if (signal?.aborted) {
      abort();
    }
    signal?.addEventListener("abort", abort, { once: true });
  });
}
