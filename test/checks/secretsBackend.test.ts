import assert from "node:assert/strict";

import { type Problem, describeProblem } from "../../checks/problem";
import { SECRETS_BACKEND, readSecretsBackend } from "../../checks/secretsBackend";

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
      assert.deepEqual(read(SECRETS_BACKEND, given), { value, said: "" });
    }
  });

  const wrong: [string, unknown, unknown, RegExp][] = [
    [
      "another backend",
      "a.SecretsManagerBackend",
      undefined,
      /Airflow has one backend, and the stack's Variables/,
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
});
