import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { stringify } from "yaml";

import { policyDocument } from "../../components/policyDocument";
import { permissions } from "../../deploy/oidc/deploymentRoles";
import { readStack } from "../../deploy/oidc/stackSettings";
import program from "../../index";
import { ACCOUNT, PROJECT, type Registration, ofType, record } from "../mocks";
import { IAM_QUOTAS, overQuota, securityGroups } from "./quotas";
import { LONGEST_NAMES, LONGEST_STACK } from "./variants";

const PREFIX = "k".repeat(499);

/** All grants at once, on the longest names and keys that settings accept. */
const LONGEST: Readonly<Record<string, unknown>> = {
  ...LONGEST_NAMES,
  encryptionKey: "own",
  movielensSource: `s3://${"z".repeat(63)}/${"k".repeat(1020)}.zip`,
  emr: { certificateObject: `s3://${"c".repeat(63)}/${"k".repeat(500)}.zip` },
  notebook: {
    inputLocation: `s3://${"r".repeat(63)}/${PREFIX}/`,
    editorId: `e-${"E".repeat(25)}`,
    editorLocation: `s3://${"w".repeat(63)}/${PREFIX}/`,
  },
};

const IDENTIFIER = "i".repeat(127);

describe("AWS's quotas over sums", () => {
  it("hold with the longest names, and leave the execution role room for another pipeline", async () => {
    const recording = await record(() => program(), { stack: LONGEST_STACK, config: LONGEST });
    assert.deepEqual(overQuota(recording.registrations), []);
    const attached = ofType(recording, "aws:iam/rolePolicyAttachment:RolePolicyAttachment").filter(
      ({ name }) => name.startsWith("execution-"),
    );
    assert.equal(attached.length, 3);
  });

  const resource = (type: string, name: string, inputs: Registration["inputs"]) =>
    ({ type, name, inputs, state: { ...inputs, name } }) as unknown as Registration;
  /** A document of as many characters, and white space, which does not count. */
  const document = (characters: number) => ` ${JSON.stringify("a".repeat(characters - 2))} `;
  const role = resource("aws:iam/role:Role", "reader", { assumeRolePolicy: document(2_048) });
  const inline = (characters: number) =>
    resource("aws:iam/rolePolicy:RolePolicy", "inline", {
      role: "reader",
      policy: document(characters),
    });
  const attachments = (count: number) =>
    Array.from({ length: count }, (_, i) =>
      resource("aws:iam/rolePolicyAttachment:RolePolicyAttachment", String(i), { role: "reader" }),
    );

  const tables: [string, Registration[], Registration[], string][] = [
    [
      "inline policies",
      [role, inline(5_120), inline(5_120)],
      [role, inline(5_120), inline(5_121)],
      "reader: inline policies: 10241; 10240 fit",
    ],
    [
      "a trust policy",
      [role],
      [resource(role.type, "reader", { assumeRolePolicy: document(2_049) })],
      "reader: trust policy: 2049; 2048 fit",
    ],
    [
      "attached policies",
      [role, ...attachments(10)],
      [role, ...attachments(11)],
      "reader: attached policies: 11; 10 fit",
    ],
    [
      "a managed policy",
      [resource("aws:iam/policy:Policy", "own", { policy: document(6_144) })],
      [resource("aws:iam/policy:Policy", "own", { policy: document(6_145) })],
      "own: policy: 6145; 6144 fit",
    ],
    [
      "security groups",
      [resource("a", "one", { net: { securityGroupIds: [1, 2, 3, 4, 5] } })],
      [resource("a", "one", { text: '{"VpcSecurityGroups":[1,2,3,4,5,6]}' })],
      "one: 6 security groups; 5 fit",
    ],
  ];
  for (const [what, fits, exceeds, message] of tables) {
    it(`count ${what}`, () => {
      assert.deepEqual(overQuota(fits), []);
      assert.deepEqual(overQuota(exceeds), [message]);
    });
  }

  it("count security groups wherever they are", () => {
    assert.deepEqual(securityGroups({ a: [{ securityGroups: ["x"] }], b: "[no JSON" }), [["x"]]);
  });
});

describe("IAM's quotas, for the roles that deploy", () => {
  const STATE = {
    stateBucketName: "b".repeat(63),
    stateKeyArn: `arn:aws:kms:us-east-1:${ACCOUNT}:key/00001111-2222-3333-4444-555566667777`,
  };
  const TAGS = { Project: "P".repeat(256), Stack: "S".repeat(256) };

  /** The stack of a configuration, from a file as the roles' program reads it. */
  function stackOf(config: Readonly<Record<string, unknown>>, partition: string, region: string) {
    const root = fs.mkdtempSync(path.join(os.tmpdir(), "quotas-"));
    try {
      fs.writeFileSync(path.join(root, "Pulumi.yaml"), stringify({ name: PROJECT }));
      const own = Object.entries<unknown>({ ...config, tags: TAGS })
        .filter(([key]) => !key.includes(":"))
        .map(([key, value]): [string, unknown] => [`${PROJECT}:${key}`, value]);
      fs.writeFileSync(
        path.join(root, `Pulumi.${LONGEST_STACK}.yaml`),
        stringify({ config: { "aws:region": region, ...Object.fromEntries(own) } }),
      );
      const account = { partition, dnsSuffix: "amazonaws.com", accountId: ACCOUNT };
      return readStack(LONGEST_STACK, account, root);
    } finally {
      fs.rmSync(root, { recursive: true });
    }
  }

  const kinds: Readonly<Record<string, Record<string, unknown>>> = {
    serverless: LONGEST,
    provisioned: {
      ...LONGEST,
      redshift: { kind: "provisioned", database: IDENTIFIER, tableName: IDENTIFIER },
      forceDestroy: true,
    },
    existing: {
      ...LONGEST,
      redshift: { kind: "existing", clusterIdentifier: "c".repeat(63), dbUser: IDENTIFIER },
    },
  };
  const places = { aws: "us-east-1", "aws-us-gov": "us-gov-west-1", "aws-cn": "cn-northwest-1" };
  for (const [kind, config] of Object.entries(kinds)) {
    it(`hold with the longest names and tags: ${kind} Redshift`, () => {
      for (const [partition, region] of Object.entries(places)) {
        const { read, write } = permissions({
          program: stackOf(config, partition, region),
          ...STATE,
        });
        const policies = [
          ...Object.entries(read).map(
            ([name, statements]) => [`${name}-read`, statements] as const,
          ),
          ...Object.entries(write),
        ];
        assert.ok(policies.length <= IAM_QUOTAS.attached);
        for (const [name, statements] of policies) {
          const { length } = JSON.stringify(policyDocument(...statements));
          assert.ok(length <= IAM_QUOTAS.managed, `${partition} ${name}: ${length}`);
        }
      }
    });
  }
});
