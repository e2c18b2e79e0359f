import assert from "node:assert/strict";

import { Configuration, evaluate } from "../../policy/evaluate";
import { rules } from "../../policy/index";
import { STACKS, StackName } from "../stackFiles";
import { Level } from "../../policy/levels";
import { levelsOf } from "./levels";
import { recording } from "./recorded";
import { Mode } from "./recordings/store";
import { asSeen } from "./seen";

/** Day that suppressions are held against here. */
const TODAY = "2026-06-30";

type Levels = Readonly<Record<string, Level>>;

/** What the pack says of a stack: `rule: resource`, of rules at these levels. */
function findings(stack: StackName, mode: Mode, levels: Levels) {
  const seen = asSeen(recording(stack, mode));
  const nameOf = (urn?: string) => seen.find((r) => r.urn === urn)?.name ?? "the stack";
  const violations: string[] = [];
  const notChecked = new Set<string>();
  const notSeen: string[] = [];
  for (const [rule] of rules) {
    const { level, configuration } = levels[rule.name];
    if (level === "disabled") {
      continue;
    }
    const found = evaluate(rule, seen, configuration, TODAY);
    violations.push(...found.violations.map(({ urn }) => `${level} ${rule.name}: ${nameOf(urn)}`));
    if (found.notChecked.length > 0) {
      notChecked.add(rule.name);
    }
    notSeen.push(...found.notSeen.map((message) => `${rule.name}: ${message}`));
  }
  return { violations, notChecked: [...notChecked].sort(), notSeen };
}

/** What the stacks for trying out have suppressed at the level of production, and why. */
const DEMONSTRATION: Configuration["suppress"] = [
  {
    resource: "*",
    reason:
      "A stack for trying out with published data: it has no network to reach a private web server " +
      "through, and a key or a log group of its own costs money and protects nothing that is secret.",
    expires: "2027-06-30",
  },
];
const LET_OFF = [
  "emr-ebs-encryption",
  "emr-encryption-at-rest",
  "glue-security-configuration-encrypts",
  "logs-encryption",
  "mwaa-all-logs",
  "mwaa-own-key",
  "mwaa-private-webserver",
  "redshiftserverless-own-key",
];

describe("the shipped stacks under the pack", () => {
  for (const stack of STACKS) {
    for (const mode of ["planned", "deployed"] as const) {
      it(`${stack} breaks no mandatory rule (${mode})`, () => {
        const { violations } = findings(stack, mode, levelsOf(stack));
        assert.deepEqual(
          violations.filter((violation) => !violation.startsWith("advisory ")),
          [],
        );
      });
    }

    it(`${stack} leaves nothing unchecked once it is up`, () => {
      const { notChecked, notSeen } = findings(stack, "deployed", levelsOf(stack));
      assert.deepEqual([notChecked, notSeen], [[], []]);
    });

    it(`${stack} passes at the level of production, with reasons where it is for trying out`, () => {
      const production = levelsOf("prod");
      const levels: Levels =
        stack === "prod"
          ? production
          : {
              ...production,
              ...Object.fromEntries(
                LET_OFF.map((rule) => [
                  rule,
                  { level: "mandatory", configuration: { suppress: DEMONSTRATION } },
                ]),
              ),
              // Its data is meant to go with it.
              "stack-protect-matches-destroy": {
                level: "mandatory",
                configuration: { keep: false },
              },
            };
      assert.deepEqual(
        findings(stack, "deployed", levels).violations.filter((v) => !v.startsWith("advisory ")),
        [],
      );
    });
  }

  it("says of exactly these that a first preview cannot tell", () => {
    const unknown = Object.fromEntries(
      STACKS.map((stack) => [stack, findings(stack, "planned", levelsOf(stack)).notChecked]),
    );
    // Policies that have an ARN in them are made when it is known, and have ARNs from then on.
    const policies = [
      "iam-document-sizes",
      "iam-known-actions",
      "iam-no-action-wildcard",
      "iam-no-inline-secret",
      "iam-no-managed-full-access",
      "iam-no-not-action",
      "iam-no-resource-wildcard",
      "iam-pass-role",
    ];
    assert.deepEqual(unknown, {
      dev: [...policies, "ssm-secure-string"],
      // Its security configuration and its topic have the stack's key.
      prod: [
        "emr-ebs-encryption",
        "emr-encryption-at-rest",
        "emr-encryption-in-transit",
        ...policies,
        "sns-encryption",
        "ssm-secure-string",
        // The topic's policy has the topic's ARN in it.
        "stack-no-foreign-accounts",
      ],
      local: [...policies, "ssm-secure-string"],
    });
  });
});
