import {
  CreateAliasCommand,
  DeleteAliasCommand,
  UpdateAliasCommand,
  paginateListAliases,
} from "@aws-sdk/client-kms";
import type * as aws from "@pulumi/aws";

import { all, pattern, unlike } from "../checks";
import { Plain, ifThere, row } from "../row";
import { kms } from "./client";

type AliasArgs = Plain<aws.kms.AliasArgs>;

export const alias = row<AliasArgs>({
  args: ["name", "targetKeyId"],
  replaceOn: ["name"],
  computed: ["arn", "targetKeyArn"],
  idOf: ({ name }) => name,
  checks: {
    name: all(
      unlike(/^alias\/aws\//, "begin with alias/aws/, which is AWS's"),
      pattern(/^alias\/[0-9A-Za-z_/-]+$/),
    ),
  },
  source: {
    file: "internal/service/kms/alias.go",
    differences: [
      "it does not look again for minutes until a new key or alias has spread: the local KMS is consistent at once",
    ],
  },
  async create({ name, targetKeyId }) {
    const id = name as string;
    await kms.send(new CreateAliasCommand({ AliasName: id, TargetKeyId: targetKeyId }));
    return { id, outputs: (await readAlias(id, { targetKeyId })) ?? {} };
  },
  read: readAlias,
  async update({ id, inputs: { targetKeyId } }) {
    await kms.send(new UpdateAliasCommand({ AliasName: id, TargetKeyId: targetKeyId }));
  },
  async delete(id) {
    await ifThere(kms.send(new DeleteAliasCommand({ AliasName: id })), "NotFoundException");
  },
});

async function readAlias(id: string, { targetKeyId: given }: Pick<AliasArgs, "targetKeyId">) {
  for await (const { Aliases = [] } of paginateListAliases({ client: kms }, {})) {
    const there = Aliases.find(({ AliasName }) => AliasName === id);
    if (there !== undefined) {
      const targetKeyArn = `${there.AliasArn?.split(":alias/")[0]}:key/${there.TargetKeyId}`;
      return {
        name: id,
        // KMS tells the id of a key; its ARN means the same.
        targetKeyId: given === targetKeyArn ? given : there.TargetKeyId,
        targetKeyArn,
        arn: there.AliasArn,
      };
    }
  }
  return undefined;
}
