import { regionalArn } from "../../../components/location";
import { type ProgramStack, pipelinesOf } from "../stackSettings";
import { type Area, allow } from "./area";

/** Athena, Glue, EMR and Step Functions, by the names of what the pipelines use. */
export function pipelines(program: ProgramStack): Area {
  const { location, settings } = program;
  const owned = (kind: "databases" | "jobs" | "crawlers" | "stateMachines"): string[] =>
    pipelinesOf(program).flatMap(({ plan }) => plan.owned?.[kind] ?? []);
  const workgroup = regionalArn(location, "athena", `workgroup/${settings.athenaWorkgroupName}`);
  const databases = owned("databases");
  const catalog = [
    regionalArn(location, "glue", "catalog"),
    ...databases.map((database) => regionalArn(location, "glue", `database/${database}`)),
  ];
  const jobs = owned("jobs").map((job) => regionalArn(location, "glue", `job/${job}`));
  const crawlers = owned("crawlers").map((crawler) =>
    regionalArn(location, "glue", `crawler/${crawler}`),
  );
  const stateMachines = owned("stateMachines").map((stateMachine) =>
    regionalArn(location, "states", `stateMachine:${stateMachine}`),
  );
  return {
    read: [
      allow("ReadWorkgroup", ["athena:GetWorkGroup", "athena:ListTagsForResource"], workgroup),
      allow("ReadDatabases", ["glue:GetDatabase", "glue:GetTags"], catalog),
      allow("ReadJob", ["glue:GetJob", "glue:GetTags"], jobs),
      allow("ReadCrawlers", ["glue:GetCrawler", "glue:GetTags"], crawlers),
      allow(
        "ReadStateMachine",
        [
          "states:DescribeStateMachine",
          "states:ListStateMachineVersions",
          "states:ListTagsForResource",
        ],
        stateMachines,
      ),
      allow(
        "ReadConfigurations",
        [
          "elasticmapreduce:DescribeSecurityConfiguration",
          "glue:GetSecurityConfiguration",
          "states:ValidateStateMachineDefinition",
        ],
        // None of these takes a resource.
        "*",
      ),
    ],
    write: [
      allow(
        "ChangeWorkgroup",
        [
          "athena:CreateWorkGroup",
          "athena:DeleteWorkGroup",
          "athena:TagResource",
          "athena:UntagResource",
          "athena:UpdateWorkGroup",
        ],
        workgroup,
      ),
      allow(
        "ChangeDatabases",
        [
          "glue:CreateDatabase",
          "glue:DeleteDatabase",
          "glue:TagResource",
          "glue:UntagResource",
          "glue:UpdateDatabase",
        ],
        [
          ...catalog,
          // A database takes its tables with it.
          ...databases.flatMap((database) => [
            regionalArn(location, "glue", `table/${database}/*`),
            regionalArn(location, "glue", `userDefinedFunction/${database}/*`),
          ]),
        ],
      ),
      allow(
        "ChangeJob",
        [
          "glue:CreateJob",
          "glue:DeleteJob",
          "glue:TagResource",
          "glue:UntagResource",
          "glue:UpdateJob",
        ],
        jobs,
      ),
      allow(
        "ChangeCrawlers",
        [
          "glue:DeleteCrawler",
          "glue:StopCrawler",
          "glue:TagResource",
          "glue:UntagResource",
          "glue:UpdateCrawler",
        ],
        crawlers,
      ),
      allow(
        "ChangeStateMachine",
        [
          "states:CreateStateMachine",
          "states:DeleteStateMachine",
          "states:TagResource",
          "states:UntagResource",
          "states:UpdateStateMachine",
        ],
        stateMachines,
      ),
      allow(
        "ChangeConfigurations",
        [
          "elasticmapreduce:CreateSecurityConfiguration",
          "elasticmapreduce:DeleteSecurityConfiguration",
          ...(crawlers.length === 0 ? [] : ["glue:CreateCrawler"]),
          "glue:CreateSecurityConfiguration",
          "glue:DeleteSecurityConfiguration",
        ],
        // None of these takes a resource.
        "*",
      ),
    ],
  };
}
