import assert from "node:assert";
import * as fs from "node:fs";
import * as path from "node:path";
import { EMR } from "../../../checks/emr";
import { type JobFlowArgs, jobFlow } from "../../../components/emr/jobFlow";
import { notebookJobFlow } from "../../../components/pipelines/notebook/jobFlow";

const ROOT = path.join(__dirname, "..", "..", "..");
const KEY = "arn:aws:kms:us-east-1:123456789012:key/11112222-3333-4444-5555-666677778888";

const REQUEST: JobFlowArgs = {
  environmentName: "mwaa-test",
  dataBucketName: "airflow-mwaa-test-data",
  emr: EMR.read("emr", {}).value,
  subnetIds: ["subnet-0123456789abcdef0", "subnet-1123456789abcdef0"],
  serviceRoleArn: "arn:aws:iam::123456789012:role/emr",
  instanceProfileName: "emr-notebook",
  securityConfigurationName: "security",
  masterGroupId: "sg-0123456789abcdef0",
  coreGroupId: "sg-1123456789abcdef0",
  serviceAccessGroupId: "sg-2123456789abcdef0",
};

describe("notebookJobFlow", () => {
  for (const type of ["m5a.xlarge", "r5ad.2xlarge", "m6a.large"]) {
    for (const node of ["masterInstanceType", "coreInstanceType"] as const) {
      it(`refuses ${type} as the ${node}, which notebooks do not run on`, () => {
        const emr = EMR.read("emr", { [node]: type }).value;
        assert.throws(() => notebookJobFlow(jobFlow({ ...REQUEST, emr })), new RegExp(type));
      });
    }
  }

  it("is the other cluster's request but for applications, and for what Variables hold", () => {
    const { LogUri, Instances, Applications, Configurations, ...same } = jobFlow(REQUEST);
    const { Ec2SubnetIds, ...instances } = Instances;
    assert.ok(LogUri && Ec2SubnetIds && Applications);
    assert.deepStrictEqual(notebookJobFlow(jobFlow(REQUEST)), {
      ...same,
      Instances: instances,
      Applications: ["Spark", "Hive", "Livy", "JupyterEnterpriseGateway"].map((Name) => ({ Name })),
      Configurations: [
        ...Configurations,
        { Classification: "hive-site", Properties: { "hive.execution.engine": "spark" } },
        { Classification: "livy-conf", Properties: { "livy.server.session.timeout": "7h" } },
      ],
    });
  });

  it("keeps a session for longer than the DAG gives an execution", () => {
    const dag = fs.readFileSync(path.join(ROOT, "dags", "test_dag.py"), "utf8");
    const [, hours] = /^EXECUTION_SECONDS = (\d+) \* 60 \* 60$/m.exec(dag) ?? [];
    const { Configurations } = notebookJobFlow(jobFlow(REQUEST)) as {
      Configurations: { Properties: Record<string, string> }[];
    };
    const timeout = Object.assign({}, ...Configurations.map(({ Properties }) => Properties)) as {
      "livy.server.session.timeout": string;
    };
    assert.ok(parseInt(timeout["livy.server.session.timeout"]) > Number(hours));
  });

  it("fits into a parameter with as many tags as a stack may have, as the other's does", () => {
    // Settings let 2000 bytes of tags pass.
    const tags = Object.fromEntries(
      Array.from({ length: 20 }, (_, i) => [`tag-${i + 10}`, "v".repeat(61)]),
    );
    const most: JobFlowArgs = {
      ...REQUEST,
      tags,
      environmentName: "e".repeat(80),
      emr: { ...REQUEST.emr, coreMarket: "SPOT" },
      kmsKeyArn: KEY,
    };
    for (const request of [jobFlow(most), notebookJobFlow(jobFlow(most))]) {
      const bytes = JSON.stringify(request).length;
      assert.ok(bytes <= 4096, `${bytes} bytes`);
    }
  });
});
