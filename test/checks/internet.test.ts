import assert from "node:assert/strict";

import { asksInternet, withoutInternet } from "../../checks/internet";
import { describeProblem } from "../../checks/problem";

describe("requirements that ask the internet", () => {
  const cases: [string, string, boolean][] = [
    ["nothing", "", false],
    ["comments alone", "# humanize\n\n", false],
    ["a package of an index", "humanize==4.15.0\n", true],
    [
      "a package without an index",
      "--no-index\n--find-links /usr/local/airflow/plugins\nhumanize==4.15.0\n",
      false,
    ],
    [
      "constraints at an address",
      '--no-index\n--constraint "https://example.com/c.txt"\nhumanize==4.15.0\n',
      true,
    ],
    ["a package at an address", "--no-index\nx @ https://example.com/x.whl\n", true],
    ["an address in a comment", "--no-index # https://pypi.org\n./x.whl\n", false],
  ];
  for (const [what, text, asks] of cases) {
    it(`are ${asks ? "" : "not "}those with ${what}`, () => {
      assert.equal(asksInternet(text), asks);
    });
  }

  it("are refused by their setting, with what to do", () => {
    const [problem] = withoutInternet(
      [{ setting: "requirementsFile", value: "dags/r.txt", remedy: "Lock it." }],
      "the VPC",
    );
    assert.equal(
      describeProblem(problem),
      'requirementsFile is "dags/r.txt"; allowed: what needs no internet: the VPC has no way to it. Lock it.',
    );
  });
});
