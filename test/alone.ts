import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { sleep } from "../local/cli/processes";

/** Variable with the file that is there as long as a check has the machine for itself. */
const VARIABLE = "TEST_ALONE";

/** Milliseconds between two looks whether others may begin. */
const LOOK_MS = 200;

/** Whether these tests have the machine for themselves: the runner's check has, and no `npx mocha FILE` knows. */
export function alone(): boolean {
  return process.env[VARIABLE] !== undefined;
}

/** Others may begin beside these tests. */
export function letOthersBegin(): void {
  const file = process.env[VARIABLE];
  if (file !== undefined) {
    fs.rmSync(file, { force: true });
  }
}

/** For the runner of a check: what to tell it, and when it has let others begin, or has ended. */
export function tellAlone(): {
  readonly environment: NodeJS.ProcessEnv;
  readonly othersMayBegin: (ended: Promise<unknown>) => Promise<void>;
} {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "test-alone-"));
  const file = path.join(folder, "file");
  fs.writeFileSync(file, "");
  return {
    environment: { [VARIABLE]: file },
    othersMayBegin: async (ended) => {
      let over = false;
      const noticed = ended.finally(() => (over = true));
      noticed.catch(() => undefined);
      while (!over && fs.existsSync(file)) {
        await sleep(LOOK_MS);
      }
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}
