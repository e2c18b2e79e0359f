import {
  CreateRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRoleCommand,
  GetRoleCommand,
  ListInstanceProfilesForRoleCommand,
  PutRolePermissionsBoundaryCommand,
  RemoveRoleFromInstanceProfileCommand,
  TagRoleCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
  UpdateRoleDescriptionCommand,
} from "@aws-sdk/client-iam";
import type * as aws from "@pulumi/aws";

import { all, arn, between, length, policyDocument, unlike } from "../checks";
import { Plain, Properties, compactJson, ifThere, rfc3339, row } from "../row";
import { changeTags, tagList, tagMap } from "../tags";
import { SPREAD, document, iam, iamName, nameOrPrefix } from "./client";

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
  checks: {
    assumeRolePolicy: policyDocument,
    description: all(length(0, 1000), unlike(/[“‘]/, "have specially formatted quotes")),
    maxSessionDuration: between(3600, 43_200),
    name: iamName(64),
    namePrefix: iamName(38),
    path: length(0, 512),
    permissionsBoundary: arn,
  },
  together: nameOrPrefix,
  source: {
    file: "internal/service/iam/role.go",
    differences: [
      SPREAD,
      "a refusal of a trust policy's principal, or of a deletion, is not tried again for two minutes",
      "policies that somebody else gave a role are in the way of its deletion; the provider takes those along that it " +
        "read before",
    ],
  },
  async create(inputs) {
    const id = inputs.name as string;
    await iam.send(
      new CreateRoleCommand({
        RoleName: id,
        AssumeRolePolicyDocument: compactJson(inputs.assumeRolePolicy),
        Description: inputs.description || undefined,
        MaxSessionDuration: inputs.maxSessionDuration ?? DEFAULT_SESSION_SECONDS,
        Path: inputs.path ?? "/",
        PermissionsBoundary: inputs.permissionsBoundary,
        Tags: tagList(inputs.tags),
      }),
    );
    return { id, outputs: (await readRole(id)) ?? {} };
  },
  read: readRole,
  async update(change) {
    const { id, inputs, changed } = change;
    if (changed.has("assumeRolePolicy")) {
      await iam.send(
        new UpdateAssumeRolePolicyCommand({
          RoleName: id,
          PolicyDocument: compactJson(inputs.assumeRolePolicy),
        }),
      );
    }
    if (changed.has("description")) {
      const Description = inputs.description ?? "";
      await iam.send(new UpdateRoleDescriptionCommand({ RoleName: id, Description }));
    }
    if (changed.has("maxSessionDuration")) {
      const MaxSessionDuration = inputs.maxSessionDuration ?? DEFAULT_SESSION_SECONDS;
      await iam.send(new UpdateRoleCommand({ RoleName: id, MaxSessionDuration }));
    }
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
    await changeTags(change, {
      untag: (TagKeys) => iam.send(new UntagRoleCommand({ RoleName: id, TagKeys })),
      tag: (tags) => iam.send(new TagRoleCommand({ RoleName: id, Tags: tagList(tags) })),
    });
  },
  async delete(id) {
    const profiles = await ifThere(
      iam.send(new ListInstanceProfilesForRoleCommand({ RoleName: id })),
      "NoSuchEntityException",
    );
    for (const { InstanceProfileName } of profiles?.InstanceProfiles ?? []) {
      await ifThere(
        iam.send(new RemoveRoleFromInstanceProfileCommand({ InstanceProfileName, RoleName: id })),
        "NoSuchEntityException",
      );
    }
    await ifThere(iam.send(new DeleteRoleCommand({ RoleName: id })), "NoSuchEntityException");
  },
});

/** Seconds; the provider sends them where the program says nothing. */
const DEFAULT_SESSION_SECONDS = 3600;

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
      createDate: rfc3339(there.CreateDate),
    }
  );
}
