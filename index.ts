import * as pulumi from "@pulumi/pulumi";
import { lookUpLocation } from "./components/location";
import { extensionsOf, omittedFiles } from "./components/pipeline";
import { PIPELINES } from "./components/pipelines";
import { Platform } from "./components/platform";
import { stackContext } from "./components/stackContext";
import { createEnvironment } from "./components/stackEnvironment";
import { configuredKeys, readSettings } from "./settings";

/**
 * The program of every stack: the platform, the pipelines that the stack lists, then the environment.
 * Exported as a function, so that it can run more than once in a process.
 *
 * @returns the stack's outputs
 * @throws {SettingsError} before anything is registered, when a setting is wrong
 */
async function program() {
  const project = pulumi.getProject();
  const stack = pulumi.getStack();
  const location = await lookUpLocation();
  const settings = readSettings(
    new pulumi.Config(project),
    configuredKeys(project, pulumi.runtime.allConfig()),
    { project, stack, accountId: location.accountId, region: location.region },
    extensionsOf(PIPELINES),
  );
  const context = stackContext({ project, stack, location, root: __dirname }, settings);
  const pipelines = PIPELINES.filter(({ name }) => settings.pipelines.includes(name)).map(
    (pipeline) => pipeline.configure(context, settings),
  );
  const platform = await Platform.create({
    context,
    settings,
    pipelines,
    omitted: omittedFiles(PIPELINES, settings.pipelines),
  });
  return createEnvironment(
    platform,
    pipelines.map((pipeline) => ({ pipeline, parts: pipeline.build(platform) })),
  );
}

export = program;
