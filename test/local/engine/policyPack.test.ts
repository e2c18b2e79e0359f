import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
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

import { inventoryOf, startCloud, stopCloud } from "../../../local/cli/cloud";
import { Endpoint } from "../../../local/engine/endpoint";
import { ROOT, toolHome } from "../../../local/home";
import { findPulumi } from "../../../local/setup/pulumiCli";
import { assertGolden } from "../../goldenFile";
import { workflows } from "../../policy/fixtures/foreign/index";
import { freePort, temporaryHome } from "../running";

const { home, remove: removeHome } = temporaryHome();
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "mwaa-foreign-"));
const pack = path.join(folder, "policy");
/** What the engine said of a small program; test/policy/report.test.ts makes reports of it. */
const EVENTS = path.join(ROOT, "test", "policy", "fixtures", "events.jsonl");
let endpoint: Endpoint;
let pulumi: PulumiCommand;

before(async () => {
  pulumi = (await findPulumi(toolHome)) as PulumiCommand;
  endpoint = await startCloud(home, await freePort(), () => undefined);
  Object.assign(process.env, endpoint.environment);
  // What the documentation says to do, but for `npm install`: its packages are those of this checkout, and
  // test/policy/packages.test.ts holds the pack's own list against them.
  const tarball = execFileSync("npm", ["pack", "--silent", "--pack-destination", folder], {
    cwd: path.join(ROOT, "policy"),
    encoding: "utf8",
  }).trim();
  fs.mkdirSync(pack);
  execFileSync("tar", ["-xzf", path.join(folder, tarball), "-C", pack, "--strip-components", "1"]);
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
  /** The engine's events, as `--event-log` has them: one a line. */
  readonly events: string;
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
  let events = "";
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
        events += `${JSON.stringify(event)}\n`;
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
  return { violations: violations.sort(), remediations, output, events, error };
}

/** A configuration that the pack brings, out of the tarball. */
const preset = (name: string) =>
  JSON.parse(fs.readFileSync(path.join(pack, "config", `${name}.json`), "utf8")) as Record<
    string,
    unknown
  >;

/** What the pack's own command says. */
function command(...args: string[]): string {
  return execFileSync(process.execPath, [path.join(pack, "cli.cjs"), ...args], {
    cwd: folder,
    encoding: "utf8",
  });
}

describe("the policy pack on somebody else's program", () => {
  it("lets a good one pass, without a configuration and with a preset", async () => {
    for (const [configuration, advice] of [
      [{}, 0],
      [preset("recommended"), 1],
    ] as const) {
      const { violations, error } = await preview(() => workflows(false), configuration);
      assert.equal(error, undefined);
      assert.ok(violations.length >= advice && violations.every((one) => /^advisory/.test(one)));
    }
  });

  it("refuses the same with two mistakes, naming rule and resource, and makes nothing", async () => {
    const { violations, output, events, error } = await preview(() => workflows(true));
    assert.ok(error, "the preview ended well");
    assert.deepEqual(violations, [
      "mandatory airflow-bucket-versioning: workflows",
      "mandatory mwaa-source-bucket-protected: workflows",
      "mandatory mwaa-two-private-subnets: outside-a",
      "mandatory mwaa-two-private-subnets: outside-b",
      "mandatory stack-route-to-aws: outside-a",
      "mandatory stack-route-to-aws: outside-b",
    ]);
    // As the CLI prints it: the rule with its pack, the resource that breaks it, what to do and where to read on.
    assert.match(
      output,
      /\[mandatory\].* {2}mwaa-two-private-subnets {2}\(aws:ec2\/subnet:Subnet: outside-a\)/,
    );
    assert.match(output, /Give networkConfiguration\.subnetIds two subnets of different/);
    assert.match(
      output,
      /https:\/\/docs\.aws\.amazon\.com\/mwaa\/latest\/userguide\/networking-about\.html/,
    );
    assert.deepEqual(await inventoryOf(home, endpoint), {});
    const file = path.join(folder, "events.jsonl");
    fs.writeFileSync(file, events);
    const { runs } = JSON.parse(command("report", "--format", "sarif", file)) as {
      runs: [{ results: { ruleId: string; level: string }[] }];
    };
    assert.deepEqual(
      runs[0].results
        .filter(({ level }) => level === "error")
        .map(({ ruleId }) => ruleId)
        .sort(),
      violations.map((one) => one.split(/[ :]+/)[1]),
    );
    assert.match(command("report", "--format", "junit", file), /tests="\d+" failures="6"/);
  });

  it("lists and explains its rules", () => {
    assert.match(command("rules"), /^mwaa-two-private-subnets +mandatory +high /m);
    assert.match(command("explain", "s3-versioning"), /Level with each preset:/);
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

  it("keeps the level of all where a rule has an object without one", async () => {
    const said = await preview(bucket, {
      all: "disabled",
      [RULE]: { suppress: [] },
    });
    assert.equal(said.error, undefined);
    assert.deepEqual(said.violations, []);
  });

  it("lists what is suppressed with its reason, and tells what suppresses nothing", async () => {
    const why = { reason: "it is only a test", expires: "9999-12-31" };
    const said = await preview(bucket, {
      ...only("mandatory"),
      [RULE]: {
        enforcementLevel: "mandatory",
        suppress: [
          { ...why, resource: "plain" },
          { ...why, component: "team:data:Store" },
        ],
      },
      "unused-suppressions": "advisory",
    });
    assert.equal(said.error, undefined);
    assert.deepEqual(said.violations, [
      `advisory ${RULE}: plain`,
      "advisory unused-suppressions: team-workflows-test",
    ]);
    assert.match(said.output, /Suppressed until 9999-12-31: .* Reason: it is only a test/);
    assert.match(said.output, /for component "team:data:Store" lets nothing off; remove it/);
  });

  it("writes events of which reports are made", async () => {
    const why = { reason: "it is only a test", expires: "9999-12-31" };
    const { events } = await preview(bucket, {
      all: "disabled",
      [RULE]: "mandatory",
      "s3-encryption": "advisory",
      "s3-tls-only": { enforcementLevel: "mandatory", suppress: [{ ...why, resource: "plain" }] },
    });
    const told = events
      .split("\n")
      .filter((line) => /"policyEvent"/.test(line))
      .map((line) => JSON.parse(line) as { policyEvent: object })
      .map(({ policyEvent }) => ({ policyEvent }));
    const found = told.map((one) => `${JSON.stringify(one)}\n`).join("");
    assertGolden(EVENTS, found, __filename, "The engine's events changed.");
  });

  it("says what to do in this program behind the rule's own remedy", async () => {
    const said = await preview(bucket, {
      all: "disabled",
      [RULE]: { enforcementLevel: "mandatory", remedy: "Ask the data team." },
    });
    assert.match(said.output, /is "Enabled"\. Ask the data team\./);
  });

  it("remediate: the resource is mended, and the preview ends well", async () => {
    const said = await preview(
      () => {
        new aws.cloudwatch.LogGroup("endless", { name: "/team/endless" });
        new aws.s3.BucketPublicAccessBlock("open", {
          bucket: "airflow-plain",
          blockPublicAcls: true,
        });
      },
      {
        all: "disabled",
        "logs-retention": "remediate",
        "s3-public-access-block-complete": "remediate",
      },
    );
    assert.equal(said.error, undefined);
    assert.deepEqual(said.violations, []);
    assert.equal(said.remediations.length, 2);
    assert.match(JSON.stringify(said.remediations), /"retentionInDays":365/);
    assert.match(JSON.stringify(said.remediations), /"restrictPublicBuckets":true/);
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
