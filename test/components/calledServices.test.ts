import assert from "node:assert/strict";

import { SECRETS_MANAGER } from "../../checks/secretsBackend";
import { PIPELINES } from "../../components/pipelines";
import { SERVICES } from "../../components/plan";
import type { PolicyDocument } from "../../components/policyDocument";
import program from "../../index";
import { NETWORK, THERE, existingVpc } from "../existingVpc";
import { ofType, record } from "../mocks";
import { stackConfig } from "../stackFiles";

/** What actions are called by, where it is another name than their own. */
const ENDPOINTS: Readonly<Record<string, string>> = {
  cloudwatch: "monitoring",
  airflow: "airflow.api",
};

/** Actions that AWS asks for where it works for a task, which calls none of these itself. */
const CALLED_BY_AWS = [
  // Athena: https://docs.aws.amazon.com/athena/latest/ug/fine-grained-access-to-glue-resources.html
  /^glue:[A-Za-z]+(Database|Partition|Table)s?$/,
  // PassRole and CreateServiceLinkedRole, of EMR's calls.
  /^iam:/,
  // The Data API: https://docs.aws.amazon.com/redshift/latest/mgmt/data-api-iam.html
  /^redshift-serverless:/,
  // The Data API, which logs in by it: https://docs.aws.amazon.com/redshift/latest/mgmt/data-api-access.html
  /^secretsmanager:GetSecretValue$/,
];

type Config = Record<string, unknown>;

/** Endpoints of what the execution role of a stack may call. */
async function granted(config: Config): Promise<string[]> {
  const recording = await record(() => program(), { stack: "dev", config });
  const actions = ["aws:iam/policy:Policy", "aws:iam/rolePolicy:RolePolicy"]
    .flatMap((type) => ofType(recording, type))
    .filter(({ name }) => name.startsWith("execution"))
    .flatMap(({ inputs }) => (JSON.parse(String(inputs.policy)) as PolicyDocument).Statement)
    .filter(({ Effect }) => Effect === "Allow")
    .flatMap(({ Action }) => [Action ?? []].flat());
  const prefixes = actions
    .filter((action) => !CALLED_BY_AWS.some((pattern) => pattern.test(action)))
    .map((action) => action.split(":")[0]);
  return [...new Set(prefixes)].map((prefix) => ENDPOINTS[prefix] ?? prefix);
}

/** What a subnet without a way out lacks, as the program says. */
async function called(config: Config): Promise<string[]> {
  const tables = { ...THERE.tables, "rtb-0000000a": [], "rtb-0000000b": [] };
  const error: unknown = await record(() => program(), {
    stack: "dev",
    config: { ...config, network: NETWORK },
    functions: existingVpc({ tables }),
  }).catch((one: unknown) => one);
  const [, list = ""] = /a subnet with a way to ([^;]+);/.exec((error as Error).message) ?? [];
  return list.split(", ");
}

describe("services that are called from the environment's subnets", () => {
  const stacks: [string, readonly string[], readonly string[]][] = [
    ["without a pipeline", [], []],
    ["with every service", [], SERVICES],
    ...PIPELINES.map(({ name }): [string, string[], string[]] => [`with ${name}`, [name], []]),
  ];
  for (const [what, pipelines, services] of stacks) {
    it(`hold all that tasks are granted, of a stack ${what}`, async () => {
      const config = { ...stackConfig("dev"), pipelines, services };
      const known = await called(config);
      const wanted = await granted(config);
      assert.ok(wanted.includes("sqs") && known.includes("ssm"));
      assert.deepEqual(
        wanted.filter((one) => !known.includes(one)),
        [],
        "Name them in the pipeline's plan, as calls, or with the service in components/calledServices.ts",
      );
    });
  }

  it("hold Secrets Manager where connections are there", async () => {
    const options = {
      "secrets.backend": SECRETS_MANAGER,
      "secrets.backend_kwargs": { connections_prefix: "airflow/connections" },
    };
    const config = { ...stackConfig("dev"), pipelines: [], services: [] };
    const known = await called({ ...config, airflowConfigurationOptions: options });
    assert.ok(known.includes("secretsmanager"));
    assert.ok(!(await called(config)).includes("secretsmanager"));
  });

  it("hold nothing of pipelines that are not listed", async () => {
    const known = await called({ ...stackConfig("dev"), pipelines: [], services: [] });
    for (const other of ["athena", "elasticmapreduce", "redshift-data", "sns", "states"]) {
      assert.ok(!known.includes(other), other);
    }
  });
});
