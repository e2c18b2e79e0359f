import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

import {
  EngineEvent,
  LocalWorkspace,
  PulumiCommand,
  PulumiFn,
  Stack,
} from "@pulumi/pulumi/automation";

import { parse, stringify } from "yaml";

import type { StackOutputs } from "../../components/stackEnvironment";
import { projectName } from "../../deploy/project";
import { Home, ROOT, STACK_NAME, writeAtomically } from "../home";
import { UserError } from "../setup/steps";
import { Endpoint } from "./endpoint";
import { type LastUpdate, digestOf, lastUpdate, noteUpdate } from "./lastUpdate";
import { type Operation, Watcher } from "./operation";
import { PROVIDERS, withProviders } from "./providers";
import { endLeftOverEngine, recover } from "./recover";
import "./sdkTraces";
import { secretsOf } from "./secrets";
import { readState } from "./state";
import { Upload, uploadsOf } from "./uploads";

/** What follows a changed DAG, plugin, job or notebook: the objects, and the environment that takes some in a version. */
const FILES = ["aws:s3/bucketObjectv2:BucketObjectv2", "aws:mwaa/environment:Environment"];

/** The folder of an executable of a room, as the engine takes it. */
const binOf = (room: string) => path.join(ROOT, "local", room, "bin");

/**
 * Where the engine looks whether our providers are there, and what starts the policy pack. By PATH it would find them too,
 * and warn of each.
 */
const PLUGINS = {
  providers: PROVIDERS.map((name) => ({ name, path: binOf("provider") })),
  analyzers: [{ name: "policy-nodejs", path: binOf("engine") }],
};

/** How many resources the engine works on at once: more only queue up, on two cores. */
const PARALLEL = 16;

/** What a stack is opened with. */
export interface StackOptions {
  readonly home: Home;
  readonly pulumi: PulumiCommand;
  /** Where the AWS calls of the providers go. */
  readonly cloud: Endpoint;
  /** The folder with the program and its settings; default: this checkout. */
  readonly source?: string;
  /** The stack's settings in place of those of `source`. */
  readonly settings?: {
    /** As in a stack's file. */
    readonly text: string;
    /** Values that are to be secrets, by their paths in the configuration. */
    readonly secrets: Readonly<Record<string, string>>;
  };
  /** Name of the stack, whose settings are in `Pulumi.<stack>.yaml`; default: `local`. */
  readonly stack?: string;
  /** Folder of the policy pack, null for none; default: the project's own, with the stack's configuration. */
  readonly policyPack?: string | null;
  /** Runs in place of the program of `source`: for tests of the engine with a small stack. */
  readonly program?: PulumiFn;
  /** Of the environment of the engine and of what it starts, beside those of the cloud: for tests. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Gets the engine's own progress as it comes. */
  readonly onOutput: (text: string) => void;
  /** Ends a running operation the way Ctrl-C does. */
  readonly signal?: AbortSignal;
}

/** The program as a Pulumi stack on the laptop, under the policy pack on every preview and update. */
export class LocalStack {
  private constructor(
    private readonly stack: Stack,
    private readonly options: StackOptions,
    /** What the engine and the providers have in their environment. */
    private readonly variables: Readonly<Record<string, string>>,
  ) {}

  /**
   * Opens the stack, creates it where it does not exist yet, and clears up after an operation that was killed.
   *
   * @throws UserError where the stack's settings cannot be read.
   */
  static async open(options: StackOptions): Promise<LocalStack> {
    const { home, pulumi, cloud } = options;
    const { source = ROOT, stack: stackName = STACK_NAME } = options;
    const backendUrl = backendOf(home);
    await endLeftOverEngine(backendUrl);
    const workDir = writeProject(home, source, stackName, options.settings?.text);
    const envVars = {
      ...cloud.environment,
      PULUMI_BACKEND_URL: backendUrl,
      PULUMI_CONFIG_PASSPHRASE: secretsOf(home).passphrase,
      // The providers are ours: nothing may be downloaded in their place.
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_NODEJS_TRANSPILE_ONLY: "true",
      LOCAL_PROVIDER_JOURNAL: journalFile(home),
      ...options.variables,
    };
    const stack = await LocalWorkspace.createOrSelectStack(
      {
        stackName,
        projectName: projectName(source),
        program: options.program ?? programOf(source),
      },
      {
        workDir,
        pulumiCommand: pulumi,
        pulumiHome: home.dir("pulumi-home"),
        secretsProvider: "passphrase",
        envVars: { ...envVars },
      },
    );
    // The SDK asks the CLI three more times after an update, for what nobody looks at here.
    stack.outputs = () => Promise.resolve({});
    stack.info = () => Promise.resolve(undefined);
    setSecrets(stack, pulumi, options.settings?.secrets ?? {});
    await recover(stack, home, journalFile(home), cloud);
    return new LocalStack(stack, options, envVars);
  }

