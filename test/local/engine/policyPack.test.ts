import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import * as aws from "@pulumi/aws";
import {
  EngineEvent,
  LocalWorkspace,
  PulumiCommand,
  PulumiFn,
  Stack,
} from "@pulumi/pulumi/automation";

import { startCloud, stopCloud } from "../../../local/cli/cloud";
import { Endpoint } from "../../../local/engine/endpoint";
import { ROOT, toolHome } from "../../../local/home";
import { findPulumi } from "../../../local/setup/pulumiCli";
import { workflows } from "../../policy/fixtures/foreign/index";
import { freePort, inventory, temporaryHome } from "../running";

const { home, remove: removeHome } = temporaryHome();
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "mwaa-foreign-"));
const pack = path.join(folder, "policy");
let endpoint: Endpoint;
let pulumi: PulumiCommand;

before(async () => {
  pulumi = (await findPulumi(toolHome)) as PulumiCommand;
  endpoint = await startCloud(home, await freePort(), () => undefined);
  Object.assign(process.env, endpoint.environment);
  // What the documentation says to do, but for `npm install`: its packages are those of this checkout, and
  // test/policy/packages.test.ts holds the pack's own list against them.
  fs.cpSync(path.join(ROOT, "policy"), pack, { recursive: true });
  fs.symlinkSync(path.join(ROOT, "node_modules"), path.join(pack, "node_modules"));
  fs.cpSync(
    path.join(ROOT, "test", "policy", "fixtures", "foreign", "Pulumi.yaml"),
    path.join(folder, "Pulumi.yaml"),
  );
});

after(async () => {
  await stopCloud(home);
  removeHome();
  fs.rmSync(folder, { recursive: true, force: true });
});

/** What `pulumi preview --policy-pack policy --policy-pack-config …` says of a program. */
interface Said {
  /** `level rule: resource`, sorted. */
  readonly violations: readonly string[];
  /** Changes that the pack made to resources by itself. */
  readonly remediations: readonly unknown[];
  readonly output: string;
  /** The command's error; undefined where it ended well. */
  readonly error?: Error;
}

/** Runs the plain CLI, as anybody would, on a stack that has nothing of this project's but the pack. */
async function preview(
  program: () => void,
  configuration: Record<string, unknown> = {},
): Promise<Said> {
  const stack: Stack = await LocalWorkspace.createOrSelectStack(
    {
      stackName: "test",
      projectName: "team-workflows",
      // eslint-disable-next-line @typescript-eslint/require-await -- the engine wants a promise
      program: (async () => program()) as PulumiFn,
    },
    {
      workDir: folder,
      pulumiCommand: pulumi,
      pulumiHome: home.dir("pulumi-home"),
      secretsProvider: "passphrase",
      envVars: {
        ...endpoint.environment,
        PATH: [
          path.join(ROOT, "local", "provider", "bin"),
          path.join(ROOT, "local", "engine", "bin"),
          process.env.PATH,
        ].join(path.delimiter),
        PULUMI_BACKEND_URL: `file://${home.dir("foreign-state")}`,
        PULUMI_CONFIG_PASSPHRASE: "",
        PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
        PULUMI_SKIP_UPDATE_CHECK: "true",
      },
    },
  );
  const config = path.join(folder, "policies.json");
  fs.writeFileSync(config, JSON.stringify(configuration));
  const violations: string[] = [];
  const remediations: unknown[] = [];
  let output = "";
  let error: Error | undefined;
  await stack
    .preview({
      policyPacks: [pack],
      policyPackConfigs: [config],
      onOutput: (text) => (output += text),
      onEvent: (event: EngineEvent) => {
        const { policyEvent, policyRemediationEvent } = event as EngineEvent & {
          // The SDK's type does not list it.
          policyRemediationEvent?: unknown;
        };
        if (policyRemediationEvent) {
          remediations.push(policyRemediationEvent);
        }
        if (policyEvent && !policyEvent.message.includes("not checked yet")) {
          const { enforcementLevel, policyName, resourceUrn = "" } = policyEvent;
          violations.push(`${enforcementLevel} ${policyName}: ${resourceUrn.split("::").at(-1)}`);
        }
      },
    })
    .catch((reason: Error) => (error = reason));
  return { violations: violations.sort(), remediations, output, error };
}

