import {
  ListTagsForResourceCommand,
  RedshiftServerlessClient,
  TagResourceCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-redshift-serverless";

import { type Change, whileRefused } from "../row";
import { Tagged, changeTags, lowerTagList, tagMap } from "../tags";

export const serverless = new RedshiftServerlessClient({});

export async function tagsAt(resourceArn: string | undefined): Promise<Record<string, string>> {
  const { tags } = await serverless.send(new ListTagsForResourceCommand({ resourceArn }));
  return tagMap(tags);
}

export async function retag<Args extends Tagged>(change: Change<Args>): Promise<void> {
  const resourceArn = change.olds.arn as string;
  await changeTags(change, {
    untag: (tagKeys) => serverless.send(new UntagResourceCommand({ resourceArn, tagKeys })),
    tag: (tags) =>
      serverless.send(new TagResourceCommand({ resourceArn, tags: lowerTagList(tags) })),
  });
}

/** Makes a call again while the service says that something else is at work. */
export function whileAtWork<T>(minutes: number, call: () => Promise<T>): Promise<T> {
  return whileRefused(minutes, call, "ConflictException", "operation running");
}
