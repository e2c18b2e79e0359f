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
  popularCrawlerName: "popular",
  topRatedCrawlerName: "top-rated",
  dataBucketName: "airflow-data",
  popularPrefix: "curated/most_popular_movies/",
  topRatedPrefix: "curated/top_rated_movies/",
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
  readonly waitedSeconds: number;
}

/** Runs a definition against a service, with JSONata's own engine, and without waiting. */
async function execute(definition: States, service: Service): Promise<Outcome> {
  const entered: string[] = [];
  let waitedSeconds = 0;

  const evaluate = async (template: unknown, states: Json): Promise<unknown> => {
    if (typeof template === "string" && template.startsWith("{%")) {
      const expression = jsonata(template.slice(2, -2));
      expression.registerFunction("parse", (text: string) => JSON.parse(text) as unknown);
      const value: unknown = await expression.evaluate(null, { states });
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
        case "Wait":
          waitedSeconds += state.Seconds as number;
          break;
        case "Pass":
          input = await evaluate(state.Output, { input });
          break;
        case "Choice": {
          const choices = state.Choices as { Condition: string; Next: string }[];
          let next = state.Default as string;
          for (const choice of [...choices].reverse()) {
            if ((await evaluate(choice.Condition, { input })) === true) {
              next = choice.Next;
            }
          }
          name = next;
          continue;
        }
        case "Task":
        case "Parallel":
          try {
            const action = String(state.Resource).split(":").slice(5).join(":");
            input = await attempt(state, async () =>
              state.Type === "Task"
                ? service(action, state.Arguments as Json)
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
    await run(definition, {});
    return { status: "SUCCEEDED", entered, waitedSeconds };
  } catch (error) {
    if (!(error instanceof StateError)) {
      throw error;
    }
    const { error: code, reason: cause } = error;
    return { status: "FAILED", error: code, cause, entered, waitedSeconds };
  }
}

/** A Glue whose job and crawlers do as a test says, and its files; it keeps what was asked of it. */
class Glue {
  public readonly calls: string[] = [];
  private readonly looks = new Map<string, number>();

  public constructor(
    private readonly behaviour: {
      /** Prefixes below which nothing lies; below any other something does. */
      readonly empty?: string[];
      /** Answers to the starts of the job, one after the other; then it succeeds. */
      readonly job?: StateError[];
      /** Answers to the starts of the first crawler, one after the other; then it starts. */
      readonly start?: StateError[];
      /** What each look at the first crawler finds; the last one for ever. */
      readonly crawler?: Json[];
    } = {},
  ) {}

  public readonly answer: Service = (action, input) => {
    if (action === "aws-sdk:s3:listObjectsV2") {
      assert.strictEqual(input.Bucket, ARGS.dataBucketName);
      return { KeyCount: this.behaviour.empty?.includes(String(input.Prefix)) ? 0 : 1 };
    }
    const subject = String(input.JobName ?? input.Name);
    this.calls.push(`${action} ${subject}`);
    const isFirst = subject === ARGS.popularCrawlerName;
    switch (action) {
      case "glue:startJobRun.sync":
        this.fail(this.behaviour.job);
        return { JobName: subject, Id: "jr_1", JobRunState: "SUCCEEDED" };
      case "aws-sdk:glue:startCrawler":
        this.fail(isFirst ? this.behaviour.start : undefined);
        return {};
      case "aws-sdk:glue:getCrawler": {
        const found = (isFirst ? this.behaviour.crawler : undefined) ?? [
          { State: "READY", LastCrawl: { Status: "SUCCEEDED" } },
        ];
        const look = this.looks.get(subject) ?? 0;
        this.looks.set(subject, look + 1);
        return { Crawler: { Name: subject, ...found[Math.min(look, found.length - 1)] } };
      }
      default:
        assert.fail(`nothing answers ${action}`);
    }
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
  it("runs the job, then both crawlers, and is done", async () => {
    const { status, entered, calls } = await run();
    assert.strictEqual(status, "SUCCEEDED");
    assert.strictEqual(entered.at(-1), "Done");
    assert.strictEqual(calls[0], "glue:startJobRun.sync transform");
    assert.deepStrictEqual(calls.slice(1).sort(), [
      "aws-sdk:glue:getCrawler popular",
      "aws-sdk:glue:getCrawler top-rated",
      "aws-sdk:glue:startCrawler popular",
      "aws-sdk:glue:startCrawler top-rated",
    ]);
  });

  it("carries a failed run's own message, and crawls nothing", async () => {
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
    assert.deepStrictEqual(calls, ["glue:startJobRun.sync transform"]);
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
    const busy = (): StateError => new StateError("Glue.ConcurrentRunsExceededException", "busy");
    const throttled = new StateError("Glue.AWSGlueException", "Rate exceeded");
    const late = await run({ job: [busy(), throttled, busy()] });
    assert.strictEqual(late.status, "SUCCEEDED");
    const never = await run({ job: Array.from({ length: 50 }, busy) });
    assert.deepStrictEqual([never.status, never.cause], ["FAILED", "busy"]);
  });

  it("does not repeat a run that failed", async () => {
    const { status, calls } = await run({ job: [failedRun("FAILED", "wrong header")] });
    assert.deepStrictEqual([status, calls.length], ["FAILED", 1]);
  });

  it("lets a crawl that is under way pass, then starts its own", async () => {
    const running = (): StateError => new StateError("Glue.CrawlerRunningException", "running");
    const { status, calls, waitedSeconds } = await run({ start: [running(), running()] });
    assert.strictEqual(status, "SUCCEEDED");
    const starts = calls.filter((call) => call === "aws-sdk:glue:startCrawler popular");
    assert.strictEqual(starts.length, 3);
    assert.strictEqual(waitedSeconds, 4 * 15);
  });

  it("fails when the job left a result empty, and does not crawl that", async () => {
    const { status, error, cause, calls } = await run({ empty: [ARGS.topRatedPrefix] });
    assert.deepStrictEqual([status, error], ["FAILED", "NothingToCrawl"]);
    assert.match(String(cause), /below s3:\/\/airflow-data\/curated\/top_rated_movies\//);
    assert.ok(!calls.includes("aws-sdk:glue:startCrawler top-rated"));
  });

  it("waits until a crawler is ready, however its last crawl looks meanwhile", async () => {
    const { status, calls } = await run({
      crawler: [
        { State: "RUNNING" },
        { State: "RUNNING", LastCrawl: { Status: "FAILED", ErrorMessage: "yesterday" } },
        { State: "STOPPING", LastCrawl: { Status: "SUCCEEDED" } },
        { State: "READY", LastCrawl: { Status: "SUCCEEDED" } },
      ],
    });
    assert.strictEqual(status, "SUCCEEDED");
    const looks = calls.filter((call) => call === "aws-sdk:glue:getCrawler popular");
    assert.strictEqual(looks.length, 4);
  });

  const crawls: [string, Json | undefined, string][] = [
    [
      "failed",
      { Status: "FAILED", ErrorMessage: "Access Denied" },
      "Crawler popular: its last crawl is FAILED: Access Denied",
    ],
    ["was stopped", { Status: "CANCELLED" }, "Crawler popular: its last crawl is CANCELLED"],
    ["is not there", undefined, "Crawler popular: its last crawl is missing"],
  ];
  for (const [what, LastCrawl, expected] of crawls) {
    it(`fails when a crawl ${what}, with the crawler's name and message`, async () => {
      const { status, error, cause, entered } = await run({
        crawler: [{ State: "RUNNING" }, { State: "READY", LastCrawl }],
      });
      assert.deepStrictEqual([status, error, cause], ["FAILED", "CrawlFailed", expected]);
      assert.strictEqual(entered.at(-1), "Failed");
    });
  }

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
