import {
  CreateClusterCommand,
  DeleteClusterCommand,
  ModifyClusterCommand,
  ModifyClusterCommandInput,
  ModifyClusterIamRolesCommand,
} from "@aws-sdk/client-redshift";
import type * as aws from "@pulumi/aws";

import { all, arn, atMost, each, length, pattern, unlike } from "../checks";
import { Change, Plain, Properties, deadline, pause, row } from "../row";
import { tagMap } from "../tags";
import { describeCluster, isEnabled, redshift, retag, tagsOf, toldOf, whileBusy } from "./client";

type ClusterArgs = Plain<aws.redshift.ClusterArgs>;

const WAITS = { create: 75, update: 75, delete: 40 };

/** Minutes in which a deletion is tried again, and in which a cluster has to know whether it moves between zones. */
const BUSY = 15;
const RELOCATION = 1;

/** Inputs whose change is no call of ModifyCluster; a change of any other is one, even where nothing is sent with it. */
const NOT_MODIFIED: readonly (keyof ClusterArgs)[] = ["iamRoles", "skipFinalSnapshot", "tags"];

const TWO_HYPHENS = unlike(/--/, "have two hyphens in a row");
const LAST_HYPHEN = unlike(/-$/, "end with a hyphen");

export const cluster = row<ClusterArgs>({
  args: [
    "automatedSnapshotRetentionPeriod",
    "clusterIdentifier",
    "clusterParameterGroupName",
    "clusterSubnetGroupName",
    "clusterType",
    "databaseName",
    "defaultIamRoleArn",
    "encrypted",
    "finalSnapshotIdentifier",
    "iamRoles",
    "kmsKeyId",
    "manageMasterPassword",
    "masterPasswordSecretKmsKeyId",
    "masterUsername",
    "nodeType",
    "numberOfNodes",
    "publiclyAccessible",
    "skipFinalSnapshot",
    "tags",
    "vpcSecurityGroupIds",
  ],
  replaceOn: ["clusterIdentifier", "clusterSubnetGroupName", "masterUsername"],
  computed: [
    "arn",
    "availabilityZone",
    "clusterNamespaceArn",
    "clusterNodes",
    "clusterPublicKey",
    "clusterRevisionNumber",
    "dnsName",
    "endpoint",
    "enhancedVpcRouting",
    "masterPasswordSecretArn",
    "preferredMaintenanceWindow",
  ],
  idOf: ({ clusterIdentifier }) => clusterIdentifier,
  leftOut: [
    "clusterParameterGroupName",
    "clusterSubnetGroupName",
    "clusterType",
    "databaseName",
    "defaultIamRoleArn",
    "iamRoles",
    "kmsKeyId",
    "masterPasswordSecretKmsKeyId",
    "vpcSecurityGroupIds",
  ],
  checks: {
    automatedSnapshotRetentionPeriod: atMost(35),
    clusterIdentifier: all(pattern(/^[a-z][0-9a-z-]*$/), TWO_HYPHENS, LAST_HYPHEN),
    databaseName: all(length(1, 64), pattern(/^[a-z_][0-9a-z_$]*$/)),
    defaultIamRoleArn: arn,
    encrypted: pattern(/^(1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)?$/),
    finalSnapshotIdentifier: all(
      length(1, 255),
      pattern(/^[0-9A-Za-z-]+$/),
      TWO_HYPHENS,
      LAST_HYPHEN,
    ),
    iamRoles: each(arn),
    kmsKeyId: arn,
    // The id of a key, its ARN, or those of an alias.
    masterPasswordSecretKmsKeyId: pattern(
      /^(arn:[\w-]+:kms:[\w-]*:\d{12}:(key|alias)\/.+|alias\/.+|[\w-]+)$/,
    ),
    masterUsername: all(length(1, 128), pattern(/^[A-Za-z_]\w*$/)),
  },
  waits: WAITS,
  source: {
    file: "internal/service/redshift/cluster.go",
    commit: "00f12670ac63a71ac6be68742756b2020c4e3821",
    differences: [
      "`masterPassword` and its write-only kin are not taken: the laptop target has managed passwords alone",
      "no cluster is restored from a snapshot, has an Elastic IP address or more than one zone: nothing asks for it",
      "`aquaConfigurationStatus` is left out: AWS has no such thing any more",
    ],
  },
  async create(inputs, made) {
    const id = inputs.clusterIdentifier;
    await redshift.send(new CreateClusterCommand(creationOf(inputs)));
    made(id);
    await available(id, WAITS.create, ["Modifying", "Unavailable"]);
    await relocationResolved(id);
    return { id, outputs: (await readCluster(id)) ?? {} };
  },
  read: readCluster,
  async update(change) {
    await retag(change);
    const { id, changed } = change;
    if ([...changed].some((input) => !NOT_MODIFIED.includes(input))) {
      await redshift.send(new ModifyClusterCommand(modificationsOf(change)));
      await available(id, WAITS.update);
      await relocationResolved(id);
    }
    if (changed.has("defaultIamRoleArn") || changed.has("iamRoles")) {
      await changeRoles(change);
      await available(id, WAITS.update);
    }
    return readCluster(id);
  },
  delete: (id, props, minutes) => remove(id, props, minutes ?? WAITS.delete),
});

