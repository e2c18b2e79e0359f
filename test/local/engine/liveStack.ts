import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { PulumiCommand } from "@pulumi/pulumi/automation";
import { parse, stringify } from "yaml";

import { DEFAULTS } from "../../../checks/defaults";
import { Airflow, RunReport } from "../../../local/cli/airflow";
import { AIRFLOW, startAirflow, stopAirflow } from "../../../local/cli/airflowServer";
import { inventoryOf, startCloud, stopCloud } from "../../../local/cli/cloud";
import { running } from "../../../local/cli/processes";
import { Endpoint } from "../../../local/engine/endpoint";
import type { Operation } from "../../../local/engine/operation";
import { LocalStack } from "../../../local/engine/stack";
import { Home, toolHome } from "../../../local/home";
import { findPulumi } from "../../../local/setup/pulumiCli";
import { PROJECT } from "../../mocks";
import { WITHOUT_CHECKPOINTS, copyOfProgram, freePort, temporaryHome } from "../running";

export type Settings = Readonly<Record<string, unknown>>;

const ENVIRONMENT = "aws:mwaa/environment:Environment";

/** The local stack of a copy of the program, with Airflow, whose settings and files a test changes. */
export class LiveStack {
  /** What the stack was brought up with last. */
  private settings: Settings = {};
  /** What is encrypted in its file, by paths of the configuration. */
  secrets: Readonly<Record<string, string>> = {};
  private readonly config: Record<string, unknown>;

  private constructor(
    readonly home: Home,
    /** The copy of the program. */
    readonly folder: string,
    readonly endpoint: Endpoint,
    readonly pulumi: PulumiCommand,
    private readonly remove: () => void,
  ) {
    const { config } = parse(fs.readFileSync(this.file, "utf8")) as {
      config: Record<string, unknown>;
    };
    this.config = config;
  }

  static async start(): Promise<LiveStack> {
    const { home, remove } = temporaryHome();
    const { folder, remove: removeCopy } = copyOfProgram();
    const endpoint = await startCloud(home, await freePort(), () => undefined);
    Object.assign(process.env, endpoint.environment);
    const pulumi = (await findPulumi(toolHome)) as PulumiCommand;
    return new LiveStack(home, folder, endpoint, pulumi, () => {
      removeCopy();
      remove();
    });
  }

  async stop(): Promise<void> {
    await stopAirflow(this.home);
    await stopCloud(this.home);
    this.remove();
  }

  private get file(): string {
    return path.join(this.folder, "Pulumi.local.yaml");
  }

  /** Starts Airflow for an environment. */
  async airflowOf(environment: string): Promise<void> {
    await startAirflow(
      this.home,
      { name: environment, airflowVersion: DEFAULTS.airflowVersion },
      this.endpoint,
      await freePort(),
      () => undefined,
    );
  }

  /** Writes other settings than the last, beside those that stay; one of undefined is as it was at first. */
  write(changes: Settings): void {
    const own = Object.entries({ ...this.settings, ...changes })
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [`${PROJECT}:${name}`, value]);
    const config = { ...this.config, ...(Object.fromEntries(own) as Settings) };
    fs.writeFileSync(this.file, stringify({ config }));
  }

  /** The stack with other settings than the last, beside those that stay. */
  with(changes: Settings): Promise<LocalStack> {
    this.write(changes);
    return LocalStack.open({
      home: this.home,
      pulumi: this.pulumi,
      cloud: this.endpoint,
      variables: WITHOUT_CHECKPOINTS,
      onOutput: () => undefined,
      policyPack: null,
      source: this.folder,
      settings: { text: fs.readFileSync(this.file, "utf8"), secrets: this.secrets },
    });
  }

  /**
   * Brings changes about, and waits until Airflow, where it runs, has taken them over.
   *
   * @param changes settings; one of undefined is as it was at first
   * @returns how many resources were created, updated, replaced and so on
   */
  async works(changes: Settings): Promise<Operation["changes"]> {
    const began = Date.now();
    const up = await (await this.with(changes)).up();
    this.settings = { ...this.settings, ...changes };
    if (
      running(this.home, AIRFLOW) !== undefined &&
      up.changed.some((urn) => urn.includes(`${ENVIRONMENT}::`))
    ) {
      await this.airflow(began);
    }
    return up.changes;
  }

  /** Brings changes about as `works` does, and sees that a second update would have nothing to do. */
  async settles(changes: Settings): Promise<Operation["changes"]> {
    const made = await this.works(changes);
    const { changes: left } = await (await this.with({})).preview();
    assert.deepEqual(Object.keys(left), ["same"], JSON.stringify(changes));
    return made;
  }

  /** Sees that changes are refused by the preview which an update begins with, for a reason, and nothing is touched. */
  async refuses(changes: Settings, reason: RegExp): Promise<void> {
    const before = await this.everything();
    await assert.rejects(
      async () => (await this.with(changes)).up(),
      ({ message }: Error) => {
        assert.match(message, /^the engine's preview failed/);
        assert.match(message, reason);
        return true;
      },
    );
    assert.deepEqual(await this.everything(), before);
  }

  /** Airflow, once it is healthy: by what it has said since a time, in milliseconds of the clock. */
  airflow(since?: number): Promise<Airflow> {
    return Airflow.connect(this.home, { since });
  }

  /** Runs a DAG, which has to succeed. */
  async run(dagId: string): Promise<RunReport> {
    const { run, said } = await this.tried(dagId);
    assert.equal(run.state, "success", `${dagId}: ${said}`);
    return run;
  }

  /** Runs a DAG, which has to fail; what the logs of its failed tasks say. */
  async fails(dagId: string): Promise<string> {
    const { run, said } = await this.tried(dagId);
    assert.equal(run.state, "failed", dagId);
    return said;
  }

  private async tried(dagId: string): Promise<{ run: RunReport; said: string }> {
    const airflow = await this.airflow();
    const run = await airflow.run(dagId, {});
    const failed = Object.keys(run.tasks).filter((task) => run.tasks[task].state === "failed");
    const logs = failed.map((task) => airflow.logTail(dagId, run.run_id, task));
    return { run, said: `${failed.join(", ")}\n${(await Promise.all(logs)).join("\n")}` };
  }

  /** How many there are of each kind, in the engine's state and in the local cloud. */
  async counts(): Promise<unknown> {
    const inventory = await inventoryOf(this.home, this.endpoint);
    return [
      (await this.with({})).resources(),
      Object.entries(inventory).map(([service, collections]) => [
        service,
        Object.entries(collections).map(([collection, names]) => [collection, names.length]),
      ]),
    ];
  }

  /** All that there is: what the engine knows of, and what the local cloud has. */
  private async everything(): Promise<unknown> {
    const stacks = this.home.dir("state", ".pulumi", "stacks", PROJECT);
    const { checkpoint } = JSON.parse(fs.readFileSync(path.join(stacks, "local.json"), "utf8")) as {
      checkpoint: { latest: { resources: unknown } };
    };
    return [checkpoint.latest.resources, await inventoryOf(this.home, this.endpoint)];
  }
}
