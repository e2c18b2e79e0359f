import {
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  ListPolicyVersionsCommand,
  type PolicyVersion,
  TagPolicyCommand,
  UntagPolicyCommand,
} from "@aws-sdk/client-iam";
import type * as aws from "@pulumi/aws";

import { all, pattern, policyDocument, unlike } from "../checks";
import { callerAccount } from "../functions";
import { Plain, Properties, compactJson, ifThere, row } from "../row";
import { changeTags, tagList, tagMap } from "../tags";
import { SPREAD, document, iam, iamName, nameOrPrefix } from "./client";

type PolicyArgs = Plain<aws.iam.PolicyArgs> & { policy: string };

/** Versions that a policy can have: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const MOST_VERSIONS = 5;

export const policy = row<PolicyArgs>({
  args: ["description", "name", "namePrefix", "path", "policy", "tags"],
  replaceOn: ["description", "name", "namePrefix", "path"],
  computed: ["arn", "policyId"],
  autoName: { input: "name", prefix: "namePrefix" },
  idOf: async ({ name, path = "/" }) =>
    `arn:aws:iam::${await callerAccount()}:policy${path}${name}`,
  checks: {
    name: iamName(128),
    namePrefix: iamName(102),
    path: all(pattern(/^\/(.*\/)?$/), pattern(/^[A-Za-z0-9.,+@=_/-]*$/), unlike(/\/\//, "have //")),
    policy: policyDocument,
  },
  together: nameOrPrefix,
  source: {
    file: "internal/service/iam/policy.go",
    differences: [SPREAD, "`attachmentCount` is left out: nothing reads it"],
  },
  async create(inputs) {
    const { Policy } = await iam.send(
      new CreatePolicyCommand({
        PolicyName: inputs.name,
        PolicyDocument: compactJson(inputs.policy),
        Description: inputs.description ?? "",
        Path: inputs.path ?? "/",
        Tags: tagList(inputs.tags),
      }),
    );
    const id = Policy?.Arn as string;
    return { id, outputs: (await readPolicy(id)) ?? {} };
  },
  read: readPolicy,
  async update(change) {
    const { id: PolicyArn, inputs, changed } = change;
    if (changed.has("policy")) {
      const old = await oldVersions(PolicyArn);
      if (old.length >= MOST_VERSIONS - 1) {
        const { VersionId } = old[old.length - 1];
        await iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId }));
      }
      await iam.send(
        new CreatePolicyVersionCommand({
          PolicyArn,
          PolicyDocument: compactJson(inputs.policy),
          SetAsDefault: true,
        }),
      );
    }
    await changeTags(change, {
      untag: (TagKeys) => iam.send(new UntagPolicyCommand({ PolicyArn, TagKeys })),
      tag: (tags) => iam.send(new TagPolicyCommand({ PolicyArn, Tags: tagList(tags) })),
    });
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
