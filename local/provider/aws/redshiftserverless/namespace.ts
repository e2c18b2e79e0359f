import {
  CreateNamespaceCommand,
  DeleteNamespaceCommand,
  GetNamespaceCommand,
  LogExport,
  UpdateNamespaceCommand,
} from "@aws-sdk/client-redshift-serverless";
import type * as aws from "@pulumi/aws";

import { arn, pattern } from "../checks";
import { Plain, Properties, ifThere, pause, row } from "../row";
import { lowerTagList } from "../tags";
import { retag, serverless, tagsAt } from "./client";

type NamespaceArgs = Plain<aws.redshiftserverless.NamespaceArgs>;

export const namespace = row<NamespaceArgs>({
  args: [
    "adminPasswordSecretKmsKeyId",
    "adminUsername",
    "dbName",
    "defaultIamRoleArn",
    "iamRoles",
    "kmsKeyId",
    "logExports",
    "manageAdminPassword",
    "namespaceName",
    "tags",
  ],
  replaceOn: ["dbName", "namespaceName"],
  computed: ["arn", "namespaceId", "adminPasswordSecretArn"],
  idOf: ({ namespaceName }) => namespaceName,
  // Roles and a key that were given cannot be taken away again.
  alsoReplaces: (input, olds, news) =>
    (input === "iamRoles" &&
      (olds.iamRoles ?? []).length > 0 &&
      (news.iamRoles ?? []).length === 0) ||
    (input === "kmsKeyId" && olds.kmsKeyId !== undefined && news.kmsKeyId === undefined),
  leftOut: ["adminUsername"],
  checks: {
    adminPasswordSecretKmsKeyId: arn,
    adminUsername: pattern(/^.+$/),
    defaultIamRoleArn: arn,
    kmsKeyId: arn,
  },
  plan(inputs) {
    const { adminUsername, defaultIamRoleArn, iamRoles, manageAdminPassword } = inputs;
    if (manageAdminPassword !== true && adminUsername !== undefined) {
      throw new Error(
        "adminUsername needs manageAdminPassword: the laptop target takes no password",
      );
    }
    if (defaultIamRoleArn !== undefined && iamRoles?.includes(defaultIamRoleArn) !== true) {
      throw new Error("defaultIamRoleArn must be in the list of iamRoles");
    }
    return Promise.resolve();
  },
  source: {
    file: "internal/service/redshiftserverless/namespace.go",
    commit: "209cc4dc0b0dd62d25ff93844ddc3f89cb263068",
    differences: [
      "a left out `logExports` or `manageAdminPassword` is sent as nothing, not as the provider's empty list and false: " +
        "AWS takes both for the same",
    ],
  },
  async create(inputs) {
    const id = inputs.namespaceName;
    await serverless.send(
      new CreateNamespaceCommand({
        namespaceName: id,
        dbName: inputs.dbName ?? "dev",
        adminUsername: inputs.adminUsername,
        manageAdminPassword: inputs.manageAdminPassword,
        adminPasswordSecretKmsKeyId: inputs.adminPasswordSecretKmsKeyId,
        kmsKeyId: inputs.kmsKeyId,
        iamRoles: inputs.iamRoles,
        defaultIamRoleArn: inputs.defaultIamRoleArn,
        logExports: inputs.logExports as LogExport[] | undefined,
        tags: lowerTagList(inputs.tags),
      }),
    );
    return { id, outputs: (await readNamespace(id)) ?? {} };
  },
  read: readNamespace,
  async update(change) {
    const { id, inputs, changed } = change;
    await retag(change);
    // One kind of change a call: https://docs.aws.amazon.com/redshift-serverless/latest/APIReference/API_UpdateNamespace.html
    if (changed.has("iamRoles") || changed.has("defaultIamRoleArn")) {
      await serverless.send(
        new UpdateNamespaceCommand({
          namespaceName: id,
          iamRoles: inputs.iamRoles,
          // Nothing at all would leave it as it is.
          defaultIamRoleArn: inputs.defaultIamRoleArn ?? "",
        }),
      );
      await settledNamespace(id);
    }
    if (changed.has("logExports")) {
      await serverless.send(
        new UpdateNamespaceCommand({
          namespaceName: id,
          logExports: inputs.logExports as LogExport[],
        }),
      );
      await settledNamespace(id);
    }
    if (changed.has("kmsKeyId")) {
      await serverless.send(
        new UpdateNamespaceCommand({ namespaceName: id, kmsKeyId: inputs.kmsKeyId }),
      );
      await settledNamespace(id);
    }
    const password = [
      "adminUsername",
      "manageAdminPassword",
      "adminPasswordSecretKmsKeyId",
    ] as const;
    if (password.some((key) => changed.has(key))) {
      await serverless.send(
        new UpdateNamespaceCommand({
          namespaceName: id,
          adminUsername: changed.has("adminUsername") ? inputs.adminUsername : undefined,
          manageAdminPassword: inputs.manageAdminPassword,
          adminPasswordSecretKmsKeyId: changed.has("adminPasswordSecretKmsKeyId")
            ? inputs.adminPasswordSecretKmsKeyId
            : undefined,
        }),
      );
      await settledNamespace(id);
    }
  },
  async delete(id) {
    await ifThere(
      serverless.send(new DeleteNamespaceCommand({ namespaceName: id })),
      "ResourceNotFoundException",
    );
    while ((await describeNamespace(id)) !== undefined) {
      await pause();
    }
  },
});

async function describeNamespace(namespaceName: string) {
  const found = await ifThere(
    serverless.send(new GetNamespaceCommand({ namespaceName })),
    "ResourceNotFoundException",
  );
  return found?.namespace;
}

async function settledNamespace(id: string): Promise<void> {
  while ((await describeNamespace(id))?.status !== "AVAILABLE") {
    await pause();
  }
}

async function readNamespace(id: string): Promise<Properties | undefined> {
  const there = await describeNamespace(id);
  return (
    there && {
      namespaceName: there.namespaceName,
      dbName: there.dbName,
      adminUsername: there.adminUsername,
      iamRoles: there.iamRoles?.map(roleArn),
      defaultIamRoleArn: there.defaultIamRoleArn,
      logExports: there.logExports,
      kmsKeyId: there.kmsKeyId,
      adminPasswordSecretKmsKeyId: there.adminPasswordSecretKmsKeyId,
      // The service does not say it: who has the password managed has a secret.
      manageAdminPassword: there.adminPasswordSecretArn !== undefined,
      tags: await tagsAt(there.namespaceArn),
      arn: there.namespaceArn,
      namespaceId: there.namespaceId,
      adminPasswordSecretArn: there.adminPasswordSecretArn,
    }
  );
}

/** The service answers `IamRole(applyStatus=in-sync, iamRoleArn=arn:…)`, or the ARN alone. */
function roleArn(text: string): string {
  return /iamRoleArn=([^,)]+)/.exec(text)?.[1] ?? text;
}
