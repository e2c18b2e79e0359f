import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../settings";
import { regionalArn } from "./location";
import { isOwn, tagsOf, wayToOwn } from "./ownership";
import type { OwnedResources, StackContext } from "./plan";
import { type Planned, servicesOf } from "./stackContext";

/** What the names of a stack are made of. */
type Naming = Pick<StackContext, "location" | "environmentName" | "athenaWorkgroupName" | "tags">;

/**
 * Refuses names that another stack has in the account and region: two copies of the program with a stack
 * `dev` both have the posts' names, and a setting can name anything. AWS would refuse the second half-way.
 *
 * @throws {pulumi.RunError} with each such resource, its owner, and what to do
 */
export async function refuseTakenNames(
  context: Naming,
  pipelines: readonly Planned[],
  settings: Pick<Settings, "services">,
): Promise<void> {
  const wanted = namedResources(context, pipelines, settings);
  const taken = (await tagsOf(Object.keys(wanted))).filter(
    ({ tags }) => tags.Project !== undefined && !isOwn(context, tags),
  );
  if (taken.length === 0) {
    return;
  }
  const { accountId, region } = context.location;
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
      `the other stack AWS may show its tags for some minutes. ${wayToOwn(context, taken[0].tags)}`,
  );
}

/** A pipeline's own resources by kind: what each is called, its service, and how its resource begins. */
const OWNED: Readonly<
  Record<Exclude<keyof OwnedResources, "roles">, readonly [string, string, string]>
> = {
  databases: ["Glue database", "glue", "database/"],
  jobs: ["Glue job", "glue", "job/"],
  crawlers: ["Glue crawler", "glue", "crawler/"],
  stateMachines: ["state machine", "states", "stateMachine:"],
  parameters: ["Systems Manager parameter", "ssm", "parameter"],
};

/** What has a name of the stack's choice and tags, by the ARN that a resource of that name has. */
function namedResources(
  context: Naming,
  pipelines: readonly Planned[],
  settings: Pick<Settings, "services">,
): Readonly<Record<string, string>> {
  const named = (kind: string, service: string, resource: string, name: string) =>
    [regionalArn(context.location, service, `${resource}${name}`), `${kind} ${name}`] as const;
  return Object.fromEntries([
    named("MWAA environment", "airflow", "environment/", context.environmentName),
    ...(servicesOf(pipelines, settings).includes("athena")
      ? [named("Athena workgroup", "athena", "workgroup/", context.athenaWorkgroupName)]
      : []),
    ...(Object.keys(OWNED) as (keyof typeof OWNED)[]).flatMap((key) =>
      pipelines
        .flatMap(({ plan }) => plan.owned?.[key] ?? [])
        .map((name) => named(...OWNED[key], name)),
    ),
  ]);
}
