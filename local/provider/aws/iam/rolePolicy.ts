import {
  DeleteRolePolicyCommand,
  GetRolePolicyCommand,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import type * as aws from "@pulumi/aws";

import { Plain, ifThere, row } from "../row";
import { document, iam } from "./client";

type RolePolicyArgs = Plain<aws.iam.RolePolicyArgs> & { policy: string; role: string };

export const rolePolicy = row<RolePolicyArgs>({
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
