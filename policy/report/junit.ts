import { Finding, Run } from "./events";

/** A run as a report of JUnit's: one case a finding, of which those fail that stop the update. */
export function junit({ findings, errors, started }: Run, pack: string): string {
  const cases = [
    ...findings.map(caseOf),
    ...errors.map(
      (text, index) =>
        `    <testcase name="error ${index + 1}" classname="${escaped(pack)}" time="0">` +
        `<error type="error" message="${escaped(firstLine(text))}">${escaped(text)}</error></testcase>`,
    ),
  ];
  // A suite of no cases reads as a run that did not happen.
  const all =
    cases.length > 0
      ? cases
      : [`    <testcase name="nothing found" classname="${escaped(pack)}" time="0"/>`];
  const others = findings
    .filter(({ outcome }) => outcome !== "refused")
    .map(({ outcome, rule, message, reason }) =>
      [
        `${outcome}: ${rule}: ${message}`,
        ...(reason === undefined ? [] : [`Reason: ${reason}`]),
      ].join("\n"),
    );
  const failures = findings.filter(({ outcome }) => outcome === "refused").length;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    "<testsuites>",
    `  <testsuite id="0" name="${escaped(pack)}" package="${escaped(pack)}" hostname="localhost" ` +
      `timestamp="${new Date(started * 1000).toISOString().slice(0, 19)}" time="0" ` +
      `tests="${all.length}" failures="${failures}" errors="${errors.length}">`,
    "    <properties/>",
    ...all,
    `    <system-out>${escaped(others.join("\n\n"))}</system-out>`,
    "    <system-err/>",
    "  </testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}

function caseOf({ rule, urn, message, outcome }: Finding): string {
  const where = urn === undefined ? "the stack" : urn.split("::").slice(3).join("::");
  const head = `    <testcase name="${escaped(where)}" classname="${escaped(rule)}" time="0"`;
  return outcome === "refused"
    ? `${head}><failure type="mandatory" message="${escaped(firstLine(message))}">` +
        `${escaped(message)}</failure></testcase>`
    : `${head}/>`;
}

function firstLine(text: string): string {
  return text.split("\n")[0];
}

const NAMES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

/** What XML 1.0 has no sign for: control characters and halves of pairs. */
const UNSPEAKABLE = new RegExp(
  "[\\0-\\x08\\x0b\\x0c\\x0e-\\x1f\\ufffe\\uffff]" +
    "|[\\ud800-\\udbff](?![\\udc00-\\udfff])|(?<![\\ud800-\\udbff])[\\udc00-\\udfff]",
  "g",
);

/** Text as XML takes it. */
function escaped(text: string): string {
  return text.replace(UNSPEAKABLE, "?").replace(/[&<>"]/g, (sign) => NAMES[sign]);
}
