import assert from "node:assert/strict";

import { evaluate } from "../../policy/evaluate";
import { rules } from "../../policy/index";
import { STACKS, StackName, listsShipped } from "../stackFiles";
import { levelsOf } from "./levels";
import { RecordedResource } from "./mutant";
import { recording } from "./recorded";
import { asSeen } from "./seen";

const TODAY = "2026-06-30";

type Statement = Record<string, unknown> & { Resource?: unknown };

/** A policy of a role's with one of its resources widened. */
interface Widened {
  readonly what: string;
  readonly changed: RecordedResource;
}

/** What a resource becomes. */
const WIDER: Readonly<Record<string, (arn: string) => string>> = {
  everything: () => "*",
  "all of its service": (arn) => `${arn.split(":").slice(0, 5).join(":")}:*`,
};

/** Every policy of a stack, once for each resource of each statement, with that one widened. */
function widened(
  recorded: readonly RecordedResource[],
  widen: (resource: string) => string,
): Widened[] {
  return recorded
    .filter(({ type }) => /^aws:iam\/(rolePolicy:RolePolicy|policy:Policy)$/.test(type))
    .flatMap((policy) => {
      const document = JSON.parse(String(policy.props.policy)) as { Statement: Statement[] };
      return document.Statement.flatMap((statement, i) =>
        resourcesOf(statement, widen).map(([resource, wide]) => {
          const Statement = document.Statement.map((one, n) => (n === i ? wide : one));
          return {
            what: `${policy.name}: ${String(statement.Sid)}: ${resource}`,
            changed: {
              ...policy,
              props: { ...policy.props, policy: JSON.stringify({ ...document, Statement }) },
            },
          };
        }),
      );
    });
}

/** Each resource of a statement, and the statement with that one widened. */
function resourcesOf(
  statement: Statement,
  widen: (resource: string) => string,
): [string, Statement][] {
  const { NotResource, ...rest } = statement;
  if (NotResource !== undefined) {
    return [[`all but ${JSON.stringify(NotResource)}`, { ...rest, Resource: "*" }]];
  }
  const resources = [statement.Resource].flat() as string[];
  return resources.flatMap((resource, i): [string, Statement][] =>
    resource === "*"
      ? []
      : [
          [
            resource,
            { ...statement, Resource: resources.map((one, n) => (n === i ? widen(one) : one)) },
          ],
        ],
  );
}

/** What the rules about permissions refuse in a policy alone, as the stack has them enforced. */
function refusals(stack: StackName, policy: RecordedResource): string[] {
  const levels = levelsOf(stack);
  return rules
    .filter(([{ name }]) => levels[name].level === "mandatory")
    .filter(([{ name }]) => name.startsWith("iam-"))
    .flatMap(([rule]) =>
      evaluate(rule, asSeen([policy]), levels[rule.name].configuration, TODAY).violations.map(
        ({ message }) => `${rule.name}: ${message}`,
      ),
    );
}

describe("a grant that is widened", () => {
  for (const stack of STACKS) {
    const recorded = recording(stack, "deployed").map((one) => ({
      ...one,
      propertyDependencies: {},
    }));
    const before = new Map(
      recorded
        .filter(({ type }) => type.startsWith("aws:iam/"))
        .map((one) => [one.name, refusals(stack, one)]),
    );

    for (const [how, widen] of Object.entries(WIDER)) {
      const all = widened(recorded, widen);

      it(`is refused in ${stack}, for each of ${all.length} resources that becomes ${how}`, () => {
        assert.ok(all.length > (listsShipped(stack) ? 100 : 0));
        const survivors = all.filter(({ changed }) => {
          const known = before.get(changed.name) ?? [];
          return refusals(stack, changed).every((refusal) => known.includes(refusal));
        });
        assert.deepEqual(
          survivors.map(({ what }) => what),
          [],
        );
      });
    }
  }
});
