import { evaluate } from "../../policy/evaluate";
import { rules } from "../../policy/index";
import { MOCKED_ID, type Recording } from "../mocks";
import { resource } from "../policy/graph";
import { levelsOf } from "../policy/levels";

/** Rules that are advice in production as well. */
const ADVICE = Object.entries(levelsOf("prod"))
  .filter(([, { level }]) => level !== "mandatory")
  .map(([name]) => name);

/** What the policy pack's mandatory rules say of what a program registered: `rule: resource`, sorted. */
export function mandatoryFindings({ registrations }: Recording<unknown>): string[] {
  const seen = registrations
    .filter(({ type }) => type.startsWith("aws:"))
    .map(({ type, name, inputs }) => resource(type, name, inputs));
  return rules
    .filter(([{ name }]) => !ADVICE.includes(name))
    .flatMap(([rule]) =>
      evaluate(rule, seen)
        .violations.filter(({ message }) => !MOCKED_ID.test(message))
        .map(({ urn }) => `${rule.name}: ${seen.find((r) => r.urn === urn)?.name ?? "the stack"}`),
    )
    .sort();
}
