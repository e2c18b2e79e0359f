import { ChildProcess, spawn } from "node:child_process";
import type { Socket } from "node:net";
import * as path from "node:path";
import { createInterface } from "node:readline";

import { ROOT } from "../home";
import { UserError } from "../setup/steps";

/** The providers, by the folders of `local/provider`. */
export const PROVIDERS = ["aws", "awsx"];

type Variables = Readonly<Record<string, string>>;

/**
 * The servers of the providers in a process of their own, which the operations of this process share: an engine that
 * starts them itself has each load the SDK and AWS's clients anew, for each operation. It ends with this process, once
 * what it is about to create is created.
 *
 * https://www.pulumi.com/docs/iac/cli/environment-variables/, PULUMI_DEBUG_PROVIDERS
 */
class Providers {
  /** How many operations are at work with it. */
  users = 0;
  /** Whether they have ended, as far as this process has heard. */
  ended = false;
  /** What the engine is told to find them by. */
  readonly attached: Promise<Variables>;
  private readonly child: ChildProcess;
  private said = "";

  constructor(variables: Variables) {
    const serve = path.join(ROOT, "local", "provider", "serve.cjs");
    this.child = spawn(process.execPath, [serve, PROVIDERS.join(",")], {
      // Not told to end by a key of the terminal, as what the engine starts.
      detached: true,
      env: { ...process.env, ...variables },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.attached = this.ports();
    // Whoever uses them awaits it.
    this.attached.catch(() => undefined);
  }

  /** Gives all that they write on standard error to a function; without one, nobody gets it. */
  tell(listener?: (text: string) => void): void {
    this.child.stderr?.removeAllListeners("data");
    this.child.stderr?.on("data", (data: Buffer) => listener?.(data.toString()));
  }

  /** Ends them: what is at work is finished first. */
  end(): void {
    this.child.kill(this.users > 0 ? "SIGTERM" : "SIGKILL");
  }

  private async ports(): Promise<Variables> {
    const { child } = this;
    child.stderr?.on("data", (data: Buffer) => (this.said += data.toString()));
    const ports: string[] = [];
    await new Promise<void>((resolve, reject) => {
      const end = (how: string) => {
        this.ended = true;
        reject(new UserError(`the providers ended with ${how}:\n${this.said}`));
      };
      child.once("error", ({ message }) => end(message));
      child.once("exit", (status, signal) => end(String(signal ?? status)));
      createInterface({ input: child.stdout as NodeJS.ReadableStream }).on("line", (line) => {
        ports.push(line);
        if (ports.length === PROVIDERS.length) {
          resolve();
        }
      });
    });
    // This process does not go on for them.
    child.unref();
    (child.stdout as Socket).unref();
    (child.stderr as Socket).unref();
    this.tell();
    return {
      PULUMI_DEBUG_PROVIDERS: PROVIDERS.map((name, at) => `${name}:${ports[at]}`).join(","),
    };
  }
}

/** Those that are there, by their variables. */
const there = new Map<string, Providers>();

process.once("exit", () => there.forEach((providers) => providers.end()));

/**
 * Does something with the providers; those with other variables end, where nothing is at work with them.
 *
 * @param variables of their environment, beside those of this process
 * @param tell gets what they write on standard error meanwhile
 * @param work gets the variables by which an engine finds them
 * @throws UserError where they cannot be started
 */
export async function withProviders<T>(
  variables: Variables,
  tell: (text: string) => void,
  work: (attached: Variables) => Promise<T>,
): Promise<T> {
  const key = JSON.stringify(variables);
  for (const [other, providers] of there) {
    if (providers.ended || (other !== key && providers.users === 0)) {
      providers.end();
      there.delete(other);
    }
  }
  const providers = there.get(key) ?? new Providers(variables);
  there.set(key, providers);
  providers.users += 1;
  try {
    const attached = await providers.attached;
    providers.tell(tell);
    return await work(attached);
  } finally {
    providers.users -= 1;
    providers.tell();
  }
}
