import { ChildProcess, spawn } from "node:child_process";
import * as path from "node:path";

import { Home, ROOT } from "../../../local/home";

/** What a finished command printed, and its status. */
export interface Finished {
  readonly status: number | null;
  readonly output: string;
}

/** `npm run local -- …` on a home of its own, without npm between, so that a signal reaches the command. */
export class LocalCommand {
  output = "";
  readonly finished: Promise<Finished>;
  private readonly child: ChildProcess;

  constructor(home: Home, ports: { cloud: number; airflow: number }, ...args: string[]) {
    this.child = spawn(
      process.execPath,
      [
        path.join(ROOT, "tools", "bootstrap.cjs"),
        "local/cli/main.ts",
        ...["--home", home.folder],
        ...["--cloud-port", String(ports.cloud)],
        ...["--airflow-port", String(ports.airflow)],
        ...args,
      ],
      { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] },
    );
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on("data", (data: Buffer) => (this.output += data.toString()));
    }
    this.finished = new Promise((resolve) => {
      this.child.on("close", (status) => resolve({ status, output: this.output }));
    });
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Waits until the output has what is looked for. */
  async shows(pattern: RegExp): Promise<void> {
    let over = false;
    void this.finished.then(() => (over = true));
    while (!pattern.test(this.output)) {
      if (over) {
        throw new Error(`the command ended without showing ${pattern}:\n${this.output}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
