import assert from "node:assert";
import type { Planned } from "../../components/stackContext";
import { refuseTakenNames } from "../../components/takenNames";
import program from "../../index";
import { PROJECT, record } from "../mocks";
import { LOCATION } from "../policies";
import { STACKS, type StackName, stackConfig } from "../stackFiles";

const GET_RESOURCES = "aws:resourcegroupstaggingapi/getResources:getResources";
const OWN = { Project: "films", Stack: "dev" };
const CONTEXT: Parameters<typeof refuseTakenNames>[0] = {
  location: LOCATION,
  environmentName: "mwaa-films-dev",
  athenaWorkgroupName: "films",
  tags: OWN,
};
const PIPELINES: readonly Planned[] = [
  { services: ["athena"], plan: { dags: [], owned: { databases: ["demo_athena_db"] } } },
  { services: ["emr"], plan: { dags: [] } },
  {
    services: [],
    plan: {
      dags: [],
      owned: {
        databases: ["mwaa-movielens-demo-db"],
        jobs: ["mwaa-movielens-glue-job"],
        crawlers: ["popular", "top-rated"],
        stateMachines: ["Movielens-Transform-job"],
        parameters: ["/mwaa/S3/DemoBucket"],
        roles: { states: ["states.amazonaws.com"] },
      },
    },
  },
];
const JOB = "arn:aws:glue:us-east-1:123456789012:job/mwaa-movielens-glue-job";
const MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:Movielens-Transform-job";
const THEIRS = { Project: PROJECT, Stack: "dev" };

type Tags = Readonly<Record<string, string>>;

/** Looks for names of others, where AWS has resources with these tags. */
const refuse = (
  there: Readonly<Record<string, Tags>>,
  { context = CONTEXT, pipelines = PIPELINES } = {},
) =>
  record(() => refuseTakenNames(context, pipelines, { services: [] }), {
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
            "athena:us-east-1:123456789012:workgroup/films",
            "glue:us-east-1:123456789012:database/demo_athena_db",
            "glue:us-east-1:123456789012:database/mwaa-movielens-demo-db",
            "glue:us-east-1:123456789012:job/mwaa-movielens-glue-job",
            "glue:us-east-1:123456789012:crawler/popular",
            "glue:us-east-1:123456789012:crawler/top-rated",
            "states:us-east-1:123456789012:stateMachine:Movielens-Transform-job",
            "ssm:us-east-1:123456789012:parameter/mwaa/S3/DemoBucket",
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
      assert.match(
        error.message,
        /get-resources --tag-filters 'Key=Project,Values=mwaa-analytics' 'Key=Stack,Values=dev' .* --tags 'Project=films,Stack=dev'/,
      );
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

  it("refuses other tags Project and Stack than those that the stack's resources have, and the way back", async () => {
    const renamed = { Project: "Marketing", Stack: "dev" };
    const context = { ...CONTEXT, tags: renamed };
    await refuse({ [JOB]: renamed }, { context });
    // Else permissions and Availability Zones, which go by the tags, would be lost half-way.
    await assert.rejects(refuse({ [JOB]: OWN }, { context }), /of the project films/);
    await assert.rejects(refuse({ [JOB]: renamed }), /of the project Marketing/);
  });

  it("asks for the environment alone where nothing else has a name", async () => {
    const { calls } = await refuse({}, { pipelines: [] });
    assert.deepStrictEqual(calls[0].inputs.resourceArnLists, [
      "arn:aws:airflow:us-east-1:123456789012:environment/mwaa-films-dev",
    ]);
  });

  it("asks for no more at once than AWS answers", async () => {
    const jobs = Array.from({ length: 250 }, (_, number) => `job-${number}`);
    const pipelines = [{ services: [], plan: { dags: [], owned: { jobs } } }];
    const last = "arn:aws:glue:us-east-1:123456789012:job/job-249";
    const { calls } = await refuse({}, { pipelines });
    const asked = calls.map(({ inputs }) => (inputs.resourceArnLists as string[]).length);
    assert.deepStrictEqual(asked.sort(), [100, 100, 51]);
    await assert.rejects(refuse({ [last]: THEIRS }, { pipelines }), /the Glue job job-249 is of/);
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
