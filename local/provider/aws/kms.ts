import {
  CreateAliasCommand,
  CreateKeyCommand,
  DeleteAliasCommand,
  DescribeKeyCommand,
  DisableKeyRotationCommand,
  EnableKeyRotationCommand,
  GetKeyPolicyCommand,
  GetKeyRotationStatusCommand,
  KMSClient,
  ListAliasesCommand,
  ListResourceTagsCommand,
  PutKeyPolicyCommand,
  ScheduleKeyDeletionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateAliasCommand,
  UpdateKeyDescriptionCommand,
} from "@aws-sdk/client-kms";
import type * as aws from "@pulumi/aws";

import { AnyRow, Plain, Properties, compactJson, goneTags, ifThere, row } from "./row";

const kms = new KMSClient({});

type KeyArgs = Plain<aws.kms.KeyArgs>;

const tagsOf = (tags: Readonly<Record<string, string>> | undefined) =>
  Object.entries(tags ?? {}).map(([TagKey, TagValue]) => ({ TagKey, TagValue }));

const key = row<KeyArgs>({
  args: ["deletionWindowInDays", "description", "enableKeyRotation", "policy", "tags"],
  replaceOn: [],
  computed: ["arn", "keyId"],
  async create(inputs, made) {
    const { KeyMetadata } = await kms.send(
      new CreateKeyCommand({
        Description: inputs.description,
        Policy: inputs.policy,
        Tags: tagsOf(inputs.tags),
      }),
    );
    const id = KeyMetadata?.KeyId as string;
    made(id);
    await setRotation(id, inputs);
    return { id, outputs: { arn: KeyMetadata?.Arn, keyId: id } };
  },
  async read(id): Promise<Properties | undefined> {
    const found = await ifThere(
      kms.send(new DescribeKeyCommand({ KeyId: id })),
      "NotFoundException",
    );
    const there = found?.KeyMetadata;
    if (there === undefined || there.KeyState === "PendingDeletion") {
      return undefined;
    }
    const [rotation, policy, tags] = await Promise.all([
      kms.send(new GetKeyRotationStatusCommand({ KeyId: id })),
      kms.send(new GetKeyPolicyCommand({ KeyId: id, PolicyName: "default" })),
      kms.send(new ListResourceTagsCommand({ KeyId: id })),
    ]);
    return {
      description: there.Description,
      enableKeyRotation: rotation.KeyRotationEnabled,
      policy: compactJson(policy.Policy ?? "{}"),
      tags: Object.fromEntries(tags.Tags?.map(({ TagKey, TagValue }) => [TagKey, TagValue]) ?? []),
      arn: there.Arn,
      keyId: id,
    };
  },
  async update({ id, inputs, olds, changed }) {
    if (changed.has("description")) {
      await kms.send(
        new UpdateKeyDescriptionCommand({ KeyId: id, Description: inputs.description ?? "" }),
      );
    }
    if (changed.has("policy")) {
      await kms.send(
        new PutKeyPolicyCommand({ KeyId: id, PolicyName: "default", Policy: inputs.policy }),
      );
    }
    if (changed.has("enableKeyRotation")) {
      await setRotation(id, inputs);
    }
    if (changed.has("tags")) {
      const gone = goneTags(olds, inputs);
      if (gone.length > 0) {
        await kms.send(new UntagResourceCommand({ KeyId: id, TagKeys: gone }));
      }
      await kms.send(new TagResourceCommand({ KeyId: id, Tags: tagsOf(inputs.tags) }));
    }
  },
  async delete(id, { deletionWindowInDays }) {
    await ifThere(
      kms.send(
        new ScheduleKeyDeletionCommand({ KeyId: id, PendingWindowInDays: deletionWindowInDays }),
      ),
      "NotFoundException",
      "KMSInvalidStateException",
    );
  },
});

async function setRotation(id: string, { enableKeyRotation }: KeyArgs): Promise<void> {
  await kms.send(
    enableKeyRotation === true
      ? new EnableKeyRotationCommand({ KeyId: id })
      : new DisableKeyRotationCommand({ KeyId: id }),
  );
}

const alias = row<Plain<aws.kms.AliasArgs>>({
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

export const rows: Readonly<Record<string, AnyRow>> = {
  "aws:kms/key:Key": key,
  "aws:kms/alias:Alias": alias,
};
