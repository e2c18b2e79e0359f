import {
  GetTagsCommand,
  GlueClient,
  TagResourceCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-glue";

import { callerAccount } from "../functions";
import { Change, Properties, ifThere } from "../row";
import { Tagged, changeTags } from "../tags";

export const glue = new GlueClient({});

export function arnOf(account: string, kind: "crawler" | "database" | "job", name: string): string {
  return `arn:aws:glue:${process.env.AWS_REGION}:${account}:${kind}/${name}`;
}

export async function tagsOf(ResourceArn: string): Promise<Record<string, string> | undefined> {
  return (await glue.send(new GetTagsCommand({ ResourceArn }))).Tags;
}

/** A crawler or a job as it is there, with what is known of each by its ARN; undefined where there is none. */
export async function readNamed<Answer, There>(
  kind: "crawler" | "job",
  id: string,
  call: Promise<Answer>,
  { of, tell }: { of: (answer: Answer) => There | undefined; tell: (there: There) => Properties },
): Promise<Properties | undefined> {
  const answer = await ifThere(call, "EntityNotFoundException");
  const there = answer && of(answer);
  if (there === undefined) {
    return undefined;
  }
  const arn = arnOf(await callerAccount(), kind, id);
  return { name: id, ...tell(there), tags: await tagsOf(arn), arn };
}

export async function retag<Args extends Tagged>(change: Change<Args>): Promise<void> {
  const ResourceArn = change.olds.arn as string;
  await changeTags(change, {
    untag: (TagsToRemove) => glue.send(new UntagResourceCommand({ ResourceArn, TagsToRemove })),
    tag: (TagsToAdd) => glue.send(new TagResourceCommand({ ResourceArn, TagsToAdd })),
  });
}

/** Glue tells of what was left out by an empty text. */
export function told(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}
