import {
  CreateNamespaceCommand,
  DeleteNamespaceCommand,
  GetNamespaceCommand,
  LogExport,
  UpdateNamespaceCommand,
} from "@aws-sdk/client-redshift-serverless";
import type * as aws from "@pulumi/aws";

import { arn, each, oneOf, pattern } from "../checks";
import { UNKNOWN } from "../lifecycle";
import { Change, Plain, Properties, deadline, ifThere, pause, row } from "../row";
import { lowerTagList } from "../tags";
import { retag, serverless, tagsAt, whileAtWork } from "./client";

type NamespaceArgs = Plain<aws.redshiftserverless.NamespaceArgs>;

const WAITS = { update: 10, delete: 10 };

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
  // A key that is no longer given stays in use, and neither preview nor update tells:
  // https://github.com/hashicorp/terraform-provider-aws/issues/39269
  leftOut: ["adminPasswordSecretKmsKeyId", "adminUsername", "dbName", "iamRoles", "kmsKeyId"],
  checks: {
    adminPasswordSecretKmsKeyId: arn,
    adminUsername: pattern(/^.+$/),
    defaultIamRoleArn: arn,
    iamRoles: each(arn),
    kmsKeyId: arn,
    logExports: each(oneOf("useractivitylog", "userlog", "connectionlog")),
  },
  together({ adminUsername, defaultIamRoleArn, iamRoles, manageAdminPassword }) {
    if (adminUsername !== undefined && manageAdminPassword !== true) {
      return "adminUsername needs manageAdminPassword: the laptop target takes no password";
    }
    return defaultIamRoleArn === undefined ||
      defaultIamRoleArn === UNKNOWN ||
      (Array.isArray(iamRoles) && iamRoles.includes(defaultIamRoleArn))
      ? undefined
      : "defaultIamRoleArn must be in the list of iamRoles";
  },
  waits: WAITS,
  source: {
    file: "internal/service/redshiftserverless/namespace.go",
    differences: [
      "`adminUserPassword` and its write-only kin are not taken: the laptop target has managed passwords alone",
    ],
  },
  async create(inputs) {
    const id = inputs.namespaceName;
    await serverless.send(new CreateNamespaceCommand(creationOf(inputs)));
    return { id, outputs: (await readNamespace(id)) ?? {} };
  },
  read: readNamespace,
  async update(change) {
    await retag(change);
    const updates = updatesOf(change);
    if (Object.keys(updates).length > 0) {
      await serverless.send(new UpdateNamespaceCommand({ namespaceName: change.id, ...updates }));
      await settledNamespace(change.id);
    }
  },
  async delete(id) {
    await ifThere(
      whileAtWork(WAITS.delete, () =>
        serverless.send(new DeleteNamespaceCommand({ namespaceName: id })),
      ),
      "ResourceNotFoundException",
    );
    const check = deadline(WAITS.delete);
    while ((await describeNamespace(id)) !== undefined) {
      check(`the namespace ${id} is still there`);
      await pause();
    }
  },
});

function creationOf(inputs: NamespaceArgs) {
  return {
    namespaceName: inputs.namespaceName,
    dbName: inputs.dbName,
    adminUsername: inputs.adminUsername,
    manageAdminPassword: inputs.manageAdminPassword,
    adminPasswordSecretKmsKeyId: inputs.adminPasswordSecretKmsKeyId,
    kmsKeyId: inputs.kmsKeyId,
    iamRoles: inputs.iamRoles,
    defaultIamRoleArn: inputs.defaultIamRoleArn,
    logExports: inputs.logExports as LogExport[] | undefined,
    tags: lowerTagList(inputs.tags),
  };
}

/**
 * What an update sends: all that changed in one request, which Redshift refuses where it is of more than one kind:
 * https://github.com/hashicorp/terraform-provider-aws/issues/39249
 */
function updatesOf({ inputs, changed }: Change<NamespaceArgs>) {
  const sent = {
    adminPasswordSecretKmsKeyId: inputs.adminPasswordSecretKmsKeyId,
    adminUsername: inputs.adminUsername,
    defaultIamRoleArn: inputs.defaultIamRoleArn ?? "",
    iamRoles: inputs.iamRoles,
    kmsKeyId: inputs.kmsKeyId,
    logExports: (inputs.logExports ?? []) as LogExport[],
    manageAdminPassword: inputs.manageAdminPassword ?? false,
  };
  return Object.fromEntries(
    Object.entries(sent).filter(([input]) => changed.has(input as keyof NamespaceArgs)),
  );
}

async function describeNamespace(namespaceName: string) {
  const found = await ifThere(
    serverless.send(new GetNamespaceCommand({ namespaceName })),
    "ResourceNotFoundException",
  );
  return found?.namespace;
}

/** Waits until a namespace is available; any state but the one on the way there is an error. */
async function settledNamespace(id: string): Promise<void> {
  const check = deadline(WAITS.update);
  for (;;) {
    const status = (await describeNamespace(id))?.status;
    if (status === "AVAILABLE") {
      return;
    }
    if (status !== "MODIFYING") {
      throw new Error(`the namespace ${id} is ${status ?? "gone"}`);
    }
    check(`the namespace ${id} is ${status}`);
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
