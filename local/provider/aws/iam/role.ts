import {
  CreateRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRoleCommand,
  GetRoleCommand,
  PutRolePermissionsBoundaryCommand,
  TagRoleCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
} from "@aws-sdk/client-iam";
import type * as aws from "@pulumi/aws";

import { Plain, Properties, ifThere, row } from "../row";
import { changeTags, tagList, tagMap } from "../tags";
import { document, iam } from "./client";

type RoleArgs = Plain<aws.iam.RoleArgs> & { assumeRolePolicy: string };

export const role = row<RoleArgs>({
  args: [
    "assumeRolePolicy",
    "description",
    "maxSessionDuration",
    "name",
    "namePrefix",
    "path",
    "permissionsBoundary",
    "tags",
  ],
  replaceOn: ["name", "namePrefix", "path"],
  computed: ["arn", "createDate", "uniqueId"],
  autoName: { input: "name", prefix: "namePrefix", maxLength: 64 },
  idOf: ({ name }) => name,
  async create(inputs) {
    const id = inputs.name as string;
    await iam.send(
      new CreateRoleCommand({
        RoleName: id,
        AssumeRolePolicyDocument: inputs.assumeRolePolicy,
        Description: inputs.description,
        MaxSessionDuration: inputs.maxSessionDuration,
        Path: inputs.path,
        PermissionsBoundary: inputs.permissionsBoundary,
        Tags: tagList(inputs.tags),
      }),
    );
    return { id, outputs: (await readRole(id)) ?? {} };
  },
  read: readRole,
  async update(change) {
    const { id, inputs, changed } = change;
    if (changed.has("permissionsBoundary")) {
      const { permissionsBoundary: PermissionsBoundary } = inputs;
      if (PermissionsBoundary === undefined) {
        await iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName: id }));
      } else {
        await iam.send(
          new PutRolePermissionsBoundaryCommand({ RoleName: id, PermissionsBoundary }),
        );
      }
    }
    if (changed.has("assumeRolePolicy")) {
      await iam.send(
        new UpdateAssumeRolePolicyCommand({
          RoleName: id,
          PolicyDocument: inputs.assumeRolePolicy,
        }),
      );
    }
    if (changed.has("description") || changed.has("maxSessionDuration")) {
      await iam.send(
        new UpdateRoleCommand({
          RoleName: id,
          Description: inputs.description ?? "",
          MaxSessionDuration: inputs.maxSessionDuration,
        }),
      );
    }
    await changeTags(change, {
      untag: (TagKeys) => iam.send(new UntagRoleCommand({ RoleName: id, TagKeys })),
      tag: (tags) => iam.send(new TagRoleCommand({ RoleName: id, Tags: tagList(tags) })),
    });
  },
  async delete(id) {
    await ifThere(iam.send(new DeleteRoleCommand({ RoleName: id })), "NoSuchEntityException");
  },
});

async function readRole(id: string): Promise<Properties | undefined> {
  const found = await ifThere(
    iam.send(new GetRoleCommand({ RoleName: id })),
    "NoSuchEntityException",
  );
  const there = found?.Role;
  return (
    there && {
      name: there.RoleName,
      path: there.Path,
      description: there.Description,
      maxSessionDuration: there.MaxSessionDuration,
      permissionsBoundary: there.PermissionsBoundary?.PermissionsBoundaryArn,
      assumeRolePolicy: document(there.AssumeRolePolicyDocument),
      tags: tagMap(there.Tags),
      arn: there.Arn,
      uniqueId: there.RoleId,
      createDate: there.CreateDate?.toISOString(),
    }
  );
}
