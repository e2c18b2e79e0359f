import { createHash, randomBytes } from "node:crypto";

import { Unwrap } from "@pulumi/pulumi";

import type { Check } from "./checks";

/** Properties of a resource as the engine hands them over: plain JSON values. */
export type Properties = Record<string, unknown>;

/** What a resource takes, with every Output's value in its place. */
export type Plain<Args> = Unwrap<Args>;

/** A change of a resource, for an update. */
export interface Change<Args> {
  readonly id: string;
  readonly inputs: Args;
  /** Inputs and outputs as they were. */
  readonly olds: Args & Properties;
  /** The inputs that differ. */
  readonly changed: ReadonlySet<keyof Args>;
}

/** The official provider's code that a row was held against, as the release that docs/provider.md names has it. */
export interface Source {
  /** The file in hashicorp/terraform-provider-aws. */
  readonly file: string;
  /** The commit that was read, where the file of the release could not be. Default: the release */
  readonly commit?: string;
  /** What the row does otherwise, each with the reason. */
  readonly differences?: readonly string[];
}

/** Minutes for a creation, a change and a deletion to be done. */
export interface Waits {
  readonly create?: number;
  readonly update?: number;
  readonly delete?: number;
}

/**
 * One resource type: which AWS calls create, read, update and delete it, where its id and computed outputs come
 * from, and which inputs force a replacement. Names are those of the official provider.
 */
export interface Row<Args> {
  /** Every input that is understood; any other is an error, never ignored. */
  readonly args: readonly (keyof Args & string)[];
  /**
   * What is understood of inputs that are structures: the members at each path, as `rules.filter`. Lists are passed
   * through. A path that is not here takes any member.
   */
  readonly members?: Readonly<Record<string, readonly string[]>>;
  /** Inputs that AWS cannot change on what is there. */
  readonly replaceOn: readonly (keyof Args & string)[];
  /** Inputs that AWS decides on where they are left out: what is there then stays, and is no change. */
  readonly leftOut?: readonly (keyof Args & string)[];
  /** What the official provider refuses before it calls AWS, by the path of the input. */
  readonly checks?: Readonly<Record<string, Check>>;
  /** What it refuses of inputs together; those that are not known yet are there as such. @returns what is wrong. */
  readonly together?: (inputs: Args) => string | undefined;
  /** What it asks AWS, or refuses, before anything is made or changed, of inputs that are known. */
  readonly plan?: (
    inputs: Args,
    changed?: ReadonlySet<keyof Args>,
    olds?: Args & Properties,
  ) => Promise<void>;
  readonly source?: Source;
  /** Whether a change of an input that AWS can change at other times has to replace this time. */
  readonly alsoReplaces?: (input: keyof Args & string, olds: Args, news: Args) => boolean;
  /** Outputs beside the inputs: not known before the resource is made. */
  readonly computed: readonly string[];
  /** Outputs that an update of these inputs gives a new value, as the version of an object; default: none. */
  readonly volatile?: (changed: ReadonlySet<keyof Args>) => readonly string[];
  /** The input that names the resource: made from the logical name where it is left out. */
  readonly autoName?: {
    readonly input: keyof Args & string;
    readonly prefix?: keyof Args & string;
    /** Default: 255 characters. */
    readonly maxLength?: number;
  };
  /** How long the row waits for AWS, in minutes, as the official provider does where the program says nothing. */
  readonly waits?: Waits;
  /** Whether the old one always goes before the new one comes, as two of them would be the same thing to AWS. */
  readonly deleteBeforeReplace?: boolean;
  /**
   * The id, where it follows from the inputs and creating a second one fails or takes over what is there. It is noted
   * before the creation: a kill while AWS is at work leaves no thing that nobody knows.
   */
  readonly idOf?: (inputs: Args) => string | undefined | Promise<string>;
  /**
   * Calls `made` with the id as soon as the resource is there, where more is to be done or waited for after that: where
   * the rest fails, the engine keeps it as one that is not right yet, as with the official provider.
   *
   * @returns the id and the computed outputs.
   */
  create(inputs: Args, made: (id: string) => void): Promise<{ id: string; outputs: Properties }>;
  /** @returns what is really there, inputs and outputs; undefined where nothing is. */
  read(id: string, props: Args & Properties): Promise<Properties | undefined>;
  /** Where there is none, every change replaces. @returns computed outputs that have new values. */
  readonly update?: (change: Change<Args>) => Promise<Properties | void>;
  /** @param minutes how long the program lets the deletion take; undefined where it does not say. */
  delete(id: string, props: Args & Properties, minutes?: number): Promise<void>;
}

