import assert from "node:assert/strict";
import * as fs from "node:fs";

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

import { accessOf, deniedCalls, summaryOf } from "../../../local/cli/access";
import { clientConfig, inventoryOf } from "../../../local/cli/cloud";
import { localStack } from "../../../local/cli/localStack";
import { publishSource } from "../../../local/cli/movielensSource";
import { sleep } from "../../../local/cli/processes";
import { dagsOfStack, resultsOf } from "../../../local/cli/results";
import { Unexercised } from "../../../local/cli/unexercised";
import { dataSet } from "../cli/dataSet";
import { type Warehouse, expectedMovies, loadedMovies, statement } from "../cli/movieList";
import { LiveStack, type Settings } from "./liveStack";

const DAG = "movie-list-dag";
const OWN = "mwaa-local";
const THEIRS = "warehouse-of-another-team";

/** Kinds of warehouse other than the shipped stacks': one laptop goes through them, and its DAG loads each. */
describe("a stack whose warehouse is", () => {
  let stack: LiveStack;
  let expected: string[];
  let nothingElse: unknown;
  let clusters: RedshiftClient;
  let serverless: RedshiftServerlessClient;

  before(async () => {
    stack = await LiveStack.start();
    const zip = dataSet(stack.home.folder);
    await publishSource(stack.endpoint, fs.readFileSync(zip));
    expected = expectedMovies(zip);
    nothingElse = await inventoryOf(stack.home, stack.endpoint);
    clusters = new RedshiftClient(clientConfig(stack.endpoint));
    serverless = new RedshiftServerlessClient(clientConfig(stack.endpoint));
    await stack.airflowOf(OWN);
  });
  after(() => stack.stop());

  const program = () => localStack({ home: stack.home, root: stack.folder });

  /** Waits until a thing is in a state; one that is not there any more has none. */
  async function until(look: () => Promise<string | undefined>, wanted?: string): Promise<void> {
    while ((await look()) !== wanted) {
      await sleep(100);
    }
  }

  const clusterStatus = async () => {
    const { Clusters = [] } = await clusters.send(new DescribeClustersCommand({}));
    return Clusters.find((one) => one.ClusterIdentifier === THEIRS)?.ClusterStatus;
  };
  const workgroupStatus = async () =>
    serverless.send(new GetWorkgroupCommand({ workgroupName: THEIRS })).then(
      ({ workgroup }) => workgroup?.status,
      () => undefined,
    );

  /** Brings the stack up with a warehouse, and runs the DAG, whose rows are there then. */
  async function loads(redshift: Settings, warehouse: Warehouse): Promise<void> {
    await stack.settles({ pipelines: ["movie-list"], redshift });
    await stack.run(DAG);
    assert.deepEqual(await loadedMovies(stack.endpoint, warehouse), expected);
  }

  /** What the report shows of the table. */
  async function reported() {
    const outputs = await (await stack.with({})).outputs();
    const xcom = () => Promise.reject(new Error("the DAG has no folders"));
    const { results } = await resultsOf(dagsOfStack(program())[0], {
      ...{ outputs, xcom },
      ...{ endpoint: stack.endpoint, home: stack.home },
    });
    return results.movie_demo;
  }

  const copyRole = async () => {
    const { redshiftCopyRoleArn } = await (await stack.with({})).outputs();
    return redshiftCopyRoleArn as string;
  };

  it("a cluster of its own: loaded, reported, and each grant of its roles used", async () => {
    const own = { ClusterIdentifier: OWN, DbUser: "awsuser" };
    await loads({ kind: "provisioned" }, own);
    const { location, rows, sample } = await reported();
    assert.deepEqual(
      [location, rows, sample.length],
      [`Redshift cluster ${OWN}, dev.public.movie_demo`, expected.length, 5],
    );
    const access = await accessOf(stack.home, stack.endpoint);
    assert.deepEqual(deniedCalls(access.denials), []);
    const unexercised = Unexercised.of(program());
    assert.deepEqual(summaryOf(access, unexercised).unused, []);
    assert.deepEqual(unexercised.staleEntries(access.grants), []);
  });

  it("that cluster with other nodes, which keeps its rows", async () => {
    const own = { ClusterIdentifier: OWN, DbUser: "awsuser" };
    const { replace } = await stack.settles({
      redshift: { kind: "provisioned", nodeType: "ra3.xlplus", numberOfNodes: 2 },
    });
    assert.equal(replace, undefined);
    const { Clusters } = await clusters.send(
      new DescribeClustersCommand({ ClusterIdentifier: OWN }),
    );
    const [{ NodeType, NumberOfNodes }] = Clusters ?? [];
    assert.deepEqual([NodeType, NumberOfNodes], ["ra3.xlplus", 2]);
    assert.deepEqual(await loadedMovies(stack.endpoint, own), expected);
  });

  it("a cluster that is there already, as a user of it that is not its administrator", async () => {
    await clusters.send(
      new CreateClusterCommand({
        ClusterIdentifier: THEIRS,
        NodeType: "ra3.large",
        ClusterType: "single-node",
        MasterUsername: "admin_of_theirs",
        ManageMasterPassword: true,
        IamRoles: [await copyRole()],
      }),
    );
    await until(clusterStatus, "available");
    const as = (DbUser: string) => ({ ClusterIdentifier: THEIRS, DbUser });
    const admin = as("admin_of_theirs");
    await statement(stack.endpoint, admin, "CREATE USER loader PASSWORD DISABLE");
    await statement(stack.endpoint, admin, "CREATE USER analyst PASSWORD DISABLE");
    await loads(
      {
        ...{ kind: "existing", clusterIdentifier: THEIRS, dbUser: "loader" },
        readers: ["user analyst"],
      },
      as("loader"),
    );
    assert.deepEqual(await loadedMovies(stack.endpoint, as("analyst")), expected);
    assert.equal((await reported()).rows, expected.length);
  });

  it("a workgroup that is there already, as the user of the role", async () => {
    const namespaceName = THEIRS;
    await serverless.send(
      new CreateNamespaceCommand({
        ...{ namespaceName, manageAdminPassword: true },
        iamRoles: [await copyRole()],
      }),
    );
    await serverless.send(new CreateWorkgroupCommand({ workgroupName: THEIRS, namespaceName }));
    await until(workgroupStatus, "AVAILABLE");
    await loads({ kind: "existing", workgroupName: THEIRS }, { WorkgroupName: THEIRS });
    assert.equal((await reported()).rows, expected.length);
  });

  it("any of them, and leaves nothing but what is another's", async () => {
    await (await stack.with({})).destroy();
    await clusters.send(
      new DeleteClusterCommand({ ClusterIdentifier: THEIRS, SkipFinalClusterSnapshot: true }),
    );
    await until(clusterStatus);
    await serverless.send(new DeleteWorkgroupCommand({ workgroupName: THEIRS }));
    await until(workgroupStatus);
    await serverless.send(new DeleteNamespaceCommand({ namespaceName: THEIRS }));
    assert.deepEqual(await inventoryOf(stack.home, stack.endpoint), nothingElse);
  });
});
