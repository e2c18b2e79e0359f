import assert from "node:assert/strict";

import { evaluate } from "../../policy/evaluate";
import { rules } from "../../policy/index";
import { resource } from "./graph";

type Properties = Record<string, unknown>;
/** Type without `aws:` and class, name, arguments. */
type Given = readonly [type: string, name: string, props: Properties];

/** A resource of which Checkov says one thing and the pack another, and why the pack is right. */
interface Difference {
  readonly what: string;
  readonly check: string;
  readonly rule: string;
  /** What the pack says of the first of the resources, or of one that is for it. */
  readonly ours: "passes" | RegExp;
  readonly why: string;
  readonly given: readonly Given[];
}

const made = (given: readonly Given[]) =>
  given.map(([short, name, props]) => {
    const [, member] = short.split("/");
    const type = `aws:${short}:${member.charAt(0).toUpperCase()}${member.slice(1)}`;
    return resource(type, name, { id: name, arn: `arn:aws:x:::${name}`, ...props });
  });

const document = (...statements: object[]) =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements });
const allow = (Action: unknown, more: object = {}) => ({
  Effect: "Allow",
  Action,
  Resource: "*",
  ...more,
});
const group = (rule: object, direction = "ingress"): Given => [
  "ec2/securityGroup",
  "group",
  {
    [direction]: [{ fromPort: 0, toPort: 0, protocol: "tcp", cidrBlocks: ["0.0.0.0/0"], ...rule }],
  },
];
/** With a comma too many, which IAM does not take. */
const BROKEN = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*",}]}';

