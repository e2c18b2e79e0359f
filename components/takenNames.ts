import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../settings";
import { bucketArn, regionalArn } from "./location";
import type { OwnedResources, StackContext } from "./plan";
import { type Planned, servicesOf } from "./stackContext";

/** What the names of a stack are made of. */
type Naming = Pick<
  StackContext,
  | "project"
  | "stack"
  | "location"
  | "environmentName"
  | "airflowBucketName"
  | "athenaWorkgroupName"
  | "tags"
>;

/**
 * Refuses names that another stack has in the account and region: two copies of the program with a stack
 * `dev` both have the posts' names, and a setting can name anything. AWS would refuse the second half-way.
 *
 * @throws {pulumi.RunError} with each such resource, its owner, and what to do
 */
export async function refuseTakenNames(
  context: Naming,
  pipelines: readonly Planned[],
  settings: Pick<Settings, "services" | "createAirflowBucket">,
): Promise<void> {
  if (!settings.createAirflowBucket) {
    await refuseOwnBucket(context);
  }
  const wanted = namedResources(context, pipelines, settings);
  const found = await Promise.all(inParts(Object.keys(wanted)).map(tagsOf));
  // What the stack had before its setting `tags` named an owner is its own as well.
  const owners = [context.tags, { Project: context.project, Stack: context.stack }];
  const taken = found
    .flat()
    .filter(
      ({ tags: { Project, Stack } }) =>
        Project !== undefined &&
        !owners.some((own) => own.Project === Project && own.Stack === Stack),
    );
  if (taken.length === 0) {
    return;
  }
  const [own] = owners;
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
      "the other stack AWS may show its tags for some minutes. If these resources are this stack's, " +
      "and had other tags Project and Stack: aws resourcegroupstaggingapi tag-resources --region " +
      `${region} --tags Project=${own.Project},Stack=${own.Stack} --resource-arn-list ` +
      taken.map(({ resourceArn }) => resourceArn).join(" "),
  );
}

/**
 * Refuses to go on with a bucket that the stack made as with one that is not its own: no longer registered, it would be
 * deleted with all that the environment reads from it, or the engine would refuse that.
 */
async function refuseOwnBucket({ location, airflowBucketName, tags }: Naming): Promise<void> {
  const [found] = await tagsOf([bucketArn(location, airflowBucketName)]);
  if (found?.tags.Project === tags.Project && found.tags.Stack === tags.Stack) {
    throw new pulumi.RunError(
      `createAirflowBucket is false, but the bucket ${airflowBucketName} was made by this stack, which would delete ` +
        "it; nothing was created or changed. Set createAirflowBucket to true, or airflowBucketName to another " +
        "bucket. To keep the bucket without the stack, take it out of the state first (pulumi state delete) and " +
        "remove its tag Stack.",
    );
  }
}

/** ARNs that the tagging API takes at once. */
const MOST_ARNS = 100;

function inParts(arns: readonly string[]): string[][] {
  const count = Math.ceil(arns.length / MOST_ARNS);
  return Array.from({ length: count }, (_, part) =>
    arns.slice(part * MOST_ARNS, (part + 1) * MOST_ARNS),
  );
}

/**
 * Tags of what there is under these ARNs. What is not there, or never had a tag, is not in the answer.
 *
 * Source: https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html
 */
async function tagsOf(resourceArnLists: string[]) {
  const answer = await aws.resourcegroupstaggingapi.getResources({ resourceArnLists });
  return answer.resourceTagMappingLists;
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
