import type { Operation } from "../engine/operation";
import { LocalStack } from "../engine/stack";
import { step } from "../setup/steps";
import { Airflow, RunReport } from "./airflow";

/** What an update asks of a stack. */
type Updatable = Pick<LocalStack, "inputs" | "lastUpdate" | "preview" | "up">;

/** What was done to have the stack as the program says. */
export interface Update {
  readonly policies: Operation["policies"];
  /** Seconds that preview and update took. */
  readonly seconds: number;
  /** When the update that left the stack so had ended, where none was needed: date and time in ISO 8601. */
  readonly unchangedSince?: string;
}

/**
 * Previews first, as `pulumi up` does: rules on the whole stack speak only when every resource has been
 * registered, which in an update is after they have been made. Where nothing has changed since an update that they
 * let pass, they have spoken.
 */
export async function update(stack: Updatable): Promise<Update> {
  // Before the preview: what is changed meanwhile is not taken for checked.
  const inputs = stack.inputs();
  let seconds = 0;
  if (stack.lastUpdate(inputs) !== undefined) {
    process.stdout.write("\nNo preview: nothing has changed since the last update.\n");
  } else {
    process.stdout.write("\n── preview ──\n");
    ({ seconds } = await stack.preview());
  }
  process.stdout.write("\n── up ──\n");
  const up = await stack.up(inputs);
  return { policies: up.policies, seconds: seconds + up.seconds };
}

/** Updates the stack where anything has changed since the last update: else the engine would find nothing to do. */
export async function updateWhereChanged(stack: Updatable): Promise<Update> {
  const last = stack.lastUpdate(stack.inputs());
  if (last === undefined) {
    return update(stack);
  }
  const { ended, policies } = last;
  process.stdout.write(
    `\nNo update: program, settings and stack are as the update of ${ended} left them. ` +
      "To have the engine look all the same: npm run local -- up\n",
  );
  return { policies, seconds: 0, unchangedSince: ended };
}

/** A line among those of a step: on a terminal it takes the place of the step's own. */
function said(text: string): void {
  process.stdout.write(`${process.stdout.isTTY ? "\r\x1b[K" : ""}${text}\n`);
}

/** Runs a DAG, shows each task as it ends, and of those that failed the cause. */
export async function runDag(
  airflow: Airflow,
  dagId: string,
  conf: Record<string, unknown>,
): Promise<RunReport> {
  const passed = ({ state }: RunReport) => state === "success";
  return step(
    `DAG ${dagId}`,
    async (note) => {
      const run = await airflow.run(dagId, conf, {
        onTask: (taskId, { state, seconds }) =>
          said(`  ${dagId}.${taskId}: ${state} (${seconds.toFixed(1)} s)`),
        onRetry: async (taskId, { runId, attempt, of }) =>
          said(
            `  ${dagId}.${taskId}: try ${attempt} of ${of} failed, the next one follows:\n` +
              (await airflow.logTail(dagId, runId, taskId, attempt)),
          ),
        onWork: note,
        onStaysUnpaused: (why) => {
          process.exitCode = 1;
          said(
            `✘ ${dagId} was paused before and could not be paused again: ${why}\n` +
              "  A schedule of it goes on by itself. Pause it in Airflow's web interface.",
          );
        },
      });
      for (const [taskId, { state }] of Object.entries(run.tasks)) {
        if (state === "failed") {
          process.stdout.write(
            `✘ ${dagId}.${taskId} failed:\n${await airflow.logTail(dagId, run.run_id, taskId)}\n`,
          );
        }
      }
      return run;
    },
    undefined,
    passed,
  );
}
