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
 * Brings what is missing: the virtual environments named, with Spark's its S3A jars, and the Pulumi CLI.
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
  const [command, python] = await Promise.allSettled([
    setUpCli(home, signal),
    setUpPythons(home, environments, signal),
  ]);
  for (const result of [python, command]) {
    if (result.status === "rejected") {
      throw result.reason;
    }
  }
  return (command as PromiseFulfilledResult<PulumiCommand>).value;
}

/** Brings the Pulumi CLI where it is missing. */
export async function setUpCli(home: Home, signal?: AbortSignal): Promise<PulumiCommand> {
  const log = home.log("setup-pulumi");
  return (
    (await findPulumi(home)) ??
    step("Pulumi CLI", (note) => bringPulumi(home, log, note, signal), log)
  );
}

/** Brings the virtual environments that are missing, with Spark's its S3A jars. */
export async function setUpPythons(
  home: Home,
  environments: readonly EnvironmentName[],
  signal?: AbortSignal,
): Promise<void> {
  const missing = environments.filter((name) => !environmentIsCurrent(home, name));
  if (missing.length > 0) {
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
  }
  if (environments.includes("spark") && !sparkJarsAreCurrent(home)) {
    const log = home.log("setup-spark");
    await step("S3A jars for Spark", () => bringSparkJars(home, log, signal), log);
  }
}

/**
 * Makes the archive of Spark's classes where it is missing: with it each step, job and notebook starts some seconds
 * sooner. Nothing needs it, so that it is made after the first results.
 */
export async function quickenSpark(home: Home, signal?: AbortSignal): Promise<void> {
  if (!sparkClassesAreCurrent(home)) {
    await step("classes of Spark, so that it starts quicker from now on", () =>
      makeSparkClasses(home, home.log("setup-spark"), signal),
    );
  }
}
