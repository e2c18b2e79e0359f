import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { type LocalFile, readFolder } from "./localFiles";

/** What a pipeline adds to the files of the environment. */
export interface PipelineAdditions {
  /** Python requirements, each a name with an exact version: `humanize==4.15.0`. */
  readonly requirements?: readonly string[];
  /** Folder whose files go into plugins.zip, relative to the project's. */
  readonly plugins?: string;
  /** Environment variables that the start-up script exports in each component of Airflow. */
  readonly startup?: Readonly<Record<string, string>>;
}

/** What the listed pipelines add together. */
export interface Additions {
  readonly requirements: readonly string[];
  readonly plugins: readonly LocalFile[];
  /** Lines for the start-up script. */
  readonly exports: readonly string[];
}

export const NO_ADDITIONS: Additions = { requirements: [], plugins: [], exports: [] };

const REQUIREMENT = /^([A-Za-z0-9][A-Za-z0-9._-]*)(\[[\w,-]+\])?==[\w.+!-]+$/;
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Merges what pipelines add.
 *
 * @param root folder of the project
 * @throws when two add different things under one name, or one is not as MWAA takes it
 */
export function additionsOf(
  pipelines: readonly ({ readonly name: string } & PipelineAdditions)[],
  root: string,
): Additions {
  const requirements = new Owned("Python requirement");
  const plugins = new Owned("plugin");
  const exported = new Owned("start-up variable");
  const files = new Map<string, LocalFile>();
  for (const { name, requirements: wanted = [], plugins: folder, startup = {} } of pipelines) {
    for (const requirement of wanted) {
      requirements.add(name, requirementName(name, requirement), requirement);
    }
    const found = folder === undefined ? [] : readFolder(name, path.resolve(root, folder), []);
    for (const file of found) {
      plugins.add(name, file.path, file.hash);
      files.set(file.path, file);
    }
    for (const [variable, value] of Object.entries(startup)) {
      if (!VARIABLE.test(variable)) {
        throw new pulumi.RunError(`${name} exports ${variable}, which is no name of a variable.`);
      }
      exported.add(name, variable, value);
    }
  }
  return {
    requirements: requirements.values(),
    plugins: [...files.values()].sort((a, b) => (a.path < b.path ? -1 : 1)),
    exports: exported
      .entries()
      .map(([variable, value]) => `export ${variable}='${value.replaceAll("'", "'\\''")}'`),
  };
}

/** The name that Python's packages are told apart by. */
function requirementName(pipeline: string, requirement: string): string {
  const [, name] = REQUIREMENT.exec(requirement) ?? [];
  if (name === undefined) {
    throw new pulumi.RunError(
      `${pipeline} requires ${JSON.stringify(requirement)}; allowed: name==version, such as humanize==4.15.0.`,
    );
  }
  return normalized(name);
}

function normalized(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, "-");
}

/** Values by name, each with whose it is. */
class Owned {
  private readonly found = new Map<string, { readonly owner: string; readonly value: string }>();

  public constructor(private readonly what: string) {}

  public add(owner: string, name: string, value: string): void {
    const other = this.found.get(name);
    if (other !== undefined && other.value !== value) {
      throw new pulumi.RunError(
        `The ${this.what} ${name} is of ${other.owner} and of ${owner}, and differs: ` +
          "make it the same in both, or rename it in one.",
      );
    }
    this.found.set(name, { owner, value });
  }

  public entries(): [string, string][] {
    return [...this.found].map(([name, { value }]) => [name, value]);
  }

  public values(): string[] {
    return this.entries().map(([, value]) => value);
  }
}

/**
 * A requirements file with further lines.
 *
 * @param text content of the file, or undefined where there is none
 * @throws when the file has one of the packages in another version
 */
export function withRequirements(text: string | undefined, lines: readonly string[]): string {
  const own = (text ?? "").split(/\r?\n/).filter((line) => line.trim() !== "");
  for (const line of lines) {
    const [, name] = REQUIREMENT.exec(line) ?? [];
    const other = own.find((one) => {
      const [, first] = /^([A-Za-z0-9][A-Za-z0-9._-]*)/.exec(one.trim()) ?? [];
      return first !== undefined && name !== undefined && normalized(first) === normalized(name);
    });
    if (other !== undefined && other.trim() !== line) {
      throw new pulumi.RunError(
        `A pipeline requires ${line}, and requirementsFile has ${other.trim()}: make them the same.`,
      );
    }
  }
  return [...own, ...lines.filter((line) => !own.includes(line))]
    .map((line) => `${line}\n`)
    .join("");
}

/** A start-up script that exports further variables, before what it does itself. */
export function withExports(script: string | undefined, exports: readonly string[]): string {
  const [first = "", ...rest] = (script ?? "#!/bin/bash\n").split("\n");
  const lines = first.startsWith("#!")
    ? [first, ...exports, ...rest]
    : [...exports, first, ...rest];
  return `${lines.join("\n").replace(/\n*$/, "")}\n`;
}
