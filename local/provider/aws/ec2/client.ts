import { CreateTagsCommand, DeleteTagsCommand, EC2Client, ResourceType } from "@aws-sdk/client-ec2";

import { Change } from "../row";
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

export const arn = (owner: string | undefined, kind: string, id: string) =>
  `arn:aws:ec2:${process.env.AWS_REGION}:${owner}:${kind}/${id}`;
