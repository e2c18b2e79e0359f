import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { MovielensNames } from "../checks/movielens";
import { type Location, regionalArn } from "./location";
import { PARAMETERS } from "./movielensPipeline";

/** Tags by which the resources of a stack are told from those of all others. */
export interface OwnerTags {
  readonly Project: string;
  readonly Stack: string;
}

export interface TakenNamesArgs {
  readonly location: Location;
  /** Tags of the stack, and those that it has without its setting `tags`: either are its own. */
  readonly owners: readonly OwnerTags[];
  readonly environmentName: string;
  readonly athenaDatabaseName: string;
  readonly athenaWorkgroupName: string;
  readonly movielens: MovielensNames;
}

/**
 * Refuses names that another stack has in the account and region: two copies of the program with a stack
 * `dev` both have the posts' names, and a setting can name anything. AWS would refuse the second half-way.
 *
 * @throws {pulumi.RunError} with each such resource, its owner, and what to do
 */
export async function refuseTakenNames(args: TakenNamesArgs): Promise<void> {
  const wanted = namedResources(args);
  // What is not there, or never had a tag, is not in the answer:
  // https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html
  const { resourceTagMappingLists } = await aws.resourcegroupstaggingapi.getResources({
    resourceArnLists: Object.keys(wanted),
  });
  const taken = resourceTagMappingLists.filter(
    ({ tags: { Project, Stack } }) =>
      Project !== undefined &&
      !args.owners.some((own) => own.Project === Project && own.Stack === Stack),
  );
  if (taken.length === 0) {
    return;
  }
  const [own] = args.owners;
  const { accountId, region } = args.location;
  const lines = taken.map(
    ({ resourceArn, tags: { Project, Stack } }) =>
      `  - the ${wanted[resourceArn]} is of the stack ${Stack ?? "(no tag)"} of the project ${Project}\n`,
  );
  throw new pulumi.RunError(
    `Another stack of the account ${accountId} has names of this one in ${region}; nothing was ` +
      `created or changed.\n${lines.join("")}` +
      "The stacks dev and local have the names of the posts: give this stack another name, with " +
      "`pulumi stack rename` and that of its Pulumi.<stack>.yaml, and settings such as " +
      "environmentName other values, or use another account or region. After a `pulumi destroy` of " +
      "the other stack AWS may show its tags for some minutes. If these resources are this stack's, " +
      "and had other tags Project and Stack: aws resourcegroupstaggingapi tag-resources --region " +
      `${region} --tags Project=${own.Project},Stack=${own.Stack} --resource-arn-list ` +
      taken.map(({ resourceArn }) => resourceArn).join(" "),
  );
}

/** What the stack names itself and tags, by the ARN that a resource of that name has. */
function namedResources(args: TakenNamesArgs): Readonly<Record<string, string>> {
  const { location, movielens } = args;
  const kinds: readonly [kind: string, service: string, type: string, names: readonly string[]][] =
    [
      ["MWAA environment", "airflow", "environment/", [args.environmentName]],
      ["Athena workgroup", "athena", "workgroup/", [args.athenaWorkgroupName]],
      ["Glue database", "glue", "database/", [args.athenaDatabaseName, movielens.databaseName]],
      ["Glue job", "glue", "job/", [movielens.jobName]],
      [
        "Glue crawler",
        "glue",
        "crawler/",
        [movielens.popularCrawlerName, movielens.topRatedCrawlerName],
      ],
      ["state machine", "states", "stateMachine:", [movielens.stateMachineName]],
      [
        "Systems Manager parameter",
        "ssm",
        "parameter",
        Object.keys(PARAMETERS).map((parameter) => `${movielens.parametersPath}/${parameter}`),
      ],
    ];
  return Object.fromEntries(
    kinds.flatMap(([kind, service, type, names]) =>
      names.map((name) => [regionalArn(location, service, `${type}${name}`), `${kind} ${name}`]),
    ),
  );
}
