import {
  CreateNamespaceCommand,
  CreateWorkgroupCommand,
  DeleteNamespaceCommand,
  DeleteWorkgroupCommand,
  GetNamespaceCommand,
  GetWorkgroupCommand,
  ListTagsForResourceCommand,
  LogExport,
  RedshiftServerlessClient,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateNamespaceCommand,
  UpdateWorkgroupCommand,
} from "@aws-sdk/client-redshift-serverless";
import type * as aws from "@pulumi/aws";

import { AnyRow, Fn, Plain, Properties, goneTags, ifThere, pause, row } from "./row";

const serverless = new RedshiftServerlessClient({});

interface Tagged {
  readonly tags?: Record<string, string>;
}

const tagsOf = ({ tags }: Tagged) =>
  Object.entries(tags ?? {}).map(([key, value]) => ({ key, value }));

async function tagsAt(resourceArn: string | undefined): Promise<Record<string, string>> {
  const { tags } = await serverless.send(new ListTagsForResourceCommand({ resourceArn }));
  return Object.fromEntries((tags ?? []).map(({ key, value }) => [key ?? "", value ?? ""]));
}

async function retag(arn: string, olds: Tagged, news: Tagged): Promise<void> {
  const gone = goneTags(olds, news);
  if (gone.length > 0) {
    await serverless.send(new UntagResourceCommand({ resourceArn: arn, tagKeys: gone }));
  }
  await serverless.send(new TagResourceCommand({ resourceArn: arn, tags: tagsOf(news) }));
}

type NamespaceArgs = Plain<aws.redshiftserverless.NamespaceArgs>;

