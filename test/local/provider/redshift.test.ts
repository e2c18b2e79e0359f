import assert from "node:assert/strict";

import type { Properties } from "../../../local/provider/aws/row";
import { sts } from "../../../local/provider/aws/functions";
import { redshift } from "../../../local/provider/aws/redshift/client";
import { FUNCTIONS, ROWS } from "./rows";

const CLUSTER = ROWS["aws:redshift/cluster:Cluster"];
const LOGGING = ROWS["aws:redshift/logging:Logging"];
const GROUP = ROWS["aws:redshift/parameterGroup:ParameterGroup"];

/** A call of Redshift's API: its name and what is sent. */
type Asked = readonly [operation: string, input: Properties];

/** A cluster as Redshift tells of one that is there. */
const THERE = {
  ClusterIdentifier: "c",
  ClusterStatus: "available",
  ClusterAvailabilityStatus: "Available",
  AvailabilityZoneRelocationStatus: "disabled",
  MultiAZ: "Disabled",
  Encrypted: true,
};

const fault = (name: string, message = name) => Object.assign(new Error(message), { name });

/**
 * What a row asks Redshift, which answers as these tests say: what the calls are is read off the official provider's
 * source, internal/service/redshift/.
 */
describe("the aws provider asks Redshift", () => {
  const [send, askSts] = [redshift.send.bind(redshift), sts.send.bind(sts)];
  let asked: Asked[];
  /** What is answered, in order; a cluster that is there, or nothing, once there is no more. */
  let answers: (Properties | Error)[];

  beforeEach(() => {
    process.env.AWS_REGION = "us-east-1";
    [asked, answers] = [[], []];
    redshift.send = ((command: { input: Properties; constructor: { name: string } }) => {
      const operation = command.constructor.name.replace(/Command$/, "");
      asked.push([operation, command.input]);
      const answer = answers.shift() ?? {
        Clusters: operation === "DescribeClusters" ? [THERE] : undefined,
      };
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    }) as typeof send;
  });
  before(() => {
    sts.send = (() => Promise.resolve({ Account: "123456789012" })) as typeof askSts;
  });
  after(() => {
    redshift.send = send;
    sts.send = askSts;
  });

  const update = async (row: typeof CLUSTER, olds: Properties, news: Properties) => {
    const changed = new Set(
      Object.keys({ ...olds, ...news }).filter((key) => olds[key] !== news[key]),
    );
    await row.update?.({ id: "c", inputs: news, olds, changed });
    return asked.filter(([operation]) => !operation.startsWith("Describe"));
  };

  it("for type, number and kind of the nodes together", async () => {
    const olds = { nodeType: "ra3.large", numberOfNodes: 2, clusterType: "multi-node" };
    assert.deepEqual(await update(CLUSTER, olds, { ...olds, numberOfNodes: 3 }), [
      [
        "ModifyCluster",
        {
          ClusterIdentifier: "c",
          NodeType: "ra3.large",
          ClusterType: "multi-node",
          NumberOfNodes: 3,
        },
      ],
    ]);
  });

  it("for no number of one node, whatever the program says of the kind", async () => {
    const olds = { nodeType: "ra3.large", numberOfNodes: 2, clusterType: "multi-node" };
    const [[, input]] = await update(CLUSTER, olds, { ...olds, numberOfNodes: 1 });
    assert.deepEqual(input, {
      ClusterIdentifier: "c",
      NodeType: "ra3.large",
      ClusterType: "single-node",
    });
  });

  it("for all changes of a cluster in one call, and for its roles in another, after that", async () => {
    const olds = {
      ...{ publiclyAccessible: true, encrypted: "true", kmsKeyId: "a" },
      ...{ iamRoles: ["r1", "r2"], automatedSnapshotRetentionPeriod: 7 },
    };
    const news = {
      ...{ publiclyAccessible: false, encrypted: "true", kmsKeyId: "b" },
      ...{ iamRoles: ["r2", "r3"], automatedSnapshotRetentionPeriod: 1 },
    };
    assert.deepEqual(await update(CLUSTER, olds, news), [
      [
        "ModifyCluster",
        {
          ClusterIdentifier: "c",
          AutomatedSnapshotRetentionPeriod: 1,
          KmsKeyId: "b",
          PubliclyAccessible: false,
        },
      ],
      [
        "ModifyClusterIamRoles",
        {
          ClusterIdentifier: "c",
          AddIamRoles: ["r3"],
          RemoveIamRoles: ["r1"],
          DefaultIamRoleArn: "",
        },
      ],
    ]);
  });

  it("for no key of a cluster that is not encrypted", async () => {
    const olds = { encrypted: "true", kmsKeyId: "a" };
    assert.deepEqual(await update(CLUSTER, olds, { encrypted: "false", kmsKeyId: "b" }), [
      ["ModifyCluster", { ClusterIdentifier: "c", Encrypted: false }],
    ]);
  });

  it("for nothing where only the last snapshot is skipped, and for a change of nothing for its name", async () => {
    assert.deepEqual(
      await update(CLUSTER, { skipFinalSnapshot: false }, { skipFinalSnapshot: true }),
      [],
    );
    const named = { finalSnapshotIdentifier: "last" };
    assert.deepEqual(await update(CLUSTER, {}, named), [
      ["ModifyCluster", { ClusterIdentifier: "c" }],
    ]);
  });

  it("for a change of nothing before another default role", async () => {
    const olds = { iamRoles: ["r1"], defaultIamRoleArn: "r1" };
    const news = { iamRoles: ["r2"], defaultIamRoleArn: "r2" };
    const [first, second] = await update(CLUSTER, olds, news);
    assert.deepEqual(first, ["ModifyCluster", { ClusterIdentifier: "c" }]);
    assert.equal(second[1].DefaultIamRoleArn, "r2");
  });

  it("and fails where a cluster comes into a state that leads nowhere", async () => {
    answers = [{}, { Clusters: [{ ...THERE, ClusterAvailabilityStatus: "Failed" }] }];
    await assert.rejects(
      async () =>
        CLUSTER.update?.({
          id: "c",
          inputs: { nodeType: "b" },
          olds: { nodeType: "a" },
          changed: new Set(["nodeType"]),
        }),
      /the cluster c is Failed \(available\)/,
    );
  });

  it("to leave the snapshot that the program names, and waits until the cluster is gone", async () => {
    const deleting = {
      ...THERE,
      ClusterAvailabilityStatus: "Modifying",
      ClusterStatus: "deleting",
    };
    answers = [
      fault("InvalidClusterStateFault", "There is an operation running on the Cluster."),
      {},
      { Clusters: [deleting] },
      fault("ClusterNotFoundFault"),
    ];
    await CLUSTER.delete("c", { finalSnapshotIdentifier: "last", skipFinalSnapshot: false });
    const wanted = {
      ClusterIdentifier: "c",
      SkipFinalClusterSnapshot: false,
      FinalClusterSnapshotIdentifier: "last",
    };
    assert.deepEqual(asked.slice(0, 2), [
      ["DeleteCluster", wanted],
      ["DeleteCluster", wanted],
    ]);
    assert.equal(asked.length, 4);
  });

  it("for no snapshot by its name where none is wanted, and takes it that the cluster is gone", async () => {
    answers = [fault("ClusterNotFoundFault")];
    await CLUSTER.delete("c", { finalSnapshotIdentifier: "last", skipFinalSnapshot: true });
    assert.deepEqual(asked, [
      [
        "DeleteCluster",
        {
          ClusterIdentifier: "c",
          SkipFinalClusterSnapshot: true,
          FinalClusterSnapshotIdentifier: undefined,
        },
      ],
    ]);
  });

  it("for nothing where a last snapshot is wanted and has no name", async () => {
    await assert.rejects(
      CLUSTER.delete("c", {}),
      /FinalSnapshotIdentifier is required when a final snapshot is required/,
    );
    assert.deepEqual(asked, []);
  });

  it("for no cluster without an administrator, or without a password that Redshift manages", async () => {
    const inputs = { clusterIdentifier: "c", nodeType: "ra3.large", masterUsername: "admin" };
    const create = (own: Properties) => CLUSTER.create(own, () => undefined);
    await assert.rejects(create(inputs), /one of "manage_master_password" or "master_password"/);
    await assert.rejects(
      create({ ...inputs, masterUsername: undefined, manageMasterPassword: true }),
      /"master_username": required field is not set/,
    );
    assert.deepEqual(asked, []);
  });

  it("for a cluster with the provider's own values where the program gives none", async () => {
    const inputs = { clusterIdentifier: "c", nodeType: "ra3.large", masterUsername: "admin" };
    answers = [new Error("enough")];
    await assert.rejects(
      CLUSTER.create({ ...inputs, manageMasterPassword: true }, () => undefined),
    );
    const [[, input]] = asked;
    assert.deepEqual(JSON.parse(JSON.stringify(input)), {
      AllowVersionUpgrade: true,
      AutomatedSnapshotRetentionPeriod: 1,
      ClusterIdentifier: "c",
      ClusterType: "single-node",
      ClusterVersion: "1.0",
      DBName: "",
      Encrypted: true,
      MaintenanceTrackName: "current",
      ManageMasterPassword: true,
      ManualSnapshotRetentionPeriod: -1,
      MasterUsername: "admin",
      NodeType: "ra3.large",
      Port: 5439,
      PubliclyAccessible: false,
    });
  });

  it("about a cluster whose words for its zones it does not know, and fails", async () => {
    for (const [words, subject] of [
      [{ AvailabilityZoneRelocationStatus: "pending" }, "AvailabilityZoneRelocationStatus"],
      [{ MultiAZ: undefined }, "MultiAZ"],
    ] as const) {
      answers = [{ Clusters: [{ ...THERE, ...words }] }];
      await assert.rejects(
        async () =>
          FUNCTIONS["aws:redshift/getCluster:getCluster"].call({ clusterIdentifier: "c" }),
        (error: Error) => error.message.startsWith(`unexpected ${subject} value`),
      );
    }
  });

  it("again to write the logs while it is at work on them, and at once not otherwise", async () => {
    const busy = "There is an operation running on the Cluster. Please try again later.";
    answers = [fault("InvalidClusterStateFault", busy)];
    const inputs = { clusterIdentifier: "c", logDestinationType: "cloudwatch" };
    await LOGGING.create(inputs, () => undefined);
    assert.deepEqual(
      asked.map(([operation]) => operation),
      ["EnableLogging", "EnableLogging"],
    );
    answers = [fault("InvalidClusterStateFault", "The cluster is paused.")];
    await assert.rejects(
      LOGGING.create(inputs, () => undefined),
      /is paused/,
    );
  });

  it("for logs of a cluster that is gone, and takes it that there are none", async () => {
    answers = [fault("ClusterNotFoundFault"), { LoggingEnabled: false }];
    assert.equal(await LOGGING.read("c", {}), undefined);
    assert.equal(await LOGGING.read("c", {}), undefined);
    answers = [fault("ClusterNotFoundFault")];
    await LOGGING.delete("c", {});
  });

  it("for parameters that are new or differ, in any case, and for nothing of those that are left out", async () => {
    const one = (name: string, value: string) => ({ name, value });
    const olds = { parameters: [one("require_ssl", "true"), one("query_group", "a")] };
    const news = { parameters: [one("require_ssl", "TRUE"), one("search_path", "public")] };
    assert.deepEqual(await update(GROUP, olds, news), [
      [
        "ModifyClusterParameterGroup",
        {
          ParameterGroupName: "c",
          Parameters: [{ ParameterName: "search_path", ParameterValue: "public" }],
        },
      ],
    ]);
    asked = [];
    assert.deepEqual(await update(GROUP, olds, { parameters: [one("require_ssl", "true")] }), []);
  });
});
