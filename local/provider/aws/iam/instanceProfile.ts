import {
  AddRoleToInstanceProfileCommand,
  CreateInstanceProfileCommand,
  DeleteInstanceProfileCommand,
  GetInstanceProfileCommand,
  RemoveRoleFromInstanceProfileCommand,
  TagInstanceProfileCommand,
  UntagInstanceProfileCommand,
} from "@aws-sdk/client-iam";
import type * as aws from "@pulumi/aws";

import { Plain, Properties, ifThere, rfc3339, row } from "../row";
import { changeTags, tagList, tagMap } from "../tags";
import { SPREAD, iam, iamName, nameOrPrefix } from "./client";

type InstanceProfileArgs = Plain<aws.iam.InstanceProfileArgs> & { role?: string };

export const instanceProfile = row<InstanceProfileArgs>({
  args: ["name", "namePrefix", "path", "role", "tags"],
  replaceOn: ["name", "namePrefix", "path"],
  computed: ["arn", "createDate", "uniqueId"],
  autoName: { input: "name", prefix: "namePrefix" },
  idOf: ({ name }) => name,
  checks: { name: iamName(128), namePrefix: iamName(102) },
  together: nameOrPrefix,
  source: {
    file: "internal/service/iam/instance_profile.go",
    differences: [
      SPREAD,
      "a refresh does not take a role that is gone out of its profile, which the provider does and then fails",
    ],
  },
  async create(inputs, made) {
    const id = inputs.name as string;
    await iam.send(
      new CreateInstanceProfileCommand({
        InstanceProfileName: id,
        Path: inputs.path ?? "/",
        Tags: tagList(inputs.tags),
      }),
    );
    made(id);
    await addRole(id, inputs.role);
    const { arn, createDate, uniqueId } = (await readInstanceProfile(id)) ?? {};
    return { id, outputs: { arn, createDate, uniqueId } };
  },
  read: readInstanceProfile,
  async update(change) {
    const { id, inputs, olds, changed } = change;
    if (changed.has("role")) {
      // A profile holds one role at most.
      await removeRole(id, olds.role);
      await addRole(id, inputs.role);
    }
    await changeTags(change, {
      untag: (TagKeys) =>
        iam.send(new UntagInstanceProfileCommand({ InstanceProfileName: id, TagKeys })),
      tag: (tags) =>
        iam.send(new TagInstanceProfileCommand({ InstanceProfileName: id, Tags: tagList(tags) })),
    });
  },
  async delete(id, { role: roleName }) {
    await removeRole(id, roleName);
    await ifThere(
      iam.send(new DeleteInstanceProfileCommand({ InstanceProfileName: id })),
      "NoSuchEntityException",
    );
  },
});

async function addRole(profile: string, RoleName: string | undefined): Promise<void> {
  if (RoleName !== undefined) {
    await iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName: profile, RoleName }));
  }
}

async function removeRole(profile: string, RoleName: string | undefined): Promise<void> {
  if (RoleName !== undefined) {
    await ifThere(
      iam.send(
        new RemoveRoleFromInstanceProfileCommand({ InstanceProfileName: profile, RoleName }),
      ),
      "NoSuchEntityException",
    );
  }
}

async function readInstanceProfile(id: string): Promise<Properties | undefined> {
  const found = await ifThere(
    iam.send(new GetInstanceProfileCommand({ InstanceProfileName: id })),
    "NoSuchEntityException",
  );
  const there = found?.InstanceProfile;
  return (
    there && {
      name: there.InstanceProfileName,
      path: there.Path,
      role: there.Roles?.[0]?.RoleName,
      tags: tagMap(there.Tags),
      arn: there.Arn,
      uniqueId: there.InstanceProfileId,
      createDate: rfc3339(there.CreateDate),
    }
  );
}
