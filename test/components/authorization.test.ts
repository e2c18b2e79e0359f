import assert from "node:assert/strict";

import roles from "../../deploy/oidc/index";
import program from "../../index";
import type { Statement } from "../../components/policyDocument";
import { record } from "../mocks";
import { document } from "../policies";
import { shippedStack } from "../shippedStack";
import { STACKS, stackConfig } from "../stackFiles";
import { overlap, permissions, problemsOf, problemsOfStack } from "./authorization";

/** Settings that add statements, beside what the stacks set. */
const VARIANTS: Readonly<Record<string, Record<string, unknown>>> = {
  "as it is": {},
  "with a key of its own, notices and Airflow's users": {
    encryptionKey: "own",
    notices: ["email:data@example.com"],
    airflowUserRoles: ["Admin", "Op", "User", "Viewer"],
  },
  "with a Redshift cluster, and a path of its own in IAM": {
    redshift: { kind: "provisioned" },
    iam: { path: "/data/" },
  },
};

/** The other partitions, and the domain of each. */
const PARTITIONS = {
  "aws-cn": "amazonaws.com.cn",
  "aws-us-gov": "amazonaws.com",
};

describe("what roles may do, by AWS's service authorization reference", () => {
  for (const stack of STACKS) {
    // Whatever the settings add, they add to each stack alike.
    const variants = Object.entries(VARIANTS).slice(0, stack === "prod" ? undefined : 1);
    for (const [what, config] of variants) {
      it(`exists, and is on resources of its kind: ${stack}, ${what}`, async () => {
        const { registrations } =
          Object.keys(config).length === 0
            ? await shippedStack(stack)
            : await record(() => program(), {
                stack,
                config: { ...stackConfig(stack), ...config },
              });
        assert.notDeepEqual(permissions(registrations), []);
        assert.deepEqual(await problemsOfStack(registrations), []);
      });
    }
  }

  for (const [partition, dnsSuffix] of Object.entries(PARTITIONS)) {
    it(`is of the partition ${partition}, as is whom a role trusts`, async () => {
      const { registrations } = await record(() => program(), {
        stack: "prod",
        config: stackConfig("prod"),
        functions: {
          "aws:index/getPartition:getPartition": () => ({ partition, dnsSuffix }),
        },
      });
      // These ARNs are AWS's answers, which the mocks always give for the usual partition.
      const answered =
        /arn:aws:([\w-]+:[\w-]*:\d+:[\w/-]*(-0001|\b11112222[\w-]*|0000-workgroup-id|secret:redshift![\w-]+))/g;
      const there = registrations.map(({ inputs, ...rest }) => ({
        ...rest,
        inputs: JSON.parse(
          JSON.stringify(inputs).replace(answered, `arn:${partition}:$1`),
        ) as typeof inputs,
      }));
      assert.deepEqual(await problemsOfStack(there, partition), []);
      const text = JSON.stringify(
        registrations
          .filter(({ type }) => type.startsWith("aws:iam/"))
          .map(({ inputs: { policy, assumeRolePolicy } }) => [policy, assumeRolePolicy]),
      );
      for (const via of text.match(/"(sqs|s3|sns)\.[\w.-]+/g) ?? []) {
        assert.ok(via.endsWith(`.${dnsSuffix}`), via);
      }
    });
  }

  it("holds for the roles that deploy as well", async () => {
    const { registrations } = await record(() => roles(), {
      stack: "prod",
      config: {
        repository: "acme/data",
        stateBucketName: "acme-state",
        stateKeyArn: "arn:aws:kms:us-east-1:123456789012:key/state",
      },
      resources: {
        "aws:iam/openIdConnectProvider:OpenIdConnectProvider": () => ({ arn: "arn:aws:iam::1:x" }),
      },
    });
    assert.ok(permissions(registrations).length >= 2);
    assert.deepEqual(await problemsOfStack(registrations), []);
  });

  it("trusts services alone, for this account's resources where the service says for whom", async () => {
    const { registrations } = await shippedStack("prod");
    for (const { name, inputs } of registrations.filter(
      ({ type }) => type === "aws:iam/role:Role",
    )) {
      for (const { Principal, Condition = {} } of document(inputs.assumeRolePolicy).Statement) {
        assert.deepEqual(Object.keys(Principal ?? {}), ["Service"], name);
        const { Service } = Principal as Record<string, string | string[]>;
        const keys = Object.values(Condition).flatMap((one) => Object.keys(one));
        // EC2 lends a role to an instance, and says nothing of it:
        // https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_switch-role-ec2.html
        if (![Service].flat().every((service) => service.startsWith("ec2."))) {
          assert.ok(
            keys.some((key) => /^aws:Source(Account|Arn)$/.test(key)),
            name,
          );
        }
      }
    }
  });
});

describe("the check by AWS's service authorization reference", () => {
  const GOOD: Statement = {
    Sid: "Read",
    Effect: "Allow",
    Action: "s3:GetObject",
    Resource: "arn:aws:s3:::bucket/prefix/*",
    Condition: { StringEquals: { "s3:ExistingObjectTag/team": "data" } },
  };
  const of = (change: Partial<Statement>) =>
    problemsOf({ Version: "2012-10-17", Statement: [{ ...GOOD, ...change }] }, "aws");

  it("passes what is right", async () => assert.deepEqual(await of({}), []));

  const wrong: [string, Partial<Statement>, RegExp][] = [
    ["an action that there is not", { Action: "s3:ReadObject" }, /no action s3:ReadObject/],
    ["an action in another case", { Action: "s3:getobject" }, /no action s3:getobject/],
    ["a pattern of actions", { Action: "s3:Get*" }, /no action s3:Get\*/],
    ["a service that there is not", { Action: "s4:GetObject" }, /no action s4:GetObject/],
    ["a bucket in the place of objects", { Resource: "arn:aws:s3:::bucket" }, /takes none of/],
    ["everything", { Resource: "*" }, /takes a resource, and is allowed on all/],
    [
      "one resource too many",
      { Resource: ["arn:aws:s3:::bucket/a", "arn:aws:sqs:us-east-1:123456789012:queue"] },
      /none of its actions takes arn:aws:sqs/,
    ],
    [
      "a name where the action takes none",
      { Action: "s3:ListAllMyBuckets", Condition: {} },
      /s3:ListAllMyBuckets takes no resource/,
    ],
    [
      "a key of another service",
      { Condition: { StringEquals: { "sns:Protocol": "email" } } },
      /s3:GetObject knows no condition key sns:Protocol/,
    ],
    [
      "a key of another action",
      { Condition: { StringLike: { "s3:prefix": "a/*" } } },
      /s3:GetObject knows no condition key s3:prefix/,
    ],
    ["another partition", { Resource: "arn:aws-cn:s3:::bucket/a" }, /not of the partition aws/],
  ];
  for (const [what, change, message] of wrong) {
    it(`finds ${what}`, async () => assert.match((await of(change)).join("\n"), message));
  }

  it("knows which patterns have a text in common", () => {
    assert.ok(overlap("arn:*:s3:::*/*", "arn:aws:s3:::bucket/prefix*"));
    assert.ok(overlap("a*c", "ab?"));
    assert.ok(!overlap("arn:*:s3:::*/*", "arn:aws:s3:::bucket"));
    assert.ok(!overlap("a*c", "a*d"));
  });
});
