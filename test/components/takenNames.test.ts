import assert from "node:assert";
import { movielensNames } from "../../checks/movielens";
import { type TakenNamesArgs, refuseTakenNames } from "../../components/takenNames";
import program from "../../index";
import { PROJECT, record } from "../mocks";
import { LOCATION } from "../policies";
import { STACKS, type StackName, stackConfig } from "../stackFiles";

const GET_RESOURCES = "aws:resourcegroupstaggingapi/getResources:getResources";
const OWN = { Project: "films", Stack: "dev" };
const ARGS: TakenNamesArgs = {
  location: LOCATION,
  owners: [OWN],
  environmentName: "mwaa-films-dev",
  athenaDatabaseName: "demo_athena_db_films",
  athenaWorkgroupName: "mwaa-films-dev",
  movielens: movielensNames({ project: "films", stack: "dev" }),
};
const JOB = "arn:aws:glue:us-east-1:123456789012:job/mwaa-movielens-glue-job";
const MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:Movielens-Transform-job";
const THEIRS = { Project: PROJECT, Stack: "dev" };

type Tags = Readonly<Record<string, string>>;

/** Looks for names of others, where AWS has resources with these tags. */
const refuse = (there: Readonly<Record<string, Tags>>, args: Partial<TakenNamesArgs> = {}) =>
  record(() => refuseTakenNames({ ...ARGS, ...args }), {
    functions: {
      [GET_RESOURCES]: ({ resourceArnLists }) => ({
        resourceTagMappingLists: Object.entries(there)
          .filter(([resourceArn]) => (resourceArnLists as string[]).includes(resourceArn))
          .map(([resourceArn, tags]) => ({ resourceArn, tags })),
      }),
    },
  });

describe("refuseTakenNames", () => {
  it("asks for all that has a name of the stack's choice, in one call", async () => {
    const { calls } = await refuse({});
    assert.deepStrictEqual(calls, [
      {
        token: GET_RESOURCES,
        inputs: {
          resourceArnLists: [
            "airflow:us-east-1:123456789012:environment/mwaa-films-dev",
            "athena:us-east-1:123456789012:workgroup/mwaa-films-dev",
            "glue:us-east-1:123456789012:database/demo_athena_db_films",
            "glue:us-east-1:123456789012:database/mwaa-movielens-demo-db",
            "glue:us-east-1:123456789012:job/mwaa-movielens-glue-job",
            "glue:us-east-1:123456789012:crawler/mwaa-movielens-curated-crawler-popular-movies",
            "glue:us-east-1:123456789012:crawler/mwaa-movielens-curated-crawler-toprated-movies",
            "states:us-east-1:123456789012:stateMachine:Movielens-Transform-job",
            "ssm:us-east-1:123456789012:parameter/mwaa/S3/DemoBucket",
            "ssm:us-east-1:123456789012:parameter/mwaa/S3/mwaaBucket",
            "ssm:us-east-1:123456789012:parameter/mwaa/sfn/movielens",
            "ssm:us-east-1:123456789012:parameter/mwaa/glue/movielens",
          ].map((rest) => `arn:aws:${rest}`),
        },
      },
    ]);
  });

  it("names what another project has, whose it is, and what to do", async () => {
    await assert.rejects(refuse({ [JOB]: THEIRS, [MACHINE]: OWN }), (error: Error) => {
      assert.match(error.message, /account 123456789012 .* in us-east-1; nothing was created/);
      assert.match(
        error.message,
        /- the Glue job mwaa-movielens-glue-job is of the stack dev of the project mwaa-analytics\n/,
      );
      assert.match(error.message, /pulumi stack rename/);
      assert.match(error.message, new RegExp(`--tags Project=films,Stack=dev .* ${JOB}$`));
      assert.ok(!error.message.includes("the state machine"));
      return true;
    });
  });

  it("refuses another stack of the same project as well", async () => {
    await assert.rejects(
      refuse({ [MACHINE]: { Project: "films", Stack: "local" } }),
      /state machine Movielens-Transform-job is of the stack local of the project films/,
    );
  });

  it("takes what has the stack's tags, with or without its setting `tags`, for its own", async () => {
    const renamed = { Project: "Marketing", Stack: "dev" };
    const owners = [renamed, OWN];
    await refuse({ [JOB]: OWN, [MACHINE]: renamed }, { owners });
    await assert.rejects(refuse({ [JOB]: renamed }), /of the project Marketing/);
  });

  it("says nothing of what no project has", async () => {
    await refuse({ [JOB]: {}, [MACHINE]: { Team: "data" } });
  });
});

describe("a preview", () => {
  const registrations: unknown[] = [];
  const run = (stack: StackName, owner: Tags) =>
    record(() => program(), {
      stack,
      config: stackConfig(stack),
      registrations: registrations as never[],
      functions: {
        [GET_RESOURCES]: ({ resourceArnLists }) => ({
          resourceTagMappingLists: (resourceArnLists as string[]).map((resourceArn) => ({
            resourceArn,
            tags: owner,
          })),
        }),
      },
    });

  for (const stack of STACKS) {
    it(`of ${stack} is refused before anything is registered where its names are another's`, async () => {
      await assert.rejects(
        run(stack, { Project: "films", Stack: stack }),
        new RegExp(`is of the stack ${stack} of the project films`),
      );
      assert.deepStrictEqual(registrations, []);
    });
  }

  it("goes on where they are its own", async () => {
    await run("dev", { Project: PROJECT, Stack: "dev" });
  });
});
