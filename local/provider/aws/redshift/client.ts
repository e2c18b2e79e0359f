import {
  type Cluster,
  CreateTagsCommand,
  DeleteTagsCommand,
  DescribeClustersCommand,
  RedshiftClient,
} from "@aws-sdk/client-redshift";

import { callerAccount } from "../functions";
import { type Change, ifThere, whileRefused } from "../row";
import { Tagged, changeTags, tagList } from "../tags";

export const redshift = new RedshiftClient({});

/** As the official provider puts one together: most of Redshift's answers have none. */
export async function arnOf(
  kind: "cluster" | "parametergroup" | "subnetgroup",
  name: string,
): Promise<string> {
  return `arn:aws:redshift:${process.env.AWS_REGION}:${await callerAccount()}:${kind}:${name}`;
}

/** Tags at a creation: none at all are not sent. */
export const tagsOf = ({ tags }: Tagged) =>
  tags === undefined || Object.keys(tags).length === 0 ? undefined : tagList(tags);

export async function retag<Args extends Tagged>(change: Change<Args>): Promise<void> {
  const ResourceName = change.olds.arn as string;
  await changeTags(change, {
    untag: (TagKeys) => redshift.send(new DeleteTagsCommand({ ResourceName, TagKeys })),
    tag: (tags) => redshift.send(new CreateTagsCommand({ ResourceName, Tags: tagList(tags) })),
  });
}

export async function describeCluster(id: string): Promise<Cluster | undefined> {
  const found = await ifThere(
    redshift.send(new DescribeClustersCommand({ ClusterIdentifier: id })),
    "ClusterNotFoundFault",
  );
  return found?.Clusters?.find(({ ClusterIdentifier }) => ClusterIdentifier === id);
}

/**
 * Makes a call again while the cluster's state does not allow it.
 *
 * @param words the message has to have them. Default: any does
 */
export function whileBusy<T>(minutes: number, call: () => Promise<T>, words = ""): Promise<T> {
  return whileRefused(minutes, call, "InvalidClusterStateFault", words);
}

/** What Redshift tells as a word, of which the official provider makes a truth value or an error. */
export function isEnabled(subject: string, status: string | undefined): boolean {
  switch (status?.toLowerCase()) {
    case "enabled":
      return true;
    case "disabled":
      return false;
    default:
      throw new Error(`unexpected ${subject} value "${status ?? ""}" returned by API`);
  }
}

/** What the resource and the function both tell of a cluster. */
export async function toldOf(there: Cluster) {
  return {
    allowVersionUpgrade: there.AllowVersionUpgrade,
    arn: await arnOf("cluster", there.ClusterIdentifier as string),
    automatedSnapshotRetentionPeriod: there.AutomatedSnapshotRetentionPeriod,
    availabilityZone: there.AvailabilityZone,
    availabilityZoneRelocationEnabled: isEnabled(
      "AvailabilityZoneRelocationStatus",
      there.AvailabilityZoneRelocationStatus,
    ),
    clusterIdentifier: there.ClusterIdentifier,
    clusterNamespaceArn: there.ClusterNamespaceArn,
    clusterNodes: there.ClusterNodes?.map((node) => ({
      nodeRole: node.NodeRole,
      privateIpAddress: node.PrivateIPAddress,
      publicIpAddress: node.PublicIPAddress,
    })),
    clusterParameterGroupName: there.ClusterParameterGroups?.[0]?.ParameterGroupName,
    clusterPublicKey: there.ClusterPublicKey,
    clusterRevisionNumber: there.ClusterRevisionNumber,
    clusterSubnetGroupName: there.ClusterSubnetGroupName,
    // A cluster of several nodes has one more, which leads.
    clusterType: (there.ClusterNodes?.length ?? 0) > 1 ? "multi-node" : "single-node",
    clusterVersion: there.ClusterVersion,
    databaseName: there.DBName,
    defaultIamRoleArn: there.DefaultIamRoleArn,
    enhancedVpcRouting: there.EnhancedVpcRouting,
    iamRoles: there.IamRoles?.map(({ IamRoleArn }) => IamRoleArn) ?? [],
    kmsKeyId: there.KmsKeyId,
    maintenanceTrackName: there.MaintenanceTrackName,
    manualSnapshotRetentionPeriod: there.ManualSnapshotRetentionPeriod,
    masterUsername: there.MasterUsername,
    multiAz: isEnabled("MultiAZ", there.MultiAZ),
    nodeType: there.NodeType,
    numberOfNodes: there.NumberOfNodes,
    preferredMaintenanceWindow: there.PreferredMaintenanceWindow,
    publiclyAccessible: there.PubliclyAccessible,
    vpcSecurityGroupIds: there.VpcSecurityGroups?.map((group) => group.VpcSecurityGroupId) ?? [],
  };
}