const namespace = row<NamespaceArgs>({
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
  async create(inputs) {
    const id = inputs.namespaceName;
    await serverless.send(
      new CreateNamespaceCommand({
        namespaceName: id,
        dbName: inputs.dbName,
        adminUsername: inputs.adminUsername,
        manageAdminPassword: inputs.manageAdminPassword,
        adminPasswordSecretKmsKeyId: inputs.adminPasswordSecretKmsKeyId,
        kmsKeyId: inputs.kmsKeyId,
        iamRoles: inputs.iamRoles,
        defaultIamRoleArn: inputs.defaultIamRoleArn,
        logExports: inputs.logExports as LogExport[] | undefined,
        tags: tagsOf(inputs),
      }),
    );
    await settledNamespace(id);
    return { id, outputs: (await readNamespace(id)) ?? {} };
  },
  read: readNamespace,
  async update({ id, inputs, olds, changed }) {
    if (changed.has("tags")) {
      await retag(olds.arn as string, olds, inputs);
    }
    // One kind of change a call: https://docs.aws.amazon.com/redshift-serverless/latest/APIReference/API_UpdateNamespace.html
    if (changed.has("iamRoles") || changed.has("defaultIamRoleArn")) {
      await serverless.send(
        new UpdateNamespaceCommand({
          namespaceName: id,
          iamRoles: inputs.iamRoles,
          defaultIamRoleArn: inputs.defaultIamRoleArn,
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
          adminUsername: inputs.adminUsername,
          manageAdminPassword: inputs.manageAdminPassword,
          adminPasswordSecretKmsKeyId: inputs.adminPasswordSecretKmsKeyId,
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

type WorkgroupArgs = Plain<aws.redshiftserverless.WorkgroupArgs>;

const workgroup = row<WorkgroupArgs>({
  args: [
    "baseCapacity",
    "configParameters",
    "enhancedVpcRouting",
    "maxCapacity",
    "namespaceName",
    "publiclyAccessible",
    "securityGroupIds",
    "subnetIds",
    "tags",
    "workgroupName",
  ],
  replaceOn: ["namespaceName", "workgroupName"],
  computed: ["arn", "endpoints", "workgroupId"],
  idOf: ({ workgroupName }) => workgroupName,
  async create(inputs) {
    const id = inputs.workgroupName;
    await serverless.send(
      new CreateWorkgroupCommand({
        workgroupName: id,
        namespaceName: inputs.namespaceName,
        configParameters: inputs.configParameters,
        ...workgroupSettings(inputs),
        tags: tagsOf(inputs),
      }),
    );
    await settledWorkgroup(id);
    return { id, outputs: (await readWorkgroup(id)) ?? {} };
  },
  async read(id, { configParameters: known }) {
    const there = await readWorkgroup(id);
    // AWS answers every parameter there is; those that nobody gave are no drift.
    return (
      there && {
        ...there,
        configParameters: known ? inOrderOf(known, there.configParameters) : there.configParameters,
      }
    );
  },
  async update({ id, inputs, olds, changed }) {
    if (changed.has("tags")) {
      await retag(olds.arn as string, olds, inputs);
    }
    // One kind of change a call: https://docs.aws.amazon.com/redshift-serverless/latest/APIReference/API_UpdateWorkgroup.html
    if (changed.has("configParameters")) {
      await serverless.send(
        new UpdateWorkgroupCommand({
          workgroupName: id,
          configParameters: inputs.configParameters,
        }),
      );
      await settledWorkgroup(id);
    }
    if ([...changed].some((key) => key !== "tags" && key !== "configParameters")) {
      await serverless.send(
        new UpdateWorkgroupCommand({ workgroupName: id, ...workgroupSettings(inputs) }),
      );
      await settledWorkgroup(id);
    }
  },
  async delete(id) {
    await ifThere(
      serverless.send(new DeleteWorkgroupCommand({ workgroupName: id })),
      "ResourceNotFoundException",
    );
    while ((await describeWorkgroup(id)) !== undefined) {
      await pause();
    }
  },
});

function workgroupSettings(inputs: WorkgroupArgs) {
  return {
    baseCapacity: inputs.baseCapacity,
    maxCapacity: inputs.maxCapacity,
    enhancedVpcRouting: inputs.enhancedVpcRouting,
    publiclyAccessible: inputs.publiclyAccessible,
    securityGroupIds: inputs.securityGroupIds,
    subnetIds: inputs.subnetIds,
  };
}

async function describeWorkgroup(workgroupName: string) {
  const found = await ifThere(
    serverless.send(new GetWorkgroupCommand({ workgroupName })),
    "ResourceNotFoundException",
  );
  return found?.workgroup;
}

async function settledWorkgroup(id: string): Promise<void> {
  while ((await describeWorkgroup(id))?.status !== "AVAILABLE") {
    await pause();
  }
}

type Parameters = { parameterKey?: string; parameterValue?: string }[];

/** Of all parameters those that are known, in the order in which they are. */
function inOrderOf(known: Parameters, all: Parameters): Parameters {
  return known.flatMap(({ parameterKey }) =>
    all.filter((parameter) => parameter.parameterKey === parameterKey),
  );
}

async function readWorkgroup(id: string) {
  const there = await describeWorkgroup(id);
  return (
    there && {
      workgroupName: there.workgroupName,
      namespaceName: there.namespaceName,
      baseCapacity: there.baseCapacity,
      maxCapacity: there.maxCapacity,
      configParameters: (there.configParameters ?? []).map(({ parameterKey, parameterValue }) => ({
        parameterKey,
        parameterValue,
      })),
      enhancedVpcRouting: there.enhancedVpcRouting,
      publiclyAccessible: there.publiclyAccessible,
      securityGroupIds: there.securityGroupIds,
      subnetIds: there.subnetIds,
      tags: await tagsAt(there.workgroupArn),
      arn: there.workgroupArn,
      workgroupId: there.workgroupId,
      endpoints: there.endpoint
        ? [{ address: there.endpoint.address, port: there.endpoint.port }]
        : [],
    }
  );
}

const getWorkgroup: Fn = {
  args: ["workgroupName"],
  async call({ workgroupName }) {
    const there = await readWorkgroup(workgroupName as string);
    if (there === undefined) {
      throw new Error(`there is no Redshift Serverless workgroup "${workgroupName as string}"`);
    }
    const {
      baseCapacity: _,
      configParameters: __,
      maxCapacity: ___,
      tags: ____,
      ...result
    } = there;
    return { id: workgroupName, ...result };
  },
};

export const rows: Readonly<Record<string, AnyRow>> = {
  "aws:redshiftserverless/namespace:Namespace": namespace,
  "aws:redshiftserverless/workgroup:Workgroup": workgroup,
};

export const functions: Readonly<Record<string, Fn>> = {
  "aws:redshiftserverless/getWorkgroup:getWorkgroup": getWorkgroup,
};
