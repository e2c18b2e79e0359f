import * as fs from "node:fs";
import * as path from "node:path";

import { Home, ROOT } from "../home";
import { pythonOf, stampFile } from "./python";
import { sparkJarsFolder } from "./sparkJars";
import { command } from "./steps";

/** The archive of classes that Spark's JVM starts with; `local/cloud/engines/spark/home.py` looks for it there. */
export function sparkClassesFile(home: Home): string {
  return path.join(home.folder, "tools", "spark-classes.jsa");
}

/** Whether the archive is there, and no older than the packages and jars that it was made from. */
export function sparkClassesAreCurrent(home: Home): boolean {
  const [made, ...sources] = [
    sparkClassesFile(home),
    stampFile(home, "spark"),
    sparkJarsFolder(home),
  ].map((file) => fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs);
  return made !== undefined && sources.every((source) => source !== undefined && source <= made);
}

/**
 * Makes the archive. Spark starts without it too, only slower, so a Java that cannot make one is no failure: an
 * empty file, which every JVM passes over, then keeps the next set-up from trying again.
 *
 * @returns whether it was made.
 */
export async function makeSparkClasses(
  home: Home,
  log: string,
  signal?: AbortSignal,
): Promise<boolean> {
  try {
    await command(pythonOf(home, "spark"), ["-m", "local.cloud.engines.spark.archive"], {
      log,
      signal,
      cwd: ROOT,
      env: {
        ...process.env,
        LOCAL_CLOUD_SPARK: pythonOf(home, "spark"),
        LOCAL_CLOUD_SPARK_JARS: sparkJarsFolder(home),
      },
    });
    return true;
  } catch (error) {
    if (signal?.aborted === true) {
      throw error;
    }
    fs.writeFileSync(log, `${(error as Error).message}\n`, { flag: "a" });
    fs.rmSync(sparkClassesFile(home), { force: true });
    fs.writeFileSync(sparkClassesFile(home), "");
    return false;
  }
}
