import {
  CreateClusterCommand,
  DeleteClusterCommand,
  DescribeClustersCommand,
  RedshiftClient,
} from "@aws-sdk/client-redshift";
import {
  CreateNamespaceCommand,
  CreateWorkgroupCommand,
  DeleteNamespaceCommand,
  DeleteWorkgroupCommand,
  GetWorkgroupCommand,
  RedshiftServerlessClient,
} from "@aws-sdk/client-redshift-serverless";

import { clientConfig } from "../../../local/cli/cloud";
import { sleep } from "../../../local/cli/processes";
import type { Endpoint } from "../../../local/engine/endpoint";

/** What another team's cluster and workgroup are called. */
export const THEIR_WAREHOUSE = "warehouse-of-another-team";

/** The administrator of their cluster. */
export const THEIR_ADMIN = "admin_of_theirs";

/** Waits until a thing is in a state; one that is not there any more has none. */
async function until(look: () => Promise<string | undefined>, wanted?: string): Promise<void> {
  while ((await look()) !== wanted) {
    await sleep(100);
  }
}

/** A Redshift cluster and a workgroup that another team has made, each with a role that it may copy as. */
export class TheirWarehouses {
  private readonly clusters: RedshiftClient;
  private readonly serverless: RedshiftServerlessClient;

  constructor(endpoint: Endpoint) {
    this.clusters = new RedshiftClient(clientConfig(endpoint));
    this.serverless = new RedshiftServerlessClient(clientConfig(endpoint));
  }

  async createCluster(copyRoleArn: string): Promise<void> {
    await this.clusters.send(
      new CreateClusterCommand({
        ClusterIdentifier: THEIR_WAREHOUSE,
        NodeType: "ra3.large",
        ClusterType: "single-node",
        MasterUsername: THEIR_ADMIN,
        ManageMasterPassword: true,
        IamRoles: [copyRoleArn],
      }),
    );
    await until(() => this.clusterStatus(), "available");
  }

  async createWorkgroup(copyRoleArn: string): Promise<void> {
    const namespaceName = THEIR_WAREHOUSE;
    await this.serverless.send(
      new CreateNamespaceCommand({
        ...{ namespaceName, manageAdminPassword: true },
        iamRoles: [copyRoleArn],
      }),
    );
    await this.serverless.send(
      new CreateWorkgroupCommand({ workgroupName: THEIR_WAREHOUSE, namespaceName }),
    );
    await until(() => this.workgroupStatus(), "AVAILABLE");
  }

  /** Deletes both, and waits until they are gone. */
  async delete(): Promise<void> {
    await this.clusters.send(
      new DeleteClusterCommand({
        ClusterIdentifier: THEIR_WAREHOUSE,
        SkipFinalClusterSnapshot: true,
      }),
    );
    await until(() => this.clusterStatus());
    await this.serverless.send(new DeleteWorkgroupCommand({ workgroupName: THEIR_WAREHOUSE }));
    await until(() => this.workgroupStatus());
    await this.serverless.send(new DeleteNamespaceCommand({ namespaceName: THEIR_WAREHOUSE }));
  }

  /** The nodes of a cluster. */
  async nodesOf(ClusterIdentifier: string): Promise<[string | undefined, number | undefined]> {
    const { Clusters } = await this.clusters.send(
      new DescribeClustersCommand({ ClusterIdentifier }),
    );
    const [{ NodeType, NumberOfNodes }] = Clusters ?? [];
    return [NodeType, NumberOfNodes];
  }

  private async clusterStatus(): Promise<string | undefined> {
    const { Clusters = [] } = await this.clusters.send(new DescribeClustersCommand({}));
    return Clusters.find((one) => one.ClusterIdentifier === THEIR_WAREHOUSE)?.ClusterStatus;
  }

  private async workgroupStatus(): Promise<string | undefined> {
    return this.serverless.send(new GetWorkgroupCommand({ workgroupName: THEIR_WAREHOUSE })).then(
      ({ workgroup }) => workgroup?.status,
      () => undefined,
    );
  }
}
