import {
  AddRoleToInstanceProfileCommand,
  AttachRolePolicyCommand,
  CreateInstanceProfileCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  DeleteInstanceProfileCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetInstanceProfileCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListPolicyVersionsCommand,
  type PolicyVersion,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  RemoveRoleFromInstanceProfileCommand,
  TagInstanceProfileCommand,
  TagPolicyCommand,
  TagRoleCommand,
  UntagInstanceProfileCommand,
  UntagPolicyCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
} from "@aws-sdk/client-iam";
import type * as aws from "@pulumi/aws";

import { callerAccount } from "./functions";
import {
  AnyRow,
  Plain,
  Properties,
  compactJson,
  goneTags,
  ifThere,
  row,
  tagList,
  tagMap,
} from "./row";

const iam = new IAMClient({});

type RoleArgs = Plain<aws.iam.RoleArgs> & { assumeRolePolicy: string };

const role = row<RoleArgs>({
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
  async update({ id, inputs, olds, changed }) {
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
    if (changed.has("tags")) {
      const gone = goneTags(olds, inputs);
      if (gone.length > 0) {
        await iam.send(new UntagRoleCommand({ RoleName: id, TagKeys: gone }));
      }
      await iam.send(new TagRoleCommand({ RoleName: id, Tags: tagList(inputs.tags) }));
    }
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

/** IAM answers with documents in the form of a query string. */
function document(encoded: string | undefined): string {
  return compactJson(decodeURIComponent(encoded ?? "{}"));
}

type RolePolicyArgs = Plain<aws.iam.RolePolicyArgs> & { policy: string; role: string };

const rolePolicy = row<RolePolicyArgs>({
  args: ["name", "namePrefix", "policy", "role"],
  replaceOn: ["name", "namePrefix", "role"],
  computed: [],
  autoName: { input: "name", prefix: "namePrefix", maxLength: 128 },
  async create(inputs) {
    await putPolicy(inputs);
    return { id: `${inputs.role}:${inputs.name}`, outputs: {} };
  },
  async read(id) {
    const [roleName, name] = id.split(":");
    const there = await ifThere(
      iam.send(new GetRolePolicyCommand({ RoleName: roleName, PolicyName: name })),
      "NoSuchEntityException",
    );
    return there && { role: roleName, name, policy: document(there.PolicyDocument) };
  },
  async update({ inputs }) {
    await putPolicy(inputs);
  },
  async delete(id) {
    const [roleName, name] = id.split(":");
    await ifThere(
      iam.send(new DeleteRolePolicyCommand({ RoleName: roleName, PolicyName: name })),
      "NoSuchEntityException",
    );
  },
});

async function putPolicy({ role: roleName, name, policy }: RolePolicyArgs): Promise<void> {
  await iam.send(
    new PutRolePolicyCommand({ RoleName: roleName, PolicyName: name, PolicyDocument: policy }),
  );
}

type PolicyArgs = Plain<aws.iam.PolicyArgs> & { policy: string };

/** Versions that a policy can have: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const MOST_VERSIONS = 5;

const policy = row<PolicyArgs>({
  args: ["description", "name", "namePrefix", "path", "policy", "tags"],
  replaceOn: ["description", "name", "namePrefix", "path"],
  computed: ["arn", "policyId"],
  autoName: { input: "name", prefix: "namePrefix", maxLength: 128 },
  idOf: async ({ name, path = "/" }) =>
    `arn:aws:iam::${await callerAccount()}:policy${path}${name}`,
  async create(inputs) {
    const { Policy } = await iam.send(
      new CreatePolicyCommand({
        PolicyName: inputs.name,
        PolicyDocument: inputs.policy,
        Description: inputs.description,
        Path: inputs.path,
        Tags: tagList(inputs.tags),
      }),
    );
    const id = Policy?.Arn as string;
    return { id, outputs: (await readPolicy(id)) ?? {} };
  },
  read: readPolicy,
  async update({ id: PolicyArn, inputs, olds, changed }) {
    if (changed.has("policy")) {
      const old = await oldVersions(PolicyArn);
      if (old.length >= MOST_VERSIONS - 1) {
        const { VersionId } = old[old.length - 1];
        await iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId }));
      }
      await iam.send(
        new CreatePolicyVersionCommand({
          PolicyArn,
          PolicyDocument: inputs.policy,
          SetAsDefault: true,
        }),
      );
    }
    if (changed.has("tags")) {
      const gone = goneTags(olds, inputs);
      if (gone.length > 0) {
        await iam.send(new UntagPolicyCommand({ PolicyArn, TagKeys: gone }));
      }
      await iam.send(new TagPolicyCommand({ PolicyArn, Tags: tagList(inputs.tags) }));
    }
  },
  async delete(PolicyArn) {
    for (const { VersionId } of await oldVersions(PolicyArn)) {
      await iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId }));
    }
    await ifThere(iam.send(new DeletePolicyCommand({ PolicyArn })), "NoSuchEntityException");
  },
});

/** A policy's versions but for the one that counts, the newest first; none where it is not there. */
async function oldVersions(PolicyArn: string): Promise<PolicyVersion[]> {
  const found = await ifThere(
    iam.send(new ListPolicyVersionsCommand({ PolicyArn })),
    "NoSuchEntityException",
  );
  return (found?.Versions ?? [])
    .filter(({ IsDefaultVersion }) => IsDefaultVersion !== true)
    .sort((a, b) => (b.CreateDate?.getTime() ?? 0) - (a.CreateDate?.getTime() ?? 0));
}

async function readPolicy(PolicyArn: string): Promise<Properties | undefined> {
  const found = await ifThere(
    iam.send(new GetPolicyCommand({ PolicyArn })),
    "NoSuchEntityException",
  );
  const there = found?.Policy;
  if (there === undefined) {
    return undefined;
  }
  const { PolicyVersion: version } = await iam.send(
    new GetPolicyVersionCommand({ PolicyArn, VersionId: there.DefaultVersionId }),
  );
  return {
    name: there.PolicyName,
    path: there.Path,
    description: there.Description,
    policy: document(version?.Document),
    tags: tagMap(there.Tags),
    arn: there.Arn,
    policyId: there.PolicyId,
  };
}

type AttachmentArgs = Plain<aws.iam.RolePolicyAttachmentArgs> & { role: string };

const rolePolicyAttachment = row<AttachmentArgs>({
  args: ["policyArn", "role"],
  replaceOn: ["policyArn", "role"],
  computed: [],
  async create({ role: RoleName, policyArn: PolicyArn }) {
    await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
    return { id: `${RoleName}/${PolicyArn}`, outputs: {} };
  },
  async read(id) {
    const [roleName, policyArn] = attachmentOf(id);
    const there = await ifThere(
      iam.send(new ListAttachedRolePoliciesCommand({ RoleName: roleName })),
      "NoSuchEntityException",
    );
    return there?.AttachedPolicies?.some(({ PolicyArn }) => PolicyArn === policyArn)
      ? { role: roleName, policyArn }
      : undefined;
  },
  async delete(id) {
    const [RoleName, PolicyArn] = attachmentOf(id);
    await ifThere(
      iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn })),
      "NoSuchEntityException",
    );
  },
});

