import {
  CreateKeyCommand,
  DescribeKeyCommand,
  DisableKeyRotationCommand,
  EnableKeyRotationCommand,
  GetKeyPolicyCommand,
  GetKeyRotationStatusCommand,
  ListResourceTagsCommand,
  PutKeyPolicyCommand,
  ScheduleKeyDeletionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateKeyDescriptionCommand,
} from "@aws-sdk/client-kms";
import type * as aws from "@pulumi/aws";

import { between, json, length } from "../checks";
import { Plain, Properties, compactJson, ifFound, ifThere, row } from "../row";
import { changeTags } from "../tags";
import { kms } from "./client";

type KeyArgs = Plain<aws.kms.KeyArgs>;

const tagsOf = (tags: Readonly<Record<string, string>> | undefined) =>
  Object.entries(tags ?? {}).map(([TagKey, TagValue]) => ({ TagKey, TagValue }));

export const key = row<KeyArgs>({
  args: ["deletionWindowInDays", "description", "enableKeyRotation", "policy", "tags"],
  replaceOn: [],
  computed: ["arn", "keyId"],
  leftOut: ["description", "policy"],
  checks: { deletionWindowInDays: between(7, 30), description: length(0, 8192), policy: json },
  source: {
    file: "internal/service/kms/key.go",
    differences: [
      "it does not wait until a policy and tags are read back: the local KMS is consistent at once",
    ],
  },
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
    if (inputs.enableKeyRotation === true) {
      await setRotation(id, inputs);
    }
    const there = await readKey(id);
    return { id, outputs: { ...there, arn: KeyMetadata?.Arn, keyId: id } };
  },
  read: readKey,
  async update(change) {
    const { id, inputs, changed } = change;
    if (changed.has("description")) {
      await kms.send(
        new UpdateKeyDescriptionCommand({ KeyId: id, Description: inputs.description }),
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
    await changeTags(change, {
      untag: (TagKeys) => kms.send(new UntagResourceCommand({ KeyId: id, TagKeys })),
      tag: (tags) => kms.send(new TagResourceCommand({ KeyId: id, Tags: tagsOf(tags) })),
    });
  },
  async delete(id, { deletionWindowInDays }) {
    await ifFound(
      ifThere(
        kms.send(
          new ScheduleKeyDeletionCommand({ KeyId: id, PendingWindowInDays: deletionWindowInDays }),
        ),
        "NotFoundException",
      ),
      "KMSInvalidStateException",
      "is pending deletion",
    );
  },
});

async function readKey(id: string): Promise<Properties | undefined> {
  const found = await ifThere(kms.send(new DescribeKeyCommand({ KeyId: id })), "NotFoundException");
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
}

async function setRotation(id: string, { enableKeyRotation }: KeyArgs): Promise<void> {
  await kms.send(
    enableKeyRotation === true
      ? new EnableKeyRotationCommand({ KeyId: id })
      : new DisableKeyRotationCommand({ KeyId: id }),
  );
}
