import assert from "node:assert";
import jsonata from "jsonata";
import {
  type States,
  transformDefinition,
  type TransformArgs,
  validDefinition,
} from "../../../components/pipelines/movielens/stateMachine";

const ARGS: TransformArgs = {
  partition: "aws",
  jobName: "transform",
  timeoutSeconds: 7200,
};

type Json = Record<string, unknown>;

/** An error of a state, as Catch and Retry see it. */
class StateError extends Error {
  public constructor(
    public readonly error: string,
    public readonly reason?: string,
  ) {
    super(error);
  }
}

/** What a service answers, or the error that it gives. */
type Service = (action: string, input: Json) => Json;

/** What came of an execution, and the states that it was in. */
interface Outcome {
  readonly status: "SUCCEEDED" | "FAILED";
  readonly error?: string;
  readonly cause?: string;
  readonly entered: string[];
}

/** A run, as `extract_load_data` names it. */
const RUN = "20261130T150000000000Z-0123456789abcdef";

/** Runs a definition against a service, with JSONata's own engine, and without waiting. */
async function execute(
  definition: States,
  service: Service,
  given: Json = { run: RUN },
): Promise<Outcome> {
  const entered: string[] = [];

  const evaluate = async (template: unknown, states: Json): Promise<unknown> => {
    if (typeof template === "string" && template.startsWith("{%")) {
      const expression = jsonata(template.slice(2, -2));
      expression.registerFunction("parse", (text: string) => JSON.parse(text) as unknown);
      const value: unknown = await expression
        .evaluate(null, { states })
        .catch((error: { message: string }) => {
          // https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
          throw new StateError("States.QueryEvaluationError", error.message);
        });
      assert.notStrictEqual(value, undefined, `${template} of ${JSON.stringify(states)}`);
      return value;
    }
    if (typeof template === "object" && template !== null) {
      const members = Object.entries(template).map(async ([key, value]) => [
        key,
        await evaluate(value, states),
      ]);
      return Object.fromEntries(await Promise.all(members)) as Json;
    }
    return template;
  };
  const text = async (template: unknown, input: unknown): Promise<string> => {
    const value = await evaluate(template, { input });
    assert.strictEqual(typeof value, "string");
    return value as string;
  };

  const attempt = async (state: Json, work: () => Promise<unknown>): Promise<unknown> => {
    const retries = (state.Retry ?? []) as { ErrorEquals: string[]; MaxAttempts: number }[];
    const used = retries.map(() => 0);
    for (;;) {
      try {
        return await work();
      } catch (error) {
        const which = retries.findIndex(
          ({ ErrorEquals }) => error instanceof StateError && ErrorEquals.includes(error.error),
        );
        if (which < 0 || used[which] >= retries[which].MaxAttempts) {
          throw error;
        }
        used[which] += 1;
      }
    }
  };

  const run = async ({ StartAt, States: states }: States, given: unknown): Promise<unknown> => {
    let name = StartAt;
    let input = given;
    for (;;) {
      const state = states[name] as Json;
      assert.ok(state, `there is no state ${name}`);
      entered.push(name);
      switch (state.Type) {
        case "Succeed":
          return input;
        case "Fail":
          throw new StateError(await text(state.Error, input), await text(state.Cause, input));
        case "Pass":
          input = await evaluate(state.Output, { input });
          break;
        case "Task":
        case "Parallel":
          try {
            const action = String(state.Resource).split(":").slice(5).join(":");
            input = await attempt(state, async () =>
              state.Type === "Task"
                ? service(action, (await evaluate(state.Arguments, { input })) as Json)
                : Promise.all((state.Branches as States[]).map((branch) => run(branch, input))),
            );
          } catch (error) {
            const catchers = (state.Catch ?? []) as Json[];
            const catcher = catchers.find(
              ({ ErrorEquals }) =>
                error instanceof StateError &&
                (ErrorEquals as string[]).some((e) => e === "States.ALL" || e === error.error),
            );
            if (!(error instanceof StateError) || catcher === undefined) {
              throw error;
            }
            const errorOutput = { Error: error.error, Cause: error.reason };
            input =
              catcher.Output === undefined
                ? errorOutput
                : await evaluate(catcher.Output, { input, errorOutput });
            name = catcher.Next as string;
            continue;
          }
          break;
        default:
          assert.fail(`state ${name} is of type ${String(state.Type)}`);
      }
      if (state.End === true) {
        return input;
      }
      name = state.Next as string;
    }
  };

  try {
    await run(definition, given);
    return { status: "SUCCEEDED", entered };
  } catch (error) {
    if (!(error instanceof StateError)) {
      throw error;
    }
    const { error: code, reason: cause } = error;
    return { status: "FAILED", error: code, cause, entered };
  }
}

/** A Glue whose job does as a test says; it keeps what was asked of it. */
class Glue {
  public readonly calls: Json[] = [];

  public constructor(
    private readonly behaviour: {
      /** Answers to the starts of the job, one after the other; then it succeeds. */
      readonly job?: StateError[];
    } = {},
  ) {}

  public readonly answer: Service = (action, input) => {
    assert.strictEqual(action, "glue:startJobRun.sync");
    this.calls.push(input);
    this.fail(this.behaviour.job);
    return { JobName: input.JobName, Id: "jr_1", JobRunState: "SUCCEEDED" };
  };

  private fail(errors: StateError[] | undefined): void {
    const error = errors?.shift();
    if (error !== undefined) {
      throw error;
    }
  }
}

const run = async (...[behaviour]: ConstructorParameters<typeof Glue>) => {
  const glue = new Glue(behaviour);
  return { ...(await execute(transformDefinition(ARGS), glue.answer)), calls: glue.calls };
};

