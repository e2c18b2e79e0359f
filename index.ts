import * as pulumi from "@pulumi/pulumi";
import type { ConfigSource } from "./checks/reader";
import { lastUpdate, plannedNote, refuseMixedUpdate } from "./components/lastUpdate";
import { lookUpLocation } from "./components/location";
import { extensionsOf, omittedFiles } from "./components/pipeline";
import { PIPELINES } from "./components/pipelines";
import { Platform } from "./components/platform";
import { refuseTooManyPolicies } from "./components/rolePolicies";
import { stackContext } from "./components/stackContext";
import { createEnvironment } from "./components/stackEnvironment";
import { writtenSetting } from "./components/stackFile";
import { configuredKeys, readSettings } from "./settings";

/**
 * The program of every stack: the platform, the pipelines that the stack lists, then the environment.
 * Exported as a function, so that it can run more than once in a process.
 *
 * @returns the stack's outputs
 * @throws {SettingsError} before anything is registered, when a setting is wrong
 * @throws {pulumi.RunError} before that as well, when a live stack cannot change so
 */
async function program() {
  const project = pulumi.getProject();
  const stack = pulumi.getStack();
  const [location, last] = await Promise.all([lookUpLocation(), lastUpdate()]);
  const settings = readSettings(
    configSource(project),
    configuredKeys(project, pulumi.runtime.allConfig()),
    { project, stack, accountId: location.accountId, region: location.region },
    extensionsOf(PIPELINES),
  );
  const note = plannedNote(location, settings);
  refuseMixedUpdate(last, note);
  const context = stackContext({ project, stack, location, root: __dirname }, settings);
  const pipelines = PIPELINES.filter(({ name }) => settings.pipelines.includes(name)).map(
    (pipeline) => pipeline.configure(context, settings),
  );
  refuseTooManyPolicies(last, pipelines, settings);
  const platform = await Platform.create({
    context,
    settings,
    pipelines,
    omitted: omittedFiles(PIPELINES, settings.pipelines),
  });
  return createEnvironment(
    platform,
    pipelines.map((pipeline) => ({ pipeline, parts: pipeline.build(platform) })),
    note,
  );
}

/** The stack's configuration, which tells of a key what of it is encrypted. */
function configSource(project: string): ConfigSource {
  const config = new pulumi.Config(project);
  // The SDK has it, and leaves it out of its types.
  const runtime = pulumi.runtime as unknown as { isConfigSecret: (key: string) => boolean };
  return {
    get: (key) => config.get(key),
    isSecret: (key) => runtime.isConfigSecret(`${project}:${key}`),
    written: (key) => writtenSetting(__dirname, { project, stack: pulumi.getStack() }, key),
  };
}

export = program;
