import * as aws from "@pulumi/aws";
import type { StackContext } from "./plan";

/** Who a stack's resources belong to, as their tags say. */
export type Owner = Pick<StackContext, "tags" | "location">;

type Tags = Readonly<Record<string, string | undefined>>;

/** ARNs that the tagging API takes at once. */
const MOST_ARNS = 100;

/**
 * Tags of what there is under these ARNs. What is not there, or never had a tag, is not in the answer.
 *
 * Source: https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html
 */
export async function tagsOf(
  arns: readonly string[],
): Promise<{ readonly resourceArn: string; readonly tags: Tags }[]> {
  const parts = Array.from({ length: Math.ceil(arns.length / MOST_ARNS) }, (_, part) =>
    arns.slice(part * MOST_ARNS, (part + 1) * MOST_ARNS),
  );
  const answers = await Promise.all(
    parts.map((resourceArnLists) =>
      aws.resourcegroupstaggingapi.getResources({ resourceArnLists }),
    ),
  );
  return answers.flatMap(({ resourceTagMappingLists }) => resourceTagMappingLists);
}

/** Whether something with these tags is the stack's. */
export function isOwn({ tags: own }: Owner, { Project, Stack }: Tags): boolean {
  return Project === own.Project && Stack === own.Stack;
}

/**
 * How what has these tags becomes the stack's: all of it, since permissions and Availability Zones are found by the
 * tags as well.
 */
export function wayToOwn(
  { tags: own, location: { region } }: Owner,
  { Project, Stack }: Tags,
): string {
  const tagging = `aws resourcegroupstaggingapi --region ${region}`;
  return (
    "If these resources are this stack's, and its tags Project and Stack have changed, go back, or give all that has " +
    `the old ones the new ones first: ${tagging} get-resources --tag-filters 'Key=Project,Values=${Project}' ` +
    `'Key=Stack,Values=${Stack}' --query 'ResourceTagMappingList[].[ResourceARN]' --output text | xargs -n 20 ` +
    `${tagging} tag-resources --tags 'Project=${own.Project},Stack=${own.Stack}' --resource-arn-list`
  );
}
