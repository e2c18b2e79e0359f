import * as fs from "node:fs";

import { sleep } from "../../../local/cli/processes";

/** A socket that takes what others send, as the kernel's tables have it. */
export interface Socket {
  readonly protocol: string;
  readonly address: string;
  readonly port: number;
  /** The command line of the process that has it. */
  readonly command: string;
}

/** How often the processes are looked at; a look reads hundreds of files. */
const LOOK_MS = 500;

/** The state of a TCP socket that listens, in the kernel's tables. */
const LISTEN = "0A";

/** Why the processes cannot be looked at; `undefined` where they can. */
export function noProcessTable(): string | undefined {
  return process.platform === "linux"
    ? undefined
    : `the sockets of ${process.platform}'s processes are not looked at: Linux's /proc is read`;
}

/** A file of /proc; empty where its process is gone, or another user's. */
function read(file: string): string {
  try {
    return fs.readFileSync(file, "latin1");
  } catch {
    return "";
  }
}

/**
 * An address of the kernel's tables as text: words of four bytes, each in the order of this machine. An IPv4
 * address in an IPv6 socket is written as the IPv4 one.
 */
export function addressOf(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) =>
    [...Buffer.from(word, "hex")].reverse(),
  );
  if (bytes.length === 4) {
    return bytes.join(".");
  }
  const groups = Array.from({ length: 8 }, (_, i) => bytes[2 * i] * 256 + bytes[2 * i + 1]);
  return groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff
    ? bytes.slice(12).join(".")
    : groups.map((group) => group.toString(16)).join(":");
}

/** The sockets of this machine that listen, or that take datagrams from everybody, by inode. */
function sockets(): Map<string, Omit<Socket, "command">> {
  const found = new Map<string, Omit<Socket, "command">>();
  for (const protocol of ["tcp", "tcp6", "udp", "udp6"]) {
    for (const line of read(`/proc/net/${protocol}`).trim().split("\n").slice(1)) {
      const [, own, other, state, , , , , , inode] = line.trim().split(/\s+/);
      const connected = !/^0+:0+$/.test(other);
      if (protocol.startsWith("tcp") ? state === LISTEN : !connected) {
        const [address, port] = own.split(":");
        found.set(inode, { protocol, address: addressOf(address), port: parseInt(port, 16) });
      }
    }
  }
  return found;
}

/** Looks at all processes of a home again and again, so that those that live for a moment are seen too. */
export class ProcessWatch {
  /** Every socket seen, by what it is. */
  readonly sockets = new Map<string, Socket>();
  readonly commands = new Set<string>();
  /** The values seen of the variable that opens a role's credentials, for each service and role one. */
  readonly tokens = new Set<string>();
  private going = false;
  private watching: Promise<void> = Promise.resolve();

  /** @param home the folder that every process of the home has in its command line or its variables */
  constructor(private readonly home: string) {}

  start(): void {
    this.going = noProcessTable() === undefined;
    this.watching = this.watch();
  }

  async stop(): Promise<void> {
    this.going = false;
    await this.watching;
  }

  private async watch(): Promise<void> {
    while (this.going) {
      this.look();
      await sleep(LOOK_MS);
    }
  }

  private look(): void {
    const known = sockets();
    for (const { pid, command, variables } of this.processes()) {
      this.commands.add(command);
      for (const [, token] of variables.matchAll(/AWS_CONTAINER_AUTHORIZATION_TOKEN=([^\0]+)/g)) {
        this.tokens.add(token);
      }
      for (const inode of inodes(pid)) {
        const socket = known.get(inode);
        if (socket !== undefined) {
          const seen = { ...socket, command };
          this.sockets.set(JSON.stringify(seen), seen);
        }
      }
    }
  }

  /** The processes that name the home, and all that they started. */
  private processes(): { pid: string; command: string; variables: string }[] {
    const all = fs
      .readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
      .map((pid) => ({
        pid,
        // The name in it may have spaces and parentheses.
        parent: read(`/proc/${pid}/stat`).split(")").at(-1)?.trim().split(" ")[1] ?? "",
        command: read(`/proc/${pid}/cmdline`).replaceAll("\0", " ").trim(),
        variables: read(`/proc/${pid}/environ`),
      }));
    const own = new Set(
      all
        .filter((p) => p.command.includes(this.home) || p.variables.includes(this.home))
        .map((p) => p.pid),
    );
    for (let size = 0; size !== own.size;) {
      size = own.size;
      all.filter((p) => own.has(p.parent)).forEach((p) => own.add(p.pid));
    }
    return all.filter((p) => own.has(p.pid));
  }
}

/** The inodes of the sockets that a process has open. */
function inodes(pid: string): string[] {
  try {
    return fs.readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(fs.readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
      } catch {
        return [];
      }
    });
  } catch {
    return [];
  }
}