  /** Shows what an update would do, and checks it against the policy pack. Changes nothing. */
  preview(): Promise<Operation> {
    return this.operate("preview", (opts) => this.stack.preview(opts));
  }

  /**
   * Makes the resources what the program says, under the policy pack.
   *
   * @param checked what `inputs` gave before a preview, or the last update, found nothing against it. Without it, where
   * a resource is protected, a preview comes first, as with the CLI: an update that is refused for that resource would
   * have deleted others by then
   */
  async up(checked?: string): Promise<Operation> {
    if (checked === undefined && this.protects()) {
      await this.preview();
    }
    const up = await this.operate("up", (opts) => this.stack.up(opts));
    if (checked !== undefined) {
      noteUpdate(this.options.home, checked, this.stateFile(), {
        ended: new Date().toISOString(),
        policies: up.policies,
      });
    }
    return up;
  }

  /** A digest of what an update under the policy pack is made from now. */
  inputs(): string {
    const { home, source = ROOT, settings } = this.options;
    return digestOf({ home, source, settings });
  }

  /** The last such update, where it was made from the same and nothing has changed since: a preview would find as much. */
  lastUpdate(inputs: string): LastUpdate | undefined {
    return lastUpdate(this.options.home, inputs, this.stateFile());
  }

  /**
   * Makes the uploaded files, and the environment that takes them, what the program says, and looks at nothing else:
   * without a preview, and without the policy pack, whose rules the next preview or update asks.
   */
  sync(): Promise<Operation> {
    // The stack's own name and the project's stand in each URN, before the types.
    return this.operate("sync", (opts) =>
      this.stack.up({ ...opts, target: FILES.map((type) => `**${type}::**`) }),
    );
  }

  /** The objects that were made of files of this machine. */
  uploads(): Upload[] {
    return uploadsOf(readState(this.stateFile()));
  }

  /** Reads every resource and takes what is really there into the stack's state. */
  refresh(): Promise<Operation> {
    return this.operate("refresh", (opts) => this.stack.refresh(opts));
  }

  /** Removes every resource. */
  destroy(): Promise<Operation> {
    return this.operate("destroy", (opts) => this.stack.destroy(opts));
  }

  /** The outputs of the last update; empty where there was none. */
  async outputs(): Promise<StackOutputs> {
    const { workspace, name: stackName } = this.stack;
    const outputs = Object.entries(await workspace.stackOutputs(stackName));
    return Object.fromEntries(outputs.map(([name, { value }]) => [name, value as unknown]));
  }