/**
 * As the official provider, with its own values where the program gives none. That a cluster is encrypted, and not
 * public, is so since its version 6: https://github.com/hashicorp/terraform-provider-aws/pull/42631 and 41978.
 */
function creationOf(inputs: ClusterArgs) {
  const { clusterIdentifier, manageMasterPassword, masterUsername, numberOfNodes = 1 } = inputs;
  if (manageMasterPassword !== true) {
    throw new Error(
      `${clusterIdentifier}: one of "manage_master_password" or "master_password" is required`,
    );
  }
  if (masterUsername === undefined) {
    throw new Error(`${clusterIdentifier}: "master_username": required field is not set`);
  }
  return {
    AllowVersionUpgrade: true,
    AutomatedSnapshotRetentionPeriod: inputs.automatedSnapshotRetentionPeriod ?? 1,
    ClusterIdentifier: clusterIdentifier,
    ClusterVersion: "1.0",
    DBName: inputs.databaseName ?? "",
    MasterUsername: masterUsername,
    NodeType: inputs.nodeType,
    Port: 5439,
    PubliclyAccessible: inputs.publiclyAccessible ?? false,
    Tags: tagsOf(inputs),
    ClusterParameterGroupName: inputs.clusterParameterGroupName,
    ClusterSubnetGroupName: inputs.clusterSubnetGroupName,
    DefaultIamRoleArn: inputs.defaultIamRoleArn,
    IamRoles: someOf(inputs.iamRoles),
    KmsKeyId: inputs.kmsKeyId,
    MaintenanceTrackName: "current",
    ManageMasterPassword: true,
    ManualSnapshotRetentionPeriod: -1,
    MasterPasswordSecretKmsKeyId: inputs.masterPasswordSecretKmsKeyId,
    VpcSecurityGroupIds: someOf(inputs.vpcSecurityGroupIds),
    Encrypted: isEncrypted(inputs),
    ...nodesOf(numberOfNodes),
  };
}

const someOf = <Item>(list: Item[] | undefined) => (list?.length ? list : undefined);

/** The kind follows from the number, whatever the program says of it. */
const nodesOf = (numberOfNodes: number) =>
  numberOfNodes > 1
    ? { ClusterType: "multi-node", NumberOfNodes: numberOfNodes }
    : { ClusterType: "single-node" };

const isEncrypted = ({ encrypted = "true" }: ClusterArgs): boolean => /^(1|t)/i.test(encrypted);

/** What ModifyCluster is sent: that of the changed inputs which it knows, and the cluster's name alone where it knows none. */
function modificationsOf({ id, inputs, changed }: Change<ClusterArgs>): ModifyClusterCommandInput {
  const of = <Sent extends object>(sent: Sent, ...given: (keyof ClusterArgs)[]) =>
    given.some((input) => changed.has(input)) ? sent : {};
  return {
    ClusterIdentifier: id,
    ...of(
      { AutomatedSnapshotRetentionPeriod: inputs.automatedSnapshotRetentionPeriod ?? 1 },
      "automatedSnapshotRetentionPeriod",
    ),
    ...of(
      { ClusterParameterGroupName: inputs.clusterParameterGroupName },
      "clusterParameterGroupName",
    ),
    // Redshift wants all of them together.
    ...of(
      { NodeType: inputs.nodeType, ...nodesOf(inputs.numberOfNodes ?? 1) },
      "clusterType",
      "nodeType",
      "numberOfNodes",
    ),
    ...of({ Encrypted: isEncrypted(inputs) }, "encrypted"),
    ...(isEncrypted(inputs) ? of({ KmsKeyId: inputs.kmsKeyId }, "kmsKeyId") : {}),
    ...of(
      { MasterPasswordSecretKmsKeyId: inputs.masterPasswordSecretKmsKeyId },
      "masterPasswordSecretKmsKeyId",
    ),
    ...of({ ManageMasterPassword: inputs.manageMasterPassword ?? false }, "manageMasterPassword"),
    ...of({ PubliclyAccessible: inputs.publiclyAccessible ?? false }, "publiclyAccessible"),
    ...of({ VpcSecurityGroupIds: inputs.vpcSecurityGroupIds }, "vpcSecurityGroupIds"),
  };
}

