import {
  DeleteRolePolicyCommand,
  GetRolePolicyCommand,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import type * as aws from "@pulumi/aws";

import { all, length, noArn, pattern, policyDocument } from "../checks";
import { Plain, compactJson, ifThere, row } from "../row";
import { SPREAD, document, iam, iamName, nameOrPrefix } from "./client";

type RolePolicyArgs = Plain<aws.iam.RolePolicyArgs> & { policy: string; role: string };

export const rolePolicy = row<RolePolicyArgs>({
  args: ["name", "namePrefix", "policy", "role"],
  replaceOn: ["name", "namePrefix", "role"],
  computed: [],
  autoName: { input: "name", prefix: "namePrefix" },
  checks: {
    name: iamName(128),
    namePrefix: iamName(102),
    policy: policyDocument,
    role: all(length(1, 128), pattern(/[\w+=,.@-]+/), noArn),
  },
  together: nameOrPrefix,
  source: {
    file: "internal/service/iam/role_policy.go",
    differences: [SPREAD],
  },
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
    new PutRolePolicyCommand({
      RoleName: roleName,
      PolicyName: name,
      PolicyDocument: compactJson(policy),
    }),
  );
}
