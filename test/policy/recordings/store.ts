import * as fs from "node:fs";
import * as path from "node:path";

import { lockHome, sleep, startOf } from "../../../local/cli/processes";
import { Home, toolHome } from "../../../local/home";
import { UserError } from "../../../local/setup/steps";
import { STACKS, type StackName } from "../../stackFiles";
import { digestOf } from "./inputs";

/** `planned`: at the first preview, when no id is known; `deployed`: with the ids of one update. */
export type Mode = "planned" | "deployed";

export const MODES: readonly Mode[] = ["planned", "deployed"];

/** How many states of the checkout the graphs are kept of, the last used ones: branches come and go. */
const KEPT = 4;

/** How often it is looked whether another process is done with them. */
const LOOK_MS = 200;

/** Derives graphs. */
export interface Deriver {
  /** Writes `planned.json` and `deployed.json` of a stack into a folder; `home` is for whatever it needs meanwhile. */
  derive(stack: StackName, folder: string, home: Home): Promise<void>;
  /** Ends what runs of a home whose process was killed. */
  end(home: Home): Promise<void>;
}

/** The graphs of the shipped stacks, derived once for each state of what they follow from. */
export class Store {
  /**
   * @param folder has a folder for each stack and digest
   * @param digest of what the graphs of a stack follow from
   */
  constructor(
    readonly folder: string = path.join(toolHome.folder, "recorded"),
    private readonly digest: (stack: StackName) => string = digestOf,
  ) {}

  /** The folder of a stack's graphs, whether it is there or not. */
  folderOf(stack: StackName): string {
    return path.join(this.folder, `${stack}-${this.digest(stack)}`);
  }

  /** A graph, as JSON; undefined where it is not there, or not whole. */
  read(stack: StackName, mode: Mode): string | undefined {
    const folder = this.folderOf(stack);
    try {
      const text = readGraph(folder, mode);
      // The last used ones are kept.
      fs.utimesSync(folder, new Date(), new Date());
      return text;
    } catch {
      return undefined;
    }
  }

  /** The stacks of which a graph is missing. */
  missing(): StackName[] {
    return STACKS.filter((stack) => MODES.some((mode) => this.read(stack, mode) === undefined));
  }

  /**
   * Derives what is missing: the stacks side by side, in one process at a time. Each stack's graphs appear together, so
   * that another call goes on after those that were done before a kill.
   *
   * @param open gives what derives; called where something is missing, while no other process derives
   * @param note is told what is waited for
   * @throws UserError naming the stacks that could not be derived, and why; those are left as they were
   */
  async fill(open: () => Promise<Deriver>, note: (text: string) => void): Promise<void> {
    if (this.missing().length === 0) {
      return;
    }
    const unlock = await this.lock(note);
    const work = path.join(this.folder, `work-${process.pid}`);
    try {
      // Another process may have derived them meanwhile.
      const missing = this.missing();
      if (missing.length === 0) {
        return;
      }
      const deriver = await open();
      await this.clear(deriver);
      note(missing.join(", "));
      const results = await Promise.allSettled(
        missing.map((stack) => this.deriveOne(stack, deriver, new Home(path.join(work, stack)))),
      );
      const failures = results.flatMap((result, at) =>
        result.status === "rejected" ? [`${missing[at]}: ${messageOf(result.reason)}`] : [],
      );
      if (failures.length > 0) {
        throw new UserError(failures.join("\n  "));
      }
      this.prune();
    } finally {
      fs.rmSync(work, { recursive: true, force: true, maxRetries: 5 });
      unlock();
    }
  }

  private async deriveOne(stack: StackName, deriver: Deriver, home: Home): Promise<void> {
    const target = this.folderOf(stack);
    const made = home.dir("graphs");
    await deriver.derive(stack, made, home);
    MODES.forEach((mode) => readGraph(made, mode));
    if (this.folderOf(stack) !== target) {
      throw new UserError(
        "the program, or what runs it, was changed meanwhile. Run the same command again.",
      );
    }
    fs.rmSync(target, { recursive: true, force: true });
    fs.renameSync(made, target);
  }

  /** Waits until no other process derives, and keeps others from it until what this returns is called. */
  private async lock(note: (text: string) => void): Promise<() => void> {
    for (;;) {
      try {
        return lockHome(new Home(this.folder));
      } catch (error) {
        // The lock's file is gone again between two looks at it where its owner is just done.
        if (!(error instanceof UserError) && (error as NodeJS.ErrnoException).code !== "ENOENT") {
          throw error;
        }
        note("another process derives them");
        await sleep(LOOK_MS);
      }
    }
  }

  /** Ends and removes what killed processes have left. */
  private async clear(deriver: Deriver): Promise<void> {
    for (const name of fs.readdirSync(this.folder)) {
      const pid = /^work-(\d+)$/.exec(name)?.[1];
      if (pid !== undefined && startOf(Number(pid)) === undefined) {
        const left = path.join(this.folder, name);
        for (const stack of fs.readdirSync(left)) {
          await deriver.end(new Home(path.join(left, stack)));
        }
        fs.rmSync(left, { recursive: true, force: true, maxRetries: 5 });
      }
    }
  }

  /** Removes the graphs that were not used for the longest. */
  private prune(): void {
    for (const stack of STACKS) {
      fs.readdirSync(this.folder)
        .filter((name) => name.startsWith(`${stack}-`))
        .map((name) => path.join(this.folder, name))
        .map((folder) => ({ folder, used: fs.statSync(folder).mtimeMs }))
        .sort((a, b) => b.used - a.used)
        .slice(KEPT)
        .forEach(({ folder }) => fs.rmSync(folder, { recursive: true, force: true }));
    }
  }
}

/** The file of a graph in the folder of a stack's graphs. */
export function graphFile(folder: string, mode: Mode): string {
  return path.join(folder, `${mode}.json`);
}

/** @throws Error where the graph is not there, or is not whole. */
function readGraph(folder: string, mode: Mode): string {
  const text = fs.readFileSync(graphFile(folder, mode), "utf8");
  JSON.parse(text);
  return text;
}

function messageOf(reason: unknown): string {
  return reason instanceof Error ? reason.message : String(reason);
}
