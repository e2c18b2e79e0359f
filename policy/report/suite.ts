/** One case of a report of JUnit's. */
export interface Case {
  readonly name: string;
  readonly className: string;
  /** What makes it fail; undefined where it passes. */
  readonly failure?: { readonly type: string; readonly message: string };
  /** What kept it from being run. */
  readonly error?: string;
}

/** A suite of a report of JUnit's. */
export interface Suite {
  readonly name: string;
  /** Seconds since 1970. */
  readonly started: number;
  readonly cases: readonly Case[];
  /** What is said beside the cases. */
  readonly said: string;
}

/** A report of one suite, as the schema of Ant's JUnit task has it. */
export function report({ name, started, cases, said }: Suite): string {
  const failures = cases.filter(({ failure }) => failure !== undefined).length;
  const errors = cases.filter(({ error }) => error !== undefined).length;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    "<testsuites>",
    `  <testsuite id="0" name="${escaped(name)}" package="${escaped(name)}" hostname="localhost" ` +
      `timestamp="${new Date(started * 1000).toISOString().slice(0, 19)}" time="0" ` +
      `tests="${cases.length}" failures="${failures}" errors="${errors}">`,
    "    <properties/>",
    ...cases.map(written),
    `    <system-out>${escaped(said)}</system-out>`,
    "    <system-err/>",
    "  </testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}

function written({ name, className, failure, error }: Case): string {
  const head = `    <testcase name="${escaped(name)}" classname="${escaped(className)}" time="0"`;
  const [element, type, message] =
    failure !== undefined ? ["failure", failure.type, failure.message] : ["error", "error", error];
  return message === undefined
    ? `${head}/>`
    : `${head}><${element} type="${escaped(type)}" message="${escaped(message.split("\n")[0])}">` +
        `${escaped(message)}</${element}></testcase>`;
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