async function changeRoles({ id, inputs, olds }: Change<ClusterArgs>): Promise<void> {
  const before = olds.iamRoles ?? [];
  const after = inputs.iamRoles ?? before;
  await redshift.send(
    new ModifyClusterIamRolesCommand({
      AddIamRoles: after.filter((role) => !before.includes(role)),
      ClusterIdentifier: id,
      RemoveIamRoles: before.filter((role) => !after.includes(role)),
      DefaultIamRoleArn: inputs.defaultIamRoleArn ?? olds.defaultIamRoleArn ?? "",
    }),
  );
}

async function remove(id: string, props: ClusterArgs & Properties, minutes: number): Promise<void> {
  const { skipFinalSnapshot = false, finalSnapshotIdentifier } = props;
  if (!skipFinalSnapshot && finalSnapshotIdentifier === undefined) {
    throw new Error(
      "Redshift Cluster Instance FinalSnapshotIdentifier is required when a final snapshot is required",
    );
  }
  const command = new DeleteClusterCommand({
    ClusterIdentifier: id,
    SkipFinalClusterSnapshot: skipFinalSnapshot,
    FinalClusterSnapshotIdentifier: skipFinalSnapshot ? undefined : finalSnapshotIdentifier,
  });
  try {
    await whileBusy(BUSY, () => redshift.send(command));
  } catch (error) {
    if ((error as Error).name === "ClusterNotFoundFault") {
      return;
    }
    throw error;
  }
  await settled(id, undefined, ["Maintenance", "Modifying"], minutes);
}

/** Waits until a cluster is available; any state but those on the way there is an error. */
const available = (
  id: string,
  minutes: number,
  onTheWay: readonly string[] = ["Maintenance", "Modifying", "Unavailable"],
) => settled(id, "Available", onTheWay, minutes);

/** @param wanted the availability that is waited for; undefined: until it is gone */
async function settled(
  id: string,
  wanted: string | undefined,
  onTheWay: readonly string[],
  minutes: number,
): Promise<void> {
  const check = deadline(minutes);
  for (;;) {
    const there = await describeCluster(id);
    const status = there?.ClusterAvailabilityStatus;
    if (wanted === undefined ? there === undefined : status === wanted) {
      return;
    }
    if (status === undefined || !onTheWay.includes(status)) {
      throw new Error(
        `the cluster ${id} is ${status ?? "gone"} (${there?.ClusterStatus ?? "no status"})`,
      );
    }
    check(`the cluster ${id} is ${status}`);
    await pause();
  }
}

async function relocationResolved(id: string): Promise<void> {
  const check = deadline(RELOCATION);
  for (;;) {
    const status = (await describeCluster(id))?.AvailabilityZoneRelocationStatus;
    if (!status?.startsWith("pending_")) {
      isEnabled("AvailabilityZoneRelocationStatus", status);
      return;
    }
    check(`whether the cluster ${id} moves between zones is ${status}`);
    await pause();
  }
}

async function readCluster(id: string): Promise<Properties | undefined> {
  const there = await describeCluster(id);
  if (there === undefined) {
    return undefined;
  }
  const { Address: address, Port: port } = there.Endpoint ?? {};
  return {
    ...(await toldOf(there)),
    encrypted: String(there.Encrypted),
    masterPasswordSecretArn: there.MasterPasswordSecretArn,
    masterPasswordSecretKmsKeyId: there.MasterPasswordSecretKmsKeyId,
    tags: tagMap(there.Tags),
    dnsName: address,
    endpoint: address !== undefined && port ? `${address}:${port}` : address,
    port,
  };
}
