import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { toolHome } from "../../local/home";
import { pythonOf } from "../../local/setup/python";
import { recording } from "../policy/recorded";
import accepted from "./acceptedOfCheckov.json";
import { terraformPlan } from "./terraform";

interface Check {
  readonly check_id: string;
  readonly check_name: string;
  /** `type.name` */
  readonly resource: string;
}

interface Report {
  readonly summary: {
    readonly passed: number;
    readonly parsing_errors: number;
    readonly resource_count: number;
  };
  readonly results: { readonly failed_checks: readonly Check[] };
}

/** What Checkov says of a plan; it asks nobody. */
function checkov(plan: unknown): Report {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "plan-"));
  try {
    const file = path.join(folder, "plan.json");
    fs.writeFileSync(file, JSON.stringify(plan));
    const { stdout, stderr } = spawnSync(
      pythonOf(toolHome, "judges"),
      [
        path.join(path.dirname(pythonOf(toolHome, "judges")), "checkov"),
        ...["--file", file, "--framework", "terraform_plan", "--output", "json"],
        ...["--compact", "--quiet", "--skip-download"],
      ],
      { cwd: folder, encoding: "utf8", maxBuffer: 2 ** 28 },
    );
    if (!stdout.trim().startsWith("{")) {
      throw new Error(`checkov: ${stderr}${stdout}`);
    }
    return JSON.parse(stdout) as Report;
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

describe("the stack prod before Checkov", () => {
  it("fails no check but those that are accepted, each with a reason", () => {
    const plan = terraformPlan(recording("prod", "deployed"));
    const { summary, results } = checkov(plan);
    // It knows nearly every type: a name that it does not know would pass unseen.
    assert.ok(summary.passed > 350, `${summary.passed} passed`);
    assert.equal(summary.parsing_errors, 0);
    assert.equal(summary.resource_count, (plan.resource_changes as unknown[]).length);
    const fits = (entry: (typeof accepted)[number], { check_id, resource }: Check): boolean => {
      const [type, name] = resource.split(".");
      return (
        entry.check === check_id &&
        entry.type === type &&
        new RegExp(`^(${entry.resources ?? ".*"})$`).test(name)
      );
    };
    const failed = results.failed_checks;
    assert.deepEqual(
      failed
        .filter((one) => !accepted.some((entry) => fits(entry, one)))
        .map(({ check_id, check_name, resource }) => `${check_id} ${resource}: ${check_name}`),
      [],
    );
    assert.deepEqual(
      accepted.filter((entry) => !failed.some((one) => fits(entry, one))),
      [],
      "acceptedOfCheckov.json has entries that fit nothing: remove them",
    );
  });

  it("would fail with a bucket that anybody reads", () => {
    const open = recording("prod", "deployed").map((one) =>
      one.type.endsWith(":BucketPublicAccessBlock")
        ? { ...one, props: { ...one.props, blockPublicPolicy: false } }
        : one,
    );
    const { results } = checkov(terraformPlan(open));
    assert.ok(results.failed_checks.some(({ check_id }) => check_id === "CKV_AWS_54"));
  });
});