const DIFFERENCES: readonly Difference[] = [
  {
    what: "TCP from port 0 to 0",
    check: "CKV_AWS_24",
    rule: "network-no-admin-ports",
    ours: "passes",
    why: "0 to 0 are all ports for the protocol -1 only; for TCP it is port 0",
    given: [group({ cidrBlocks: ["192.168.0.0/16", "0.0.0.0/0"] })],
  },
  {
    what: "no source at all",
    check: "CKV_AWS_24",
    rule: "network-no-admin-ports",
    ours: "passes",
    why: "a rule without a source admits nobody",
    given: [group({ protocol: "-1", cidrBlocks: undefined, self: false })],
  },
  {
    what: "the internet beside the group itself",
    check: "CKV_AWS_24",
    rule: "network-no-admin-ports",
    ours: /admits 0\.0\.0\.0\/0 on all ports/,
    why: "self adds a source and takes none away",
    given: [group({ protocol: "-1", self: true })],
  },
  {
    what: "remote desktop within 1 to 8080 for all of 10.0.0.0/8",
    check: "CKV_AWS_24",
    rule: "network-no-admin-ports",
    ours: /takes in SSH \(22\) and RDP \(3389\)/,
    why: "a network that wide is not one of administrators; a parameter says how wide",
    given: [group({ fromPort: 1, toPort: 8080, cidrBlocks: ["10.0.0.0/8"] })],
  },
  {
    what: "a port that is not 80 for everybody",
    check: "CKV_AWS_260",
    rule: "network-no-open-ingress",
    ours: /admits 0\.0\.0\.0\/0 on port 222/,
    why: "the check looks at port 80 alone; which ports may be open is a parameter of the rule",
    given: [group({ fromPort: 222, toPort: 222 })],
  },
  {
    what: "all protocols with ports",
    check: "CKV_AWS_382",
    rule: "network-no-open-egress",
    ours: /lets all protocols out/,
    why: "with the protocol -1 AWS takes no notice of the ports",
    given: [group({ protocol: "-1", fromPort: 20, toPort: 200 }, "egress")],
  },
  {
    what: "everybody but one user",
    check: "CKV_AWS_70",
    rule: "s3-no-wildcard-principal",
    ours: /admits the principal \{"AWS":"\*"\}/,
    why: "all strangers are still among those that are let in",
    given: [
      [
        "s3/bucketPolicy",
        "policy",
        {
          bucket: "data",
          policy: document(
            allow("s3:GetObject", {
              Principal: { AWS: "*" },
              Resource: "arn:aws:s3:::data/*",
              Condition: {
                ArnNotEquals: { "aws:PrincipalArn": "arn:aws:iam::123456789012:user/ann" },
              },
            }),
          ),
        },
      ],
    ],
  },
  {
    what: "a topic's policy that cannot be parsed",
    check: "CKV_AWS_169",
    rule: "sns-no-wildcard-principal",
    ours: /is no JSON policy document/,
    why: "AWS refuses it, so that nothing of it is known",
    given: [["sns/topicPolicy", "policy", { arn: "topic", policy: BROKEN }]],
  },
  {
    what: "a policy that cannot be parsed",
    check: "CKV_AWS_287",
    rule: "iam-no-resource-wildcard",
    ours: /is no JSON policy document/,
    why: "AWS refuses it, so that nothing of it is known",
    given: [["iam/policy", "policy", { policy: BROKEN }]],
  },
  {
    what: "all actions of one service",
    check: "CKV2_AWS_40",
    rule: "iam-no-action-wildcard",
    ours: /allows s3:\*; name the actions/,
    why: "the check looks for iam:* alone",
    given: [["iam/policy", "policy", { policy: document(allow("s3:*")) }]],
  },
  {
    what: "encryption in transit that is on and nothing more",
    check: "CKV_AWS_351",
    rule: "emr-encryption-in-transit",
    ours: /CertificateProviderType is missing/,
    why: "EMR refuses it without certificates",
    given: [
      [
        "emr/securityConfiguration",
        "security",
        {
          configuration: JSON.stringify({
            EncryptionConfiguration: { EnableInTransitEncryption: true },
          }),
        },
      ],
    ],
  },
  {
    what: "a machine that logs without the data of its executions",
    check: "CKV_AWS_285",
    rule: "states-logging",
    ours: "passes",
    why: "input and output may hold what a log must not; the rule wants it decided",
    given: [
      [
        "sfn/stateMachine",
        "machine",
        {
          loggingConfiguration: {
            level: "ERROR",
            logDestination: "arn:aws:logs:us-east-1:123456789012:log-group:/states/m:*",
            includeExecutionData: false,
          },
        },
      ],
    ],
  },
  {
    what: "a warehouse that does not say whether it is public",
    check: "CKV_AWS_87",
    rule: "redshift-not-public",
    ours: "passes",
    why: "since version 6 of the provider it is private by default",
    given: [["redshift/cluster", "warehouse", { clusterIdentifier: "warehouse" }]],
  },
  {
    what: "snapshots of one day",
    check: "CKV_AWS_343",
    rule: "redshift-snapshots",
    ours: /kept for 1 days/,
    why: "how many days are needed is a parameter of the rule, 7 by default",
    given: [["redshift/cluster", "warehouse", { automatedSnapshotRetentionPeriod: 1 }]],
  },
  {
    what: "a lifecycle that ends only uploads",
    check: "CKV_AWS_300",
    rule: "s3-old-versions-expire",
    ours: /noncurrentVersionExpiration\.noncurrentDays; add it/,
    why: "the rule asks for the end of old versions as well",
    given: [
      [
        "s3/bucketLifecycleConfiguration",
        "lifecycle",
        {
          bucket: "elsewhere",
          rules: [
            {
              id: "uploads",
              status: "Enabled",
              abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
            },
          ],
        },
      ],
    ],
  },
  {
    what: "a token's subject under another issuer's name",
    check: "CKV_AWS_393",
    rule: "iam-oidc-subject",
    ours: /lets every token of token\.actions\.githubusercontent\.com assume the role/,
    why: "the key of an enterprise's issuer is none of the provider that is trusted",
    given: [
      [
        "iam/role",
        "build",
        {
          assumeRolePolicy: document({
            Effect: "Allow",
            Action: "sts:AssumeRoleWithWebIdentity",
            Principal: {
              Federated:
                "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
            },
            Condition: {
              StringEquals: {
                "token.actions.githubusercontent.com/acme:sub": "repo:acme/data:environment:prod",
              },
            },
          }),
        },
      ],
    ],
  },
];

describe("a resource that Checkov's checks judge as well", () => {
  for (const { what, check, rule: name, ours, why, given } of DIFFERENCES) {
    it(`${what} (${check}): ${name} ${ours === "passes" ? ours : "refuses"}: ${why}`, () => {
      const rule = rules.find(([one]) => one.name === name)?.[0];
      assert.ok(rule, `there is no rule ${name}`);
      assert.ok(rule.also?.includes(check), `${name} does not name ${check}`);
      const { violations, notChecked } = evaluate(rule, made(given), {}, "2026-06-30");
      const said = violations.map(({ message }) => message).join("\n");
      assert.deepEqual(notChecked, []);
      if (ours === "passes") {
        assert.equal(said, "");
      } else {
        assert.match(said, ours);
      }
    });
  }
});