/** A row whose arguments are not known to the type checker, as the table holds it. */
export type AnyRow = Row<Properties>;

/** Checks a row against its arguments' type. */
export function row<Args extends object>(definition: Row<Args>): AnyRow {
  return definition as unknown as AnyRow;
}

/** A function of the provider. */
export interface Fn {
  /** What the function was held against, line by line. */
  readonly source: Source;
  /** Every argument that is understood; any other is an error, never ignored. */
  readonly args: readonly string[];
  /** @returns the invoke's result. */
  call(args: Properties): Promise<Properties>;
}

/** What a call answers, or undefined where AWS says that the thing is not there by an error that has these words. */
export async function ifFound<T>(
  call: Promise<T>,
  name: string,
  words: string,
): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if ((error as Error).name === name && (error as Error).message.includes(words)) {
      return undefined;
    }
    throw error;
  }
}

/** What a call answers, or undefined where AWS says, by one of these errors, that the thing is not there. */
export async function ifThere<T>(call: Promise<T>, ...errors: string[]): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (errors.includes((error as Error).name)) {
      return undefined;
    }
    throw error;
  }
}

/** A limit of a wait: what it gives throws once the time is over. @returns a check to call at each look */
export function deadline(minutes: number): (state: string) => void {
  const end = Date.now() + minutes * 60_000;
  return (state) => {
    if (Date.now() > end) {
      throw new Error(`${state} after ${minutes} minutes`);
    }
  };
}

/** Waits between two looks at something that is being made or removed. */
export async function pause(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 200));
}

/**
 * Makes a call again while AWS refuses it by an error that has these words.
 *
 * @throws Error with what AWS says, once the time is over, and any other error at once
 */
export async function whileRefused<T>(
  minutes: number,
  call: () => Promise<T>,
  name: string,
  words: string,
): Promise<T> {
  const check = deadline(minutes);
  for (;;) {
    try {
      return await call();
    } catch (error) {
      const refusal = error as Error;
      if (refusal.name !== name || !refusal.message.includes(words)) {
        throw error;
      }
      check(refusal.message);
      await pause();
    }
  }
}

/** A time as the official provider shows it: without the parts of a second. */
export function rfc3339(time: Date | undefined): string | undefined {
  return time?.toISOString().replace(/\.\d+Z$/, "Z");
}

/** A name as the official provider makes it up: the logical name, a dash, seven random hexadecimal digits. */
export function makeName(base: string, maxLength: number): string {
  const random = randomBytes(4).toString("hex").slice(0, 7);
  return `${base.slice(0, maxLength - random.length)}${random}`;
}

/** Whether two property values are the same. Assets are, when their content is. */
export function same(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part !== "object" || part === null || Array.isArray(part)) {
      return part;
    }
    if ("hash" in part && typeof part.hash === "string" && ASSET_SIGNATURE in part) {
      return part.hash;
    }
    return Object.fromEntries(
      Object.entries(part)
        .filter(([key, v]) => key !== "__defaults" && v !== undefined && v !== null)
        .sort(([x], [y]) => (x < y ? -1 : 1)),
    );
  });
}

/** The key by which the engine marks assets, archives and secrets among plain objects. */
export const ASSET_SIGNATURE = "4dabf18193072939515e22adb298388d";

/** A JSON text without white space and with sorted keys: a policy document compares as what it says. */
export function compactJson(text: string): string {
  return canonical(JSON.parse(text));
}

/** A short hash, for ids that are made of several parts. */
export function shortHash(...parts: readonly string[]): string {
  return createHash("sha1").update(parts.join("\0")).digest("hex").slice(0, 10);
}