/** How `.sync` tells of a run that did not succeed: the run as JSON. */
const failedRun = (state: string, message?: string): StateError =>
  new StateError(
    "States.TaskFailed",
    JSON.stringify({
      Attempt: 0,
      ErrorMessage: message,
      Id: "jr_1",
      JobName: ARGS.jobName,
      JobRunState: state,
    }),
  );

describe("transformDefinition", () => {
  it("runs the job on the files of the run that it is given, and is done", async () => {
    const { status, entered, calls } = await run();
    assert.strictEqual(status, "SUCCEEDED");
    assert.strictEqual(entered.at(-1), "Done");
    assert.deepStrictEqual(calls, [{ JobName: "transform", Arguments: { "--run": RUN } }]);
  });

  it("fails without a run, starts no job, and says what to give", async () => {
    const glue = new Glue();
    const { status, cause } = await execute(transformDefinition(ARGS), glue.answer, {});
    assert.strictEqual(status, "FAILED");
    assert.match(String(cause), /The input has no "run": give {"run":/);
    assert.deepStrictEqual(glue.calls, []);
  });

  it("carries a failed run's own message", async () => {
    const { status, error, cause, entered, calls } = await run({
      job: [failedRun("FAILED", 'Error Category: UNCLASSIFIED; "output/movie/" was not finished')],
    });
    assert.strictEqual(status, "FAILED");
    assert.strictEqual(error, "States.TaskFailed");
    assert.strictEqual(
      cause,
      'transform jr_1 is FAILED: Error Category: UNCLASSIFIED; "output/movie/" was not finished',
    );
    assert.deepStrictEqual(entered.slice(-2), ["Error", "Failed"]);
    assert.strictEqual(calls.length, 1);
  });

  const causes: [string, StateError, string][] = [
    ["a stopped run, which has no message", failedRun("STOPPED"), "transform jr_1 is STOPPED"],
    [
      "a run that ran out of time",
      failedRun("TIMEOUT", "Job run exceeded its Timeout of 5 minutes"),
      "transform jr_1 is TIMEOUT: Job run exceeded its Timeout of 5 minutes",
    ],
    ["a refused call", new StateError("Glue.AccessDeniedException", "no leave"), "no leave"],
    ["JSON of another kind", new StateError("X", '{"a":1}'), '{"a":1}'],
    ["an error without a cause", new StateError("States.Timeout"), "States.Timeout"],
    ["an empty cause", new StateError("States.Runtime", ""), "States.Runtime"],
  ];
  for (const [what, error, cause] of causes) {
    it(`carries ${what}`, async () => {
      const outcome = await run({ job: [error] });
      assert.deepStrictEqual(
        [outcome.status, outcome.error, outcome.cause],
        ["FAILED", error.error, cause],
      );
    });
  }

  it("repeats the start of the job while Glue has too much to do, and not for ever", async () => {
    const throttled = (): StateError => new StateError("Glue.AWSGlueException", "Rate exceeded");
    assert.strictEqual((await run({ job: [throttled(), throttled()] })).status, "SUCCEEDED");
    const never = await run({ job: Array.from({ length: 50 }, throttled) });
    assert.deepStrictEqual([never.status, never.cause], ["FAILED", "Rate exceeded"]);
  });

  it("waits for the jobs of other runs for an hour", async () => {
    const busy = (): StateError => new StateError("Glue.ConcurrentRunsExceededException", "busy");
    assert.strictEqual((await run({ job: Array.from({ length: 120 }, busy) })).status, "SUCCEEDED");
    const never = await run({ job: Array.from({ length: 121 }, busy) });
    assert.deepStrictEqual([never.status, never.cause], ["FAILED", "busy"]);
  });

  it("does not repeat a run that failed", async () => {
    const { status, calls } = await run({ job: [failedRun("FAILED", "wrong header")] });
    assert.deepStrictEqual([status, calls.length], ["FAILED", 1]);
  });

  it("ends an execution after the given time, whatever it waits for", () => {
    assert.strictEqual((transformDefinition(ARGS) as unknown as Json).TimeoutSeconds, 7200);
  });

  it("names integrations of the stack's own partition", () => {
    const text = JSON.stringify(transformDefinition({ ...ARGS, partition: "aws-cn" }));
    assert.ok(text.includes("arn:aws-cn:states:::glue:startJobRun.sync"));
    assert.ok(!text.includes("arn:aws:"));
  });
});

describe("validDefinition", () => {
  it("gives a valid definition as JSON, and leaves it as it is", () => {
    const definition = transformDefinition(ARGS);
    const before = JSON.stringify(definition);
    assert.strictEqual(validDefinition("machine", definition), before);
    assert.strictEqual(JSON.stringify(definition), before);
  });

  const faults: [string, (definition: Json) => void, RegExp][] = [
    ["a state that leads nowhere", (d) => (at(d, "Try").Next = "Nowhere"), /Nowhere/],
    [
      "a state that nothing leads to",
      (d) => delete at(d, "Try").Catch,
      /MISSING_TRANSITION_TARGET|UNREACHABLE/,
    ],
    [
      "a field of the other query language",
      (d) => (at(d, "Error").ResultPath = "$"),
      /\/States\/Error is invalid/,
    ],
    ["a missing start", (d) => delete d.StartAt, /StartAt/],
  ];
  for (const [what, spoil, message] of faults) {
    it(`refuses ${what}, naming machine and fault`, () => {
      const definition = structuredClone(transformDefinition(ARGS)) as unknown as Json;
      spoil(definition);
      const refused = (error: Error): boolean =>
        /state machine movies is not valid/.test(error.message) && message.test(error.message);
      assert.throws(() => validDefinition("movies", definition), refused);
    });
  }
});

function at(definition: Json, state: string): Json {
  return (definition.States as Record<string, Json>)[state];
}
