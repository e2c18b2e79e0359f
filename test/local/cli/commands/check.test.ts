import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import type { DagFinding } from "../../../../deploy/dags/checkDags";
import { programStack, readStack, stackFile } from "../../../../deploy/oidc/stackSettings";
import program from "../../../../index";
import { statusOf, summary } from "../../../../local/cli/commands/check";
import { junitOf } from "../../../../local/cli/junit";
import { plannedEnvironment } from "../../../../local/cli/plannedEnvironment";
import { ACCOUNT, PROJECT, record } from "../../../mocks";
import { STACKS, stackConfig } from "../../../stackFiles";
import { temporaryHome } from "../../running";
import { LocalCommand } from "../command";

const NOBODY = { accountId: ACCOUNT, partition: "aws", dnsSuffix: "amazonaws.com" };

/** What is planned of the stack dev with other settings. */
const planned = (settings: Readonly<Record<string, unknown>> = {}) => {
  const own = Object.entries(settings).map(([key, value]) => [`${PROJECT}:${key}`, value]);
  const config = { ...stackFile("dev"), ...(Object.fromEntries(own) as typeof settings) };
  return plannedEnvironment(programStack("dev", config, NOBODY, PROJECT), config);
};

describe("what a stack's environment would have", () => {
  for (const stack of STACKS) {
    it(`is told without AWS for stack ${stack}`, async () => {
      const { registrations } = await record(program, { stack, config: stackConfig(stack) });
      const prefix = /^\/[^/]+\/variables\//;
      const parameters = registrations
        .filter(({ type }) => type === "aws:ssm/parameter:Parameter")
        .map(({ inputs }) => String(inputs.name))
        .filter((name) => prefix.test(name))
        .map((name) => name.replace(prefix, ""));
      const told = await plannedEnvironment(readStack(stack, NOBODY), stackFile(stack));
      assert.ok(typeof told !== "string", JSON.stringify(told));
      assert.ok(parameters.length > 0);
      assert.deepEqual(Object.keys(told.variables ?? {}).sort(), parameters.sort());
      assert.deepEqual(told.connections, ["aws_default"]);
      assert.deepEqual(
        Object.keys(told.options).filter((name) => name.startsWith("secrets.")),
        [],
      );
    });
  }

  it("has the settings' Variables with their values, connections and options", async () => {
    const told = await planned({
      variables: { own_bucket: "team-bucket" },
      connections: { warehouse: { secure: "v1:abc" } },
      airflowConfigurationOptions: { "core.default_task_retries": "3" },
    });
    assert.ok(typeof told !== "string", JSON.stringify(told));
    assert.equal(told.variables?.own_bucket, "team-bucket");
    // Its ARN is AWS's to give.
    assert.equal(told.variables?.redshift_copy_role_arn, null);
    assert.deepEqual(told.connections, ["aws_default", "warehouse"]);
    assert.equal(told.options["core.default_task_retries"], "3");
  });

  for (const [what, options] of Object.entries({
    "at another path": { "secrets.backend_kwargs": { connections_prefix: "/team/connections" } },
    "in Secrets Manager": {
      "secrets.backend":
        "airflow.providers.amazon.aws.secrets.secrets_manager.SecretsManagerBackend",
      "secrets.backend_kwargs": { connections_prefix: "team/connections" },
    },
  })) {
    it(`has connections that are not known where they are also ${what}`, async () => {
      const told = await planned({ airflowConfigurationOptions: options });
      assert.ok(typeof told !== "string", JSON.stringify(told));
      assert.equal(told.connections, null);
      assert.deepEqual(
        Object.keys(told.options).filter((name) => name.includes("backend")),
        [],
      );
    });
  }

  for (const [kind, redshift, variables] of [
    [
      "cluster",
      { kind: "existing", clusterIdentifier: "theirs", dbUser: "loader" },
      { redshift_cluster: "theirs", redshift_db_user: "loader", redshift_db: "dev" },
    ],
    [
      "workgroup",
      { kind: "existing", workgroupName: "theirs" },
      { redshift_workgroup: "theirs", redshift_db: "dev" },
    ],
    [
      "cluster",
      { kind: "provisioned" },
      {
        redshift_cluster: "mwaa-emr-blog-demo",
        ...{ redshift_db_user: "awsuser", redshift_db: "dev" },
      },
    ],
  ] as const) {
    it(`has the Variables of the ${redshift.kind} ${kind}`, async () => {
      const told = await planned({ redshift });
      assert.ok(typeof told !== "string", JSON.stringify(told));
      const own = Object.entries(told.variables ?? {}).filter(
        ([name]) => name.startsWith("redshift_") && !/table|copy/.test(name),
      );
      assert.deepEqual(Object.fromEntries(own), variables);
    });
  }

  it("is not known where the program looks up what is there", async () => {
    const network = { vpcId: "vpc-0a1b2c3d", subnetIds: ["subnet-0a1b2c3d", "subnet-1a2b3c4d"] };
    assert.match(JSON.stringify(await planned({ network })), /^"it calls get[A-Z]/);
  });
});

describe("a check of DAG files", () => {
  const error: DagFinding = {
    ...{ file: "a.py", line: 3, rule: "dag-cycle", level: "error" },
    message: "cannot be imported: a <cycle>",
  };
  const warning: DagFinding = { ...error, file: "b.py", line: null, level: "warning" };

  it("fails for an error, and not for a warning", () => {
    assert.equal(statusOf([warning, error]), 1);
    assert.equal(statusOf([warning]), 0);
    assert.equal(summary(2, [warning, error]), "2 files: 1 errors, 1 warnings\n");
  });

  it("is a report of JUnit's: a case for each error, and for each file without one", () => {
    const report = junitOf(["a.py", "b.py"], [error, warning]);
    assert.match(report, /tests="2" failures="1" errors="0"/);
    assert.match(report, /<testcase name="a.py:3" classname="dag-cycle" time="0"><failure /);
    assert.match(report, /message="cannot be imported: a &lt;cycle&gt;"/);
    assert.match(report, /<testcase name="b.py" classname="dags" time="0"\/>/);
    assert.match(report, /<system-out>⚠ b.py cannot be imported/);
  });

  it("finds nothing in the stack's own files", async () => {
    const { home, remove } = temporaryHome();
    try {
      const file = path.join(home.folder, "dags.xml");
      const ports = { cloud: 4566, airflow: 8080 };
      const command = new LocalCommand(home, ports, "--stack", "dev", "check", "--junit", file);
      const { status, output } = await command.finished;
      assert.equal(status, 0, output);
      assert.match(output, /\d+ files: 0 errors, 0 warnings/);
      assert.match(fs.readFileSync(file, "utf8"), / failures="0" errors="0"/);
    } finally {
      remove();
    }
  });
});
