import {
  CreateAliasCommand,
  DeleteAliasCommand,
  ListAliasesCommand,
  UpdateAliasCommand,
} from "@aws-sdk/client-kms";
import type * as aws from "@pulumi/aws";

import { Plain, ifThere, row } from "../row";
import { kms } from "./client";

export const alias = row<Plain<aws.kms.AliasArgs>>({
  args: ["name", "targetKeyId"],
  replaceOn: ["name"],
  computed: ["arn", "targetKeyArn"],
  idOf: ({ name }) => name,
  async create({ name, targetKeyId }) {
    const id = name as string;
    await kms.send(new CreateAliasCommand({ AliasName: id, TargetKeyId: targetKeyId }));
    return { id, outputs: (await readAlias(id)) ?? {} };
  },
  read: readAlias,
  async update({ id, inputs: { targetKeyId } }) {
    await kms.send(new UpdateAliasCommand({ AliasName: id, TargetKeyId: targetKeyId }));
  },
  async delete(id) {
    await ifThere(kms.send(new DeleteAliasCommand({ AliasName: id })), "NotFoundException");
  },
});

async function readAlias(id: string) {
  const { Aliases } = await kms.send(new ListAliasesCommand({}));
  const there = Aliases?.find(({ AliasName }) => AliasName === id);
  return (
    there && {
      name: id,
      targetKeyId: there.TargetKeyId,
      targetKeyArn: `${there.AliasArn?.split(":alias/")[0]}:key/${there.TargetKeyId}`,
      arn: there.AliasArn,
    }
  );
}
