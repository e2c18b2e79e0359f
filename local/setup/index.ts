import { PulumiCommand } from "@pulumi/pulumi/automation";

import { Home } from "../home";
import { bringPulumi, findPulumi } from "./pulumiCli";
import {
  EnvironmentName,
  PythonTools,
  environmentIsCurrent,
  makeEnvironment,
  pythonTools,
} from "./python";
import { makeSparkClasses, sparkClassesAreCurrent } from "./sparkClasses";
import { bringSparkJars, sparkJarsAreCurrent } from "./sparkJars";
import { step } from "./steps";

/**
 * Brings what is missing: the virtual environments named, with Spark's its S3A jars and classes, and the Pulumi CLI.
 * What is there and whole is left as it is, so that a second call does nothing but look.
 *
 * @returns the Pulumi CLI.
 * @throws StepError naming the step, the cause and the log file.
 */
export async function setUp(
  home: Home,
  environments: readonly EnvironmentName[],
  signal?: AbortSignal,
): Promise<PulumiCommand> {
  const cliLog = home.log("setup-pulumi");
  const cli = async () =>
    (await findPulumi(home)) ??
    step("Pulumi CLI", (note) => bringPulumi(home, cliLog, note, signal), cliLog);
  const missing = environments.filter((name) => !environmentIsCurrent(home, name));
  const pythons = async () => {
    if (missing.length === 0) {
      return;
    }
    const log = home.log("setup-python");
    const tools: PythonTools = await step(
      "Python 3.11 and uv",
      () => pythonTools(home, log, signal),
      log,
    );
    // One after the other: they share uv's cache and, on a small machine, the same two cores.
    for (const name of missing) {
      await step(
        `Python packages for ${name}`,
        () => makeEnvironment(home, name, tools, log, signal),
        log,
      );
    }
  };
  const spark = async () => {
    await pythons();
    if (!environments.includes("spark")) {
      return;
    }
    const log = home.log("setup-spark");
    if (!sparkJarsAreCurrent(home)) {
      await step("S3A jars for Spark", () => bringSparkJars(home, log, signal), log);
    }
    if (!sparkClassesAreCurrent(home)) {
      await step("Classes of Spark, for a quick start", () => makeSparkClasses(home, log, signal));
    }
  };
  const [command, python] = await Promise.allSettled([cli(), spark()]);
  for (const result of [python, command]) {
    if (result.status === "rejected") {
      throw result.reason;
    }
  }
  return (command as PromiseFulfilledResult<PulumiCommand>).value;
}