  /** How many resources of each type the stack's state holds, providers not counted as in the engine's own count. */
  resources(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { type } of readState(this.stateFile()).resources ?? []) {
      if (!type.startsWith("pulumi:providers:")) {
        counts[type] = (counts[type] ?? 0) + 1;
      }
    }
    return counts;
  }

  /** Whether the engine refuses to delete something. */
  private protects(): boolean {
    const { resources = [] } = readState(this.stateFile());
    return resources.some(({ protect }) => protect);
  }

  /** The file of the engine's state of the stack. */
  private stateFile(): string {
    const { home, source = ROOT, stack = STACK_NAME } = this.options;
    return home.file("state", ".pulumi", "stacks", projectName(source), `${stack}.json`);
  }

  private policies(): Policies {
    const { policyPack, stack = STACK_NAME } = this.options;
    switch (policyPack) {
      case undefined:
        return {
          policyPacks: [path.join(ROOT, "policy")],
          policyPackConfigs: [path.join(ROOT, "policy", "config", `${stack}.json`)],
        };
      case null:
        return {};
      default:
        return { policyPacks: [policyPack] };
    }
  }

  private async operate(
    name: string,
    work: (opts: OperationOptions) => Promise<unknown>,
  ): Promise<Operation> {
    const started = Date.now();
    const seen = new Watcher();
    const policed = name === "preview" || name === "up";
    const { onOutput, signal } = this.options;
    const { envVars } = this.stack.workspace as LocalWorkspace;
    try {
      await withProviders(this.variables, onOutput, (attached) => {
        Object.assign(envVars, attached);
        return work({
          color: process.stdout.isTTY ? "always" : "never",
          parallel: PARALLEL,
          onOutput,
          onEvent: (event) => seen.see(event),
          signal,
          ...(policed ? this.policies() : {}),
        });
      });
    } catch (error) {
      const reasons = seen.errors();
      const shown = reasons.length > 0 ? reasons.join("\n    ") : String(error);
      throw new UserError(`the engine's ${name} failed:\n    ${shown}`);
    }
    return seen.operation((Date.now() - started) / 1000);
  }
}

/** The pack that an operation runs under, and its configuration; neither where it runs under none. */
interface Policies {
  readonly policyPacks?: string[];
  readonly policyPackConfigs?: string[];
}

interface OperationOptions extends Partial<Policies> {
  readonly color: "always" | "never";
  readonly parallel: number;
  readonly onOutput: (text: string) => void;
  readonly onEvent: (event: EngineEvent) => void;
  readonly signal?: AbortSignal;
}

/**
 * Where the engine keeps its state. Without the attributes that it would keep beside each file: it replaces a file in
 * one step, but writes the attributes in place, and reads no state whose attributes a kill has cut off ("failed to
 * load checkpoint: EOF"). See https://pkg.go.dev/gocloud.dev/blob/fileblob, "metadata".
 */
export function backendOf(home: Home): string {
  return `file://${home.dir("state")}?metadata=skip`;
}

/** Where the providers note what they made before the engine has it in its state. */
function journalFile(home: Home): string {
  return home.file("state", "journal.ndjson");
}

/** The program of a checkout. Loaded anew for each source, so that a test can run an edited copy. */
function programOf(source: string): PulumiFn {
  return async () => {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- the path is known at run time only
    const loaded = require(path.join(source, "index.ts")) as unknown;
    const program = (loaded as { default?: PulumiFn }).default ?? (loaded as PulumiFn);
    return program();
  };
}

/** Encrypts values in the stack's settings. They go by standard input: arguments are everybody's to see. */
function setSecrets(
  stack: Stack,
  pulumi: PulumiCommand,
  secrets: Readonly<Record<string, string>>,
): void {
  const { workDir, envVars } = stack.workspace as LocalWorkspace;
  for (const [key, value] of Object.entries(secrets)) {
    execFileSync(
      pulumi.command,
      ["config", "set", key, "--path", "--secret", "--stack", stack.name, "--non-interactive"],
      { cwd: workDir, env: { ...process.env, ...envVars }, input: value, stdio: "pipe" },
    );
  }
}

/**
 * Copies the project's settings to the home and works there: the passphrase's salt, which the engine writes
 * into the stack's settings, belongs to the home and not to the checkout.
 */
function writeProject(home: Home, source: string, stack: string, text?: string): string {
  const workDir = home.dir("stack");
  const settings = `Pulumi.${stack}.yaml`;
  const own = path.join(workDir, settings);
  const salt = fs.existsSync(own)
    ? /^encryptionsalt:.*$/m.exec(fs.readFileSync(own, "utf8"))?.[0]
    : undefined;
  const shared = text ?? fs.readFileSync(path.join(source, settings), "utf8");
  writeAtomically(own, salt === undefined ? shared : `${salt}\n${shared}`);
  // Without `main`: the program is handed over as a function, and there is no such file where the engine works.
  const { main: _, ...project } = parse(
    fs.readFileSync(path.join(source, "Pulumi.yaml"), "utf8"),
  ) as Record<string, unknown>;
  writeAtomically(path.join(workDir, "Pulumi.yaml"), stringify({ ...project, plugins: PLUGINS }));
  return workDir;
}