/** Role and policy of an attachment's id; a role's name has no slash. */
function attachmentOf(id: string): [role: string, policyArn: string] {
  const slash = id.indexOf("/");
  return [id.slice(0, slash), id.slice(slash + 1)];
}

type InstanceProfileArgs = Plain<aws.iam.InstanceProfileArgs> & { role?: string };

const instanceProfile = row<InstanceProfileArgs>({
  args: ["name", "namePrefix", "path", "role", "tags"],
  replaceOn: ["name", "namePrefix", "path"],
  computed: ["arn", "createDate", "uniqueId"],
  autoName: { input: "name", prefix: "namePrefix", maxLength: 128 },
  idOf: ({ name }) => name,
  async create(inputs, made) {
    const id = inputs.name as string;
    await iam.send(
      new CreateInstanceProfileCommand({
        InstanceProfileName: id,
        Path: inputs.path,
        Tags: tagList(inputs.tags),
      }),
    );
    made(id);
    await addRole(id, inputs.role);
    const { arn, createDate, uniqueId } = (await readInstanceProfile(id)) ?? {};
    return { id, outputs: { arn, createDate, uniqueId } };
  },
  read: readInstanceProfile,
  async update({ id, inputs, olds, changed }) {
    if (changed.has("role")) {
      // A profile holds one role at most.
      await removeRole(id, olds.role);
      await addRole(id, inputs.role);
    }
    if (changed.has("tags")) {
      const gone = goneTags(olds, inputs);
      if (gone.length > 0) {
        await iam.send(new UntagInstanceProfileCommand({ InstanceProfileName: id, TagKeys: gone }));
      }
      await iam.send(
        new TagInstanceProfileCommand({ InstanceProfileName: id, Tags: tagList(inputs.tags) }),
      );
    }
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
      createDate: there.CreateDate?.toISOString(),
    }
  );
}

export const rows: Readonly<Record<string, AnyRow>> = {
  "aws:iam/instanceProfile:InstanceProfile": instanceProfile,
  "aws:iam/policy:Policy": policy,
  "aws:iam/role:Role": role,
  "aws:iam/rolePolicy:RolePolicy": rolePolicy,
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": rolePolicyAttachment,
};
