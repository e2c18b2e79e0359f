import { Configuration } from "../../policy/evaluate";
import { Case, resource } from "./graph";

type Properties = Record<string, unknown>;

/** What becomes of a rule's verdict when a good resource is changed; undefined removes a property. */
export interface Variants {
  /** Changes that the rule lets pass, by what they are. */
  readonly passes?: Readonly<Record<string, Properties>>;
  /** Changes that it refuses, each with what it says of them; of a list, once for each. */
  readonly refuses: Readonly<Record<string, readonly [Properties, RegExp | readonly RegExp[]]>>;
  /** Changes that it does not decide, each with what it says is not known. */
  readonly undecided?: Readonly<Record<string, readonly [Properties, RegExp]>>;
  /** Changes that only a stack's own parameters let pass or refuse. */
  readonly configured?: Readonly<
    Record<string, readonly [Properties, Configuration, RegExp | undefined]>
  >;
}

/** The table of a rule that looks at one resource: a good one, and it changed. */
export function variants(
  type: string,
  good: Properties,
  { passes = {}, refuses, undecided = {}, configured = {} }: Variants,
): Case[] {
  const changed = (changes: Properties) => [resource(type, "subject", { ...good, ...changes })];
  const bad = Object.entries(refuses);
  return [
    { when: "all is well", resources: changed({}) },
    ...Object.entries(passes).map(([when, changes]) => ({ when, resources: changed(changes) })),
    ...bad.map(([when, [changes, said]]) => ({
      when,
      resources: changed(changes),
      violations: [said].flat().map((message) => ["subject", message] as const),
    })),
    ...Object.entries(undecided).map(([when, [changes, notChecked]]) => ({
      when,
      resources: changed(changes),
      notChecked,
    })),
    ...Object.entries(configured).map(([when, [changes, configuration, said]]) => ({
      when,
      resources: changed(changes),
      configuration,
      violations: said === undefined ? [] : [["subject", said] as const],
    })),
    {
      when: "a resource has another type",
      resources: [resource("aws:sqs/queue:Queue", "queue", { ...good, ...bad[0]?.[1][0] })],
    },
  ];
}
