import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { PolicyResource } from "@pulumi/policy";
import fc from "fast-check";

import { Configuration, evaluate } from "../../policy/evaluate";
import { rules } from "../../policy/index";
import { Rule } from "../../policy/rule";
import { tables } from "./graph";
import { build } from "./networks/build";
import { RULES, networks } from "./networks/networks";
import { recording } from "./recorded";
import { asSeen } from "./seen";
import { WRONG, argumentsOf, pathsIn, replaced, withArguments } from "./wrongValues";

// The tables of all rules, which are tested as well where the file that loads this is run alone.
fs.readdirSync(__dirname, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .flatMap(({ name }) => fs.readdirSync(path.join(__dirname, name)).map((file) => [name, file]))
  .filter(([, file]) => file.endsWith(".test.ts"))
  .forEach(([name, file]) => {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- one file a service or more, found here
    require(path.join(__dirname, name, file));
  });

/** Resources that a rule is asked about. */
export interface Asked {
  readonly resources: readonly PolicyResource[];
  readonly configuration?: Configuration;
}

/** Programs for a rule: those of its own table, other people's networks, or else a shipped stack. */
function programsOf(rule: string): readonly Asked[] {
  const own = tables.filter((one) => one.rule.name === rule).flatMap(({ cases }) => cases);
  const others = RULES.includes(rule)
    ? networks.flatMap(({ parts }) => [
        { resources: build(parts, "planned") },
        { resources: build(parts, "deployed") },
      ])
    : [];
  const all = [...own, ...others].filter(({ resources }) => resources.length > 0);
  return all.length > 0
    ? all
    : asSeen(recording("prod", "planned")).map((r) => ({ resources: [r] }));
}

/** Every rule with the programs that it is asked about; call it within a test, when all tables are loaded. */
export function asked(): readonly { readonly rule: Rule; readonly programs: readonly Asked[] }[] {
  return rules.map(([rule]) => ({ rule, programs: programsOf(rule.name) }));
}

/** What a rule says where it throws; nothing where it answers. */
export function failuresOf(
  rule: Rule,
  resources: readonly PolicyResource[],
  configuration?: Configuration,
): string[] {
  // What is not known yet is told by errors, millions of them here, whose stack traces took two thirds of the time.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return evaluate(rule, resources, configuration, "2026-06-30")
      .violations.filter(({ message }) => message.startsWith("The rule failed"))
      .map(({ message }) => `${rule.name}: ${message}`);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** One of a list, by any number. */
const pick = <T>(list: readonly T[], number: number): T => list[number % list.length];

/** Programs in which a few arguments are missing, null, not known yet or of another type, at any depth. */
const CHANGES = fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat()), { minLength: 1, maxLength: 3 });

/** That a rule answers about such programs. */
export function answers(): fc.IProperty<unknown> {
  const all = asked();
  return fc.property(fc.nat(), fc.nat(), CHANGES, (ruleNumber, programNumber, changes) => {
    const { rule, programs } = pick(all, ruleNumber);
    const { resources, configuration } = pick(programs, programNumber);
    const changed = [...resources];
    for (const [resourceNumber, pathNumber, valueNumber] of changes) {
      const index = resourceNumber % changed.length;
      const given = argumentsOf(changed[index]);
      const places = pathsIn(given).filter(({ length }) => length > 0);
      if (places.length > 0) {
        changed[index] = withArguments(
          changed[index],
          replaced(given, pick(places, pathNumber), pick(WRONG, valueNumber)),
        );
      }
    }
    assert.deepEqual(
      failuresOf(rule, changed, configuration),
      [],
      JSON.stringify(changed.map((one) => [one.type, one.name, argumentsOf(one)])),
    );
  });
}
