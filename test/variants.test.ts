import assert from "node:assert/strict";
import * as path from "node:path";

import { DEFAULTS } from "../checks/defaults";
import { SERVICES } from "../components/plan";
import program from "../index";
import { mandatoryFindings } from "./components/packFindings";
import { assertGolden } from "./goldenFile";
import { VARIANTS } from "./judges/variants";
import { type Recording, record } from "./mocks";
import { stackConfig } from "./stackFiles";

const GOLDEN = path.join(__dirname, "golden", "variants.txt");

/** Variants whose networks, permissions, buckets or keys are others than those of `prod`. */
const BROUGHT = [
  "a key that is there",
  "permissions boundary and path",
  "web server in both places",
  "security groups of its VPC",
  "a VPC that is there",
  "no NAT gateway",
  "one NAT gateway, own options",
  "a bucket and a role that are there",
  "Variables, statements and policies of a team's own",
  "connections in Secrets Manager, with a key",
  "connections in Parameter Store, with keys",
];

/** What a stack has, a line for each resource. */
const resources = ({ registrations }: Recording<unknown>): string[] =>
  registrations
    .filter(({ type }) => type !== "pulumi:pulumi:Stack")
    .map(({ type, name }) => `${type} ${name}`)
    .sort();

describe("a stack of one's own network, permissions, bucket and key", () => {
  const platform = { pipelines: [], services: [...SERVICES] };
  const recorded = (
    config: Readonly<Record<string, unknown>>,
    functions?: (typeof VARIANTS)[number]["functions"],
  ) => {
    // The settings of pipelines are left out: any of these may be removed.
    const own = Object.entries(config).filter(([key]) => key === "aws:region" || key in DEFAULTS);
    return record(() => program(), {
      ...{ stack: "prod", functions },
      config: { ...Object.fromEntries(own), ...platform },
    });
  };
  let plain: Recording<unknown>;
  const variants: [string, Recording<unknown>][] = [];

  before(async () => {
    plain = await recorded(stackConfig("prod"));
    for (const { name, config, functions } of VARIANTS) {
      if (BROUGHT.includes(name)) {
        variants.push([name, await recorded(config, functions)]);
      }
    }
    assert.equal(variants.length, BROUGHT.length);
  });

  it("has what is expected beside, and in place of, what prod has", () => {
    const there = resources(plain);
    const found = variants
      .map(([name, recording]) => {
        const has = resources(recording);
        return [
          name,
          ...there.filter((one) => !has.includes(one)).map((one) => `  - ${one}`),
          ...has.filter((one) => !there.includes(one)).map((one) => `  + ${one}`),
          "",
        ].join("\n");
      })
      .join("\n");
    assertGolden(GOLDEN, found, __filename, "The graph of a variant changed.");
  });

  it("passes the policy pack's mandatory rules as prod does", () => {
    // A public web server is what that variant asks for, and its stack's configuration has to allow.
    const known = [...mandatoryFindings(plain), "mwaa-private-webserver: airflow-environment"];
    for (const [name, recording] of variants) {
      assert.deepEqual(
        mandatoryFindings(recording).filter((one) => !known.includes(one)),
        [],
        name,
      );
    }
  });
});
