import assert from "node:assert/strict";

import { type Problem, describeProblem } from "../../checks/problem";
import { PARAMETER_STORE, SECRETS_MANAGER, readSecretsBackend } from "../../checks/secretsBackend";

describe("the secrets backend of a stack's Airflow options", () => {
  const read = (backend?: unknown, kwargs?: unknown) => {
    const problems: Problem[] = [];
    const value = readSecretsBackend(
      { "secrets.backend": backend, "secrets.backend_kwargs": kwargs },
      problems,
    );
    return { value, said: problems.map(describeProblem).join("\n") };
  };

  it("is the one that has the Variables, with connections where the stack says", () => {
    const kwargs = {
      connections_prefix: "/airflow/connections",
      connections_lookup_pattern: "^films",
    };
    const value = {
      connectionsPrefix: "/airflow/connections",
      connectionsLookupPattern: "^films",
    };
    assert.deepEqual(read(), { value: {}, said: "" });
    for (const given of [kwargs, JSON.stringify(kwargs)]) {
      assert.deepEqual(read(PARAMETER_STORE, given), { value, said: "" });
    }
  });

  it("is Secrets Manager beside it, with the prefixes that the stack names and no other", () => {
    const given = {
      connections_prefix: "airflow/connections",
      connections_lookup_pattern: "^films",
      extra_conn_words: { host: ["address"] },
    };
    const kwargs = { ...given, variables_prefix: null, config_prefix: null };
    const secretsManager = { kwargs, nameBeginnings: ["airflow/connections/"] };
    for (const one of [given, JSON.stringify(given)]) {
      assert.deepEqual(read(SECRETS_MANAGER, one), { value: { secretsManager }, said: "" });
    }
    const { value } = read(SECRETS_MANAGER, {
      ...{ connections_prefix: "air.conn", variables_prefix: "air.var", sep: "-" },
    });
    assert.deepEqual(value.secretsManager?.nameBeginnings, ["air.conn-", "air.var-"]);
  });

  const wrong: [string, unknown, unknown, RegExp][] = [
    [
      "another backend",
      "a.VaultBackend",
      undefined,
      /secrets\.backend is "a\.VaultBackend"; allowed: \S+SecretsManagerBackend, \S+ParameterStoreBackend/,
    ],
    ["Secrets Manager without a prefix", SECRETS_MANAGER, undefined, /connections_prefix, var/],
    ["all secrets", SECRETS_MANAGER, { connections_prefix: "" }, /how the names of secrets begin/],
    ["a separator that is none", SECRETS_MANAGER, { variables_prefix: "a", sep: ":" }, /one of \//],
    [
      "words that are no map",
      SECRETS_MANAGER,
      { connections_prefix: "a", extra_conn_words: ["x"] },
      /extra_conn_words is \["x"\]; allowed: a map of fields/,
    ],
    [
      "configuration in Secrets Manager",
      SECRETS_MANAGER,
      { connections_prefix: "a", config_prefix: "b" },
      /MWAA keeps Airflow's configuration itself/,
    ],
    [
      "a role of the backend's own",
      SECRETS_MANAGER,
      { connections_prefix: "a", role_arn: "arn:aws:iam::1:role/x" },
      /the backend works as the execution role/,
    ],
    ["arguments that are no map", undefined, "[1]", /backend_kwargs is "\[1\]"; allowed: a map/],
    ["arguments that are no JSON", undefined, "{", /backend_kwargs is "\{"; allowed: a map/],
    [
      "other Variables",
      undefined,
      { variables_prefix: "/x" },
      /variables_prefix is "\/x".*environmentName/,
    ],
    [
      "Variables hidden",
      undefined,
      { variables_lookup_pattern: "^x" },
      /it would hide the stack's Variables/,
    ],
    [
      "configuration",
      undefined,
      { config_prefix: "/x" },
      /MWAA keeps Airflow's configuration itself/,
    ],
    ["another region", undefined, { region_name: "eu-west-1" }, /in the stack's region/],
    [
      "a relative path",
      undefined,
      { connections_prefix: "x/" },
      /a path as \/airflow\/connections/,
    ],
    [
      "the service's own path",
      undefined,
      { connections_prefix: "/aws/x" },
      /not below \/aws or \/ssm/,
    ],
    [
      "a pattern that is none",
      undefined,
      { connections_lookup_pattern: "(" },
      /a regular expression/,
    ],
  ];
  for (const [what, backend, kwargs, message] of wrong) {
    it(`refuses ${what}`, () => assert.match(read(backend, kwargs).said, message));
  }

  it("refuses another one of tasks, which have that of the Variables", () => {
    for (const option of ["workers.secrets_backend", "workers.secrets_backend_kwargs"]) {
      const problems: Problem[] = [];
      readSecretsBackend({ [option]: "x" }, problems);
      assert.match(
        problems.map(describeProblem).join(),
        new RegExp(`${option} is "x"; allowed: none: tasks ask Parameter Store first`),
      );
    }
  });
});
