import type { PulumiCommand } from "@pulumi/pulumi/automation";

import type { StackOutputs } from "../../components/stackEnvironment";
import type { ProgramStack } from "../../deploy/oidc/stackSettings";
import { Endpoint } from "../engine/endpoint";
import { LocalStack } from "../engine/stack";
import { Home, toolHome } from "../home";
import { setUp } from "../setup";
import { type AirflowEnvironment, airflowEnvironment } from "../setup/airflowVersions";
import { Interrupted, UserError, interruptible, step } from "../setup/steps";
import { Airflow } from "./airflow";
import { AIRFLOW, startAirflow, stopAirflow } from "./airflowServer";
import { CLOUD, startCloud, stopCloud } from "./cloud";
import { localStack } from "./localStack";
import { readStackFile } from "./stackFile";
import { homeOf } from "./stackHome";
import { died, lockHome } from "./processes";

/** The options that every command takes. */
export interface GlobalOptions {
  /** The folder that all is kept in; default `.local`, and for another stack than `local` a folder of its own there. */
  readonly home?: string;
  /** The stack whose file is tried. */
  readonly stack: string;
  /** The port of the local cloud. */
  readonly cloudPort: number;
  /** The port of Airflow's web interface. */
  readonly airflowPort: number;
}

/** A command that works on a stack which is there, where none is. */
export class NotUp extends UserError {
  constructor() {
    super("the stack is not up. Bring it up first: npm run local -- up");
  }
}

/** One command at work on a home: what it started is stopped again when it fails or is interrupted. */
export class Session {
  private readonly started: (typeof AIRFLOW | typeof CLOUD)[] = [];
  private endpoint: Endpoint | undefined;

  private constructor(
    readonly home: Home,
    private readonly options: GlobalOptions,
    private readonly pulumi: PulumiCommand,
    /** Whether the local cloud was killed before: what the stack's state says has to be checked then. */
    private readonly dirty: boolean,
    readonly signal: AbortSignal,
  ) {}

  /**
   * Sets up what is missing, does the work, and ends what it started: always after a failure or Ctrl-C, and
   * after success where `keep` is false. `airflow` tells whether the work needs Airflow at all.
   */
  static async run(
    options: GlobalOptions,
    { keep, airflow }: { keep: boolean; airflow: boolean },
    work: (session: Session) => Promise<void>,
  ): Promise<void> {
    const home = homeOf(options);
    const environments = airflow
      ? (["cloud", airflowOf(home, options), "postgresql", "spark"] as const)
      : (["cloud"] as const);
    const unlock = lockHome(home);
    let session: Session | undefined;
    let done = false;
    const whole = async (signal: AbortSignal) => {
      try {
        const pulumi = await setUp(toolHome, environments, signal);
        session = new Session(home, options, pulumi, died(home, CLOUD), signal);
        await work(session);
        done = true;
      } catch (error) {
        // What breaks because the user broke it off is no failure to report.
        throw signal.aborted ? new Interrupted() : explained(error as Error, home);
      } finally {
        if (!done || !keep) {
          await session?.stop();
        }
      }
    };
    try {
      await interruptible(whole);
    } finally {
      unlock();
    }
  }

  /** The stack with its settings. */
  get program(): ProgramStack {
    return localStack({ home: this.home, stack: this.options.stack });
  }

  /** The local cloud, started where it does not run. */
  async cloud(): Promise<Endpoint> {
    if (this.endpoint === undefined) {
      const { home, options, signal } = this;
      this.endpoint = await step(
        "local cloud",
        () => startCloud(home, options.cloudPort, () => this.started.push(CLOUD), signal),
        home.log(CLOUD),
      );
    }
    return this.endpoint;
  }

  /** Starts what stands for MWAA, where it does not run; it waits for the environment and starts Airflow. */
  async startAirflow(): Promise<void> {
    const { home, options } = this;
    await startAirflow(
      home,
      this.program.settings.environment,
      await this.cloud(),
      options.airflowPort,
      () => this.started.push(AIRFLOW),
    );
  }

  /** Airflow, once it is healthy: by what it has said since a time, in milliseconds of the clock. */
  async airflow(since?: number): Promise<Airflow> {
    await this.startAirflow();
    return step(
      "Airflow",
      (note) => Airflow.connect(this.home, { note, signal: this.signal, since }),
      this.home.log(AIRFLOW),
    );
  }

  /**
   * The stack. What the local cloud lost when it was killed is found, so that an update creates it again.
   *
   * @param onOutput gets the engine's own progress; default: shown
   */
  async stack(
    onOutput: (text: string) => void = (text) => process.stdout.write(text),
  ): Promise<LocalStack> {
    const { home, pulumi, signal, options } = this;
    const stack = await LocalStack.open({
      home,
      stack: options.stack,
      settings: readStackFile({ home, stack: options.stack }),
      pulumi,
      cloud: await this.cloud(),
      onOutput,
      signal,
    });
    if (this.dirty) {
      await step("refresh, since the local cloud was killed", () => stack.refresh());
    }
    return stack;
  }

  /**
   * The outputs of the stack.
   *
   * @throws UserError where the stack is not up
   */
  async outputs(): Promise<StackOutputs> {
    const outputs = await (await this.stack()).outputs();
    if (Object.keys(outputs).length === 0) {
      throw new NotUp();
    }
    return outputs;
  }

  /** Stops the servers that this command started. */
  private async stop(): Promise<void> {
    for (const name of this.started.reverse()) {
      await step(`stop ${name}`, () =>
        name === AIRFLOW ? stopAirflow(this.home) : stopCloud(this.home),
      );
    }
  }
}

/** The virtual environment of the version that the stack names: before anything is made, also where that is refused. */
function airflowOf(home: Home, { stack }: GlobalOptions): AirflowEnvironment {
  return airflowEnvironment(localStack({ home, stack }).settings.environment.airflowVersion);
}

/**
 * A failure as it is, or, where the local cloud is gone meanwhile, what that means: calls then fail in many ways, and
 * none of them says so.
 */
export function explained(error: Error, home: Home): Error {
  return died(home, CLOUD)
    ? new UserError(
        `the local cloud ended while this ran: it was killed, or failed. Its log: ${home.log(CLOUD)}\n` +
          "The same command starts it again, and first finds what it lost. What failed by it: " +
          error.message,
      )
    : error;
}
