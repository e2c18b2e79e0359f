import assert from "node:assert/strict";

import { evaluate } from "../../../policy/evaluate";
import { ssmSecureString } from "../../../policy/rules/ssm/ssm-secure-string";
import { Case, UNKNOWN, resource, table } from "../graph";

const PARAMETER = "aws:ssm/parameter:Parameter";
const parameter = (props: Record<string, unknown>, type = PARAMETER) =>
  resource(type, "parameter", props);

const SECRET_NAMES = [
  "/app/db_password",
  "/app/dbPassword",
  "/app/DB-PASSWORD",
  "/app/dbpassword",
  "/app/db_pass",
  "/app/password/prod",
  "/app/secrets/redshift",
  "/app/client-secret",
  "/app/github.token",
  "/app/apiKey",
  "/app/ssh_private_key",
  "/app/secret_access_key",
  "/app/fernet_key",
  "/app/credentials",
  "password",
];

const PLAIN_NAMES = [
  "/app/redshift_copy_role_arn",
  "/app/password_policy",
  "/app/secret_arn",
  "/app/secrets/redshift_arn",
  "/app/access_key_id",
  "/app/token_url",
  "/app/token-service/replicas",
  "/app/compass",
  "/app/monkey",
  "/app/primary_key",
  "/app/s3_bucket_name",
  "/mwaa/variables/redshift_table_name",
];

/** Values that are secrets, put together here so that no scanner takes this file for a leak. */
const SECRET_VALUES: Readonly<Record<string, string>> = {
  "an AWS access key": `${"AKIA"}IOSFODNN7EXAMPLE`,
  "a private key": `-----BEGIN ${"RSA PRIVATE KEY"}-----\nMIIE\n-----END ${"RSA PRIVATE KEY"}-----`,
  "a URI with a password": "postgresql://airflow:s3cr3t@db.example.com:5432/airflow",
  "a password among its settings": "jdbc:redshift://db.example.com:5439/dev?user=a&password=s3cr3t",
  "a JSON Web Token": `${"eyJ"}hbGciOiJIUzI1NiJ9.${"eyJ"}zdWIiOiIxMjM0NTY3ODkwIn0.x`,
  "a token of GitHub": `${"ghp_"}${"a1".repeat(18)}`,
};

const PLAIN_VALUES = [
  "s3://movielens/ml-latest-small.zip",
  "https://files.example.com/datasets/ml-latest-small.zip",
  "https://user@example.com:8443/path",
  "postgresql://db.example.com:5432/airflow",
  "arn:aws:iam::123456789012:role/copy",
  '{"conn_type": "postgres", "password": null}',
  '{"secret": "arn:aws:secretsmanager:us-east-1:123456789012:secret:x"}',
  "demo_athena_db",
];

const cases: readonly Case[] = [
  ...SECRET_NAMES.flatMap((name): Case[] => [
    {
      when: `a String is called ${name}`,
      resources: [parameter({ type: "String", name, value: "x" })],
      violations: [["parameter", /of type "String" and its name says.*"SecureString" is needed/]],
    },
    {
      when: `a SecureString is called ${name}`,
      resources: [parameter({ type: "SecureString", name, value: "x" })],
    },
  ]),
  ...PLAIN_NAMES.map((name): Case => ({
    when: `a String is called ${name}`,
    resources: [parameter({ type: "String", name, value: "x" })],
  })),
  ...Object.entries(SECRET_VALUES).flatMap(([what, value]): Case[] => [
    {
      when: `a String is ${what}`,
      resources: [parameter({ type: "String", name: "/app/x", value })],
      violations: [["parameter", new RegExp(`its value looks like ${what}`)]],
    },
    {
      when: `an insecure value is ${what}`,
      resources: [parameter({ type: "String", name: "/app/x", insecureValue: value })],
      violations: [["parameter", new RegExp(`its value looks like ${what}`)]],
    },
    {
      when: `a SecureString is ${what}`,
      resources: [parameter({ type: "SecureString", name: "/app/x", value })],
    },
  ]),
  ...PLAIN_VALUES.map((value): Case => ({
    when: `a String is ${value}`,
    resources: [parameter({ type: "String", name: "/app/x", value })],
  })),
  {
    when: "a list holds a secret",
    resources: [
      parameter({
        type: "StringList",
        name: "/app/x",
        value: `a,${SECRET_VALUES["an AWS access key"]}`,
      }),
    ],
    violations: [["parameter", /"StringList"/]],
  },
  {
    when: "a JSON connection holds a password",
    resources: [
      parameter({
        type: "String",
        name: "/airflow/connections/db",
        value: '{"conn_type": "postgres", "password": "s3cr3t"}',
      }),
    ],
    violations: [["parameter", /a password among its settings/]],
  },
  {
    when: "the name is the resource's own",
    resources: [resource(PARAMETER, "db-password", { type: "String", value: "x" })],
    violations: [["db-password", /"db-password" is of type/]],
  },
  {
    when: "a parameter with a secret's name only says where it is",
    resources: [
      parameter({
        type: "String",
        name: "/app/db_password",
        value: "arn:aws:secretsmanager:us-east-1:123456789012:secret:x",
      }),
    ],
  },
  {
    when: "a parameter with a secret's name is a switch",
    resources: [parameter({ type: "String", name: "/app/rotate_password", value: "true" })],
  },
  {
    when: "the value of one with a secret's name is write-only",
    resources: [parameter({ type: "String", name: "/app/db_password" })],
    violations: [["parameter", /its name says/]],
  },
  {
    when: "the type is missing",
    resources: [parameter({ name: "/app/db_password", value: "x" })],
    violations: [["parameter", /of type "missing"/]],
  },
  {
    when: "a SecureString is given in plain text",
    resources: [parameter({ type: "SecureString", name: "/app/x", insecureValue: "x" })],
    violations: [["parameter", /given as insecureValue.*use value/]],
  },
  {
    when: "the value is not known yet",
    resources: [parameter({ type: "String", name: "/app/x", value: UNKNOWN })],
    notChecked: /of parameter: .*value/,
  },
  {
    when: "the type is not known yet",
    resources: [parameter({ type: UNKNOWN, name: "/app/x", value: "x" })],
    notChecked: /type/,
  },
  {
    when: "the value of a SecureString is not known yet",
    resources: [parameter({ type: "SecureString", name: "/app/x", value: UNKNOWN })],
  },
  {
    when: "another type has such a name",
    resources: [
      parameter({ type: "String", name: "/app/db_password" }, "aws:ssm/document:Document"),
    ],
  },
];

describe("rules on parameters", () => {
  table(ssmSecureString, cases);

  it("ssm-secure-string keeps the secret out of its message", () => {
    for (const value of [...Object.values(SECRET_VALUES), "tr0ub4dor"]) {
      const { violations } = evaluate(ssmSecureString, [
        parameter({ type: "String", name: "/app/db_password", value }),
      ]);
      assert.equal(violations.length, 1);
      assert.ok(!violations[0].message.includes(value), violations[0].message);
    }
  });
});
