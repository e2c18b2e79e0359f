import type { Problem } from "./problem";

/** A line of a requirements file that asks for something or names something. */
export interface RequirementLine {
  /** Number of the line that it begins on, from 1. */
  readonly number: number;
  /** Without its comment, continued lines joined. */
  readonly text: string;
}

/** Where MWAA unpacks DAGs and plugins.zip: the folders that a requirements file may name. */
export const AIRFLOW_HOME = "/usr/local/airflow";

// pip finds these before it tries UTF-8.
const BYTE_ORDER_MARKS: readonly (readonly [string, readonly number[]])[] = [
  ["utf-8", [0xef, 0xbb, 0xbf]],
  ["utf-16le", [0xff, 0xfe]],
  ["utf-16be", [0xfe, 0xff]],
];

/** A comment, as pip sees one. */
const COMMENT = /(^|\s+)#.*$/;

/**
 * Reads a requirements file as pip does: the encoding from a byte order mark, else UTF-8.
 *
 * @returns the text; undefined where it is in neither
 */
export function decodeRequirements(content: Uint8Array): string | undefined {
  const [encoding] = BYTE_ORDER_MARKS.find(([, mark]) =>
    mark.every((byte, i) => content[i] === byte),
  ) ?? ["utf-8"];
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(content);
    return text.includes("\0") ? undefined : text;
  } catch {
    return undefined;
  }
}

/**
 * The lines of a requirements file as pip reads them: a backslash joins a line to the next one.
 *
 * Source: https://pip.pypa.io/en/stable/reference/requirements-file-format/
 */
export function requirementLines(text: string): RequirementLine[] {
  const lines: RequirementLine[] = [];
  let open: RequirementLine | undefined;
  const rows = text.split(/\r\n|[\n\r\v\f]/);
  for (const [i, row] of rows.entries()) {
    const comment = row.trimStart().startsWith("#");
    const continued = row.endsWith("\\") && !comment && i < rows.length - 1;
    const joined: string = (open?.text ?? "") + (continued ? row.slice(0, -1) : row);
    open = { number: open?.number ?? i + 1, text: joined };
    if (!continued) {
      lines.push(open);
      open = undefined;
    }
  }
  return lines
    .map(({ number, text: line }) => ({ number, text: line.replace(COMMENT, "").trim() }))
    .filter(({ text: line }) => line !== "");
}

/** The value of an option of pip's, in any way that it may be written; undefined where the line is something else. */
export function optionValue(line: string, short: string, long: string): string | undefined {
  const [, abbreviated, value] =
    /^(--[a-z-]+)[\s=]\s*(.*)$/.exec(line) ?? /^(-[a-z])\s*(.*)$/.exec(line) ?? [];
  // Six letters of a long option tell it from the others.
  const named = (name: string): boolean =>
    name === short || (name.length >= 6 && long.startsWith(name));
  return abbreviated !== undefined && named(abbreviated)
    ? value.replace(/^(["'])(.*)\1$/, "$2")
    : undefined;
}

/** The constraints that the file names: addresses or paths. */
export function constraintsOf(lines: readonly RequirementLine[]): string[] {
  return lines.flatMap(({ text }) => optionValue(text, "-c", "--constraint") ?? []);
}

/**
 * Checks what MWAA would find half an hour into a creation, or go on without the packages for.
 *
 * MWAA keeps its own version of Airflow in every installation, and has nothing but the file itself
 * beside DAGs and plugins.
 *
 * Sources: https://docs.aws.amazon.com/mwaa/latest/userguide/working-dags-dependencies.html,
 * https://github.com/aws/amazon-mwaa-docker-images
 *
 * @param name how messages name the file
 */
export function checkRequirements(
  name: string,
  content: Uint8Array,
  airflowVersion: string,
): Problem[] {
  const text = decodeRequirements(content);
  if (text === undefined) {
    return [
      {
        setting: "requirementsFile",
        value: name,
        allowed: "a text file in UTF-8, or in UTF-16 that begins with a byte order mark",
        remedy: "Save it in UTF-8.",
      },
    ];
  }
  return requirementLines(text).flatMap(({ number, text: line }) => {
    const problem = (allowed: string, remedy: string): Problem[] => [
      { setting: `${name}, line ${number}`, value: line, allowed, remedy },
    ];
    const constraint = optionValue(line, "-c", "--constraint");
    const constrained = /\bconstraints-(\d+\.\d+\.\d+)\b/.exec(constraint ?? "");
    if (constrained !== null && constrained[1] !== airflowVersion) {
      return problem(
        `constraints of Airflow ${airflowVersion}, the airflowVersion`,
        "Make them the same.",
      );
    }
    if (admits(line, airflowVersion) === false) {
      return problem(
        `Airflow ${airflowVersion}, the airflowVersion, which MWAA keeps in every installation`,
        "Take the line out, or change airflowVersion.",
      );
    }
    const file = constraint ?? optionValue(line, "-r", "--requirement") ?? localPath(line);
    return file !== undefined && isRelative(file)
      ? problem(
          `an address, or a path such as ${AIRFLOW_HOME}/dags/FILE or ${AIRFLOW_HOME}/plugins/FILE: ` +
            "MWAA has nothing else beside the requirements",
          "Put the file into the DAG folder or the plugins, and name it by that path.",
        )
      : [];
  });
}

/** What a line has in place of a package's name: a path to install from; undefined where it is none. */
function localPath(line: string): string | undefined {
  const editable = optionValue(line, "-e", "--editable");
  const target = editable ?? (line.startsWith("-") ? undefined : line);
  return target !== undefined && /^(\.{1,2}$|[^@;]*\/)/.test(target) ? target : undefined;
}

function isRelative(file: string): boolean {
  return !/^([a-z][a-z0-9+.-]*:|\/|\$\{)/i.test(file);
}

/** Whether a line admits this Airflow; undefined where it is about something else, or not plain. */
function admits(line: string, airflowVersion: string): boolean | undefined {
  const [requirement] = line.split(/\s--/);
  const [, specifier] =
    /^apache[-_.]+airflow\s*(?:\[[^\]]*\])?\s*\(?([^;@()]*)\)?$/i.exec(requirement) ?? [];
  if (specifier === undefined) {
    return undefined;
  }
  const release = (version: string): number[] => version.split(".").map(Number);
  const clauses = specifier
    .split(",")
    .map((clause) => clause.trim())
    .filter((clause) => clause !== "")
    .map((clause) => /^(===?|!=|~=|<=?|>=?)\s*(\d+(?:\.\d+)*)(\.\*)?$/.exec(clause));
  return clauses.includes(null)
    ? undefined
    : (clauses as RegExpExecArray[]).every(([, operator, version, any]) => {
        const wanted = release(version);
        const order = compare(release(airflowVersion), wanted);
        const within = (parts: number): boolean =>
          compare(release(airflowVersion).slice(0, parts), wanted.slice(0, parts)) === 0;
        const same = any === undefined ? order === 0 : within(wanted.length);
        return {
          "==": same,
          "===": same,
          "!=": !same,
          "~=": order >= 0 && within(wanted.length - 1),
          "<": order < 0,
          "<=": order <= 0,
          ">": order > 0,
          ">=": order >= 0,
        }[operator];
      });
}

/** Less than 0, 0, or more: how two releases follow each other; a part that is missing is 0. */
function compare(one: readonly number[], other: readonly number[]): number {
  const length = Math.max(one.length, other.length);
  return Array.from({ length }, (_, i) => (one[i] ?? 0) - (other[i] ?? 0)).find(Boolean) ?? 0;
}