/** What both variants are told and need not heed. */
const ADVICE = [
  "advisory mwaa-maintenance-window: workflows",
  "advisory s3-access-logging: workflows",
];

describe("the policy pack on somebody else's program", () => {
  it("lets a good one pass", async () => {
    const { violations, error } = await preview(() => workflows(false));
    assert.equal(error, undefined);
    assert.deepEqual(violations, ADVICE);
  });

  it("refuses the same with two mistakes, naming rule and resource, and makes nothing", async () => {
    const { violations, output, error } = await preview(() => workflows(true));
    assert.ok(error, "the preview ended well");
    assert.deepEqual(violations, [
      ...ADVICE,
      "mandatory airflow-bucket-versioning: workflows",
      "mandatory mwaa-source-bucket-protected: workflows",
      "mandatory mwaa-two-private-subnets: outside-a",
      "mandatory mwaa-two-private-subnets: outside-b",
      "mandatory s3-versioning: workflows",
      "mandatory stack-route-to-aws: outside-a",
      "mandatory stack-route-to-aws: outside-b",
    ]);
    // As the CLI prints it: the rule with its pack, and the resource that breaks it.
    assert.match(
      output,
      /\[mandatory\].* {2}mwaa-two-private-subnets {2}\(aws:ec2\/subnet:Subnet: outside-a\)/,
    );
    assert.deepEqual(await inventory(home, endpoint), {});
  });
});

describe("a rule at each level", () => {
  const RULE = "s3-versioning";
  const bucket = () => void new aws.s3.Bucket("plain", { bucket: "airflow-plain" });
  const of = ({ violations }: Said) => violations.filter((one) => one.includes(RULE));

  /** All rules off but one. */
  const only = (level: string) => ({ all: "disabled", [RULE]: level });

  it("mandatory: is shown, and the preview fails", async () => {
    const said = await preview(bucket, only("mandatory"));
    assert.ok(said.error, "the preview ended well");
    assert.deepEqual(of(said), [`mandatory ${RULE}: plain`]);
    assert.deepEqual(said.remediations, []);
    assert.match(said.output, new RegExp(`\\[mandatory\\].*${RULE}`));
  });

  it("advisory: is shown, and the preview ends well", async () => {
    const said = await preview(bucket, only("advisory"));
    assert.equal(said.error, undefined);
    assert.deepEqual(of(said), [`advisory ${RULE}: plain`]);
    assert.deepEqual(said.remediations, []);
    assert.match(said.output, new RegExp(`\\[advisory\\].*${RULE}`));
  });

  it("takes its parameters from the same file", async () => {
    const said = await preview(bucket, {
      all: "disabled",
      "stack-required-tags": { enforcementLevel: "mandatory", required: ["CostCenter"] },
    });
    assert.deepEqual(said.violations, ["mandatory stack-required-tags: plain"]);
    assert.match(said.output, /has no tag CostCenter/);
  });

  it("of a rule that is not there, or with a key that it does not take: nothing is looked at", async () => {
    const said = await preview(bucket, {
      "s3-versionning": "advisory",
      "s3-tls-only": { supress: [] },
    });
    assert.ok(said.error, "the preview ended well");
    assert.deepEqual(said.violations, []);
    assert.match(
      String(said.error),
      /configuration of the policy pack is wrong: .*no rule "s3-versionning"; is "s3-versioning" meant\?/,
    );
    assert.match(String(said.error), /s3-tls-only takes no "supress"/);
  });

  it("with a suppression that has an unknown key: nothing is looked at", async () => {
    const said = await preview(bucket, {
      [RULE]: { suppress: [{ resource: "plain", reasons: "a typo" }] },
    });
    assert.ok(said.error, "the preview ended well");
    assert.deepEqual(said.violations, []);
    assert.match(String(said.error), /reasons/);
  });

  it("disabled: is not shown", async () => {
    const said = await preview(bucket, only("disabled"));
    assert.equal(said.error, undefined);
    assert.deepEqual(said.violations, []);
    assert.doesNotMatch(said.output, new RegExp(RULE));
  });
});
