import assert from "node:assert/strict";

import { EMRClient, ListClustersCommand } from "@aws-sdk/client-emr";
import { S3Client } from "@aws-sdk/client-s3";

import { CLOUD, clientConfig, startCloud } from "../../../local/cli/cloud";
import { running, sleep } from "../../../local/cli/processes";
import { s3Of } from "../../../local/cli/s3";
import { Endpoint } from "../../../local/engine/endpoint";
import { Home } from "../../../local/home";
import { freePort } from "../running";
import { Finished, LocalCommand } from "./command";

export const BUCKETS = {
  airflow: "airflow-mwaa-analytics-local-123456789012-us-east-1",
  data: "airflow-mwaa-analytics-data-local-123456789012-us-east-1",
};

/** States of a cluster that is there. */
const ACTIVE = ["STARTING", "BOOTSTRAPPING", "RUNNING", "WAITING", "TERMINATING"] as const;

/** The local stack, up in a home of its own, whose DAGs are run by the commands. */
export class UpStack {
  private constructor(
    readonly home: Home,
    readonly ports: { cloud: number; airflow: number },
    readonly endpoint: Endpoint,
  ) {}

  /** Brings it up by a command that leaves it running; where that fails, nothing runs. */
  static async up(home: Home, ...command: string[]): Promise<UpStack> {
    const ports = { cloud: await freePort(), airflow: await freePort() };
    const { status, output } = await new LocalCommand(home, ports, ...command).finished;
    if (status !== 0) {
      await new LocalCommand(home, ports, "down").finished;
    }
    assert.equal(status, 0, output);
    return new UpStack(home, ports, await startCloud(home, ports.cloud, () => undefined));
  }

  command(...args: string[]): LocalCommand {
    return new LocalCommand(this.home, this.ports, ...args);
  }

  run(dagId: string, conf: Record<string, unknown> = {}): LocalCommand {
    return this.command("run", dagId, "--conf", JSON.stringify(conf));
  }

  s3(): S3Client {
    return s3Of(this.endpoint);
  }

  emr(): EMRClient {
    return new EMRClient(clientConfig(this.endpoint));
  }

  /** The clusters that are there. */
  async clusters() {
    const { Clusters = [] } = await this.emr().send(
      new ListClustersCommand({ ClusterStates: [...ACTIVE] }),
    );
    return Clusters;
  }

  /** Kills the local cloud, and starts it again. */
  async killAndRestartCloud(): Promise<void> {
    const { pid } = running(this.home, CLOUD) ?? assert.fail("the local cloud does not run");
    process.kill(pid, "SIGKILL");
    while (running(this.home, CLOUD) !== undefined) {
      await sleep(50);
    }
    await startCloud(this.home, this.ports.cloud, () => undefined);
  }

  /** A run that succeeded and left no cluster. */
  async succeeded({ status, output }: Finished): Promise<void> {
    assert.equal(status, 0, output);
    assert.deepEqual(await this.clusters(), []);
  }

  /** A failed run: it says why in one message, later tasks did not run, no cluster is left. */
  async failed({ status, output }: Finished, task: string, message: RegExp): Promise<void> {
    assert.equal(status, 1, output);
    assert.match(output, new RegExp(`${task} failed:`));
    assert.match(output, message);
    assert.deepEqual(await this.clusters(), [], output);
  }
}

/** Waits until something is there to act upon, while a command runs. */
export async function until<T>(
  command: LocalCommand,
  find: () => Promise<T | undefined>,
): Promise<NonNullable<T>> {
  let over = false;
  void command.finished.then(() => (over = true));
  for (;;) {
    const found = await find();
    if (found !== undefined && found !== null) {
      return found;
    }
    assert.ok(!over, `the run ended too early:\n${command.output}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
