import { CreateTagsCommand, DeleteTagsCommand, EC2Client, ResourceType } from "@aws-sdk/client-ec2";

import { Change, deadline, pause } from "../row";
import { Tagged, changeTags, tagList } from "../tags";

export const ec2 = new EC2Client({});

export function tagsAtCreation(type: ResourceType, { tags }: Tagged) {
  return tags === undefined || Object.keys(tags).length === 0
    ? undefined
    : [{ ResourceType: type, Tags: tagList(tags) }];
}

export async function retag<Args extends Tagged>(change: Change<Args>): Promise<void> {
  const Resources = [change.id];
  await changeTags(change, {
    untag: (keys) =>
      ec2.send(new DeleteTagsCommand({ Resources, Tags: keys.map((Key) => ({ Key })) })),
    tag: (tags) => ec2.send(new CreateTagsCommand({ Resources, Tags: tagList(tags) })),
  });
}

/** Why nothing is looked for twice in EC2. */
export const CONSISTENT =
  "it does not look again for minutes until what is new has spread: the local EC2 is consistent at once";

/** Why a deletion is tried once. */
export const NEEDED =
  "a deletion that is refused since something is still in use is not tried again for minutes: here nothing goes on " +
  "being in use after it is gone";

/** Waits until a look finds a thing in the state that is wanted, or the time is over. */
export async function until<There>(
  subject: string,
  minutes: number,
  look: () => Promise<There>,
  isRight: (there: There) => boolean,
): Promise<void> {
  const check = deadline(minutes);
  while (!isRight(await look())) {
    check(`${subject} is not there yet, or not gone`);
    await pause();
  }
}

interface Unsuccessful {
  readonly Error?: { readonly Code?: string; readonly Message?: string };
}

/** Throws where a call has done nothing for one of its items, unless it says that the item is gone. */
export function requireSuccess(items: readonly Unsuccessful[] | undefined, gone?: string): void {
  const failed = items?.find(({ Error: error }) => error?.Code !== gone);
  if (failed !== undefined) {
    throw new Error(`${failed.Error?.Code}: ${failed.Error?.Message}`);
  }
}

export const arn = (owner: string | undefined, kind: string, id: string) =>
  `arn:aws:ec2:${process.env.AWS_REGION}:${owner}:${kind}/${id}`;
