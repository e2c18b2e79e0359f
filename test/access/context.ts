import type { StackOutputs } from "../../components/stackEnvironment";
import { setTimeout as sleep } from "node:timers/promises";

import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";

import { clientConfig } from "../../local/cli/cloud";
import { Endpoint } from "../../local/engine/endpoint";
import { Home } from "../../local/home";

/** How a run ended. */
export interface Ended {
  readonly succeeded: boolean;
  /** What a user is told of a failure. */
  readonly said: string;
}

/** Something that can be run by itself, as a role or several. */
export interface Scenario {
  readonly name: string;
  /** What it does with Airflow: none that needs it can run while it is stopped. Default: nothing. */
  readonly airflow?: "needs" | "stops";
  /** What it works on, and no other may meanwhile. */
  readonly claims?: string;
  /** Actions that it is there for. Default: all that it uses. */
  readonly shows?: readonly string[];
  /** Actions without which it goes on, each for itself: they are taken away together, for one run. Default: none. */
  readonly bears?: readonly string[];
  run(): Promise<Ended>;
}

/** The running stack that the scenarios are run on. */
export interface TestContext {
  readonly home: Home;
  readonly endpoint: Endpoint;
  readonly airflowPort: number;
  /** Outputs of the stack. */
  readonly outputs: StackOutputs;
}

/** The stack's MWAA environment. */
export const ENVIRONMENT = "mwaa-local";

/** What the stack says of the MovieLens pipeline. */
export function movielensOf({ movielens }: TestContext["outputs"]) {
  return movielens as { stateMachineArn: string; jobName: string; databaseName: string };
}

/** An Airflow Variable of the stack's. */
export async function variable({ endpoint }: TestContext, name: string): Promise<string> {
  const ssm = new SSMClient(clientConfig(endpoint));
  const { Parameter } = await ssm.send(
    new GetParameterCommand({
      Name: `/${ENVIRONMENT}/variables/${name}`,
      WithDecryption: true,
    }),
  );
  return Parameter?.Value ?? "";
}

/** Looks again and again, until there is an answer: undefined and false are none. */
export async function awaited<T>(look: () => Promise<T | undefined | false>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) {
      return found;
    }
    await sleep(POLL_MS);
  }
}

const POLL_MS = 250;
