import * as sdk from "@pulumi/policy";
import { unknownValue } from "@pulumi/pulumi/runtime";

/**
 * What the engine's proxy throws when a rule reads a property that is not known yet, and that proxy. The SDK
 * exports both and leaves their types out of its declarations.
 */
export const { UnknownValueError, unknownCheckingProxy } = sdk as unknown as {
  readonly UnknownValueError: new (sentinel: string, path: readonly string[]) => Error;
  readonly unknownCheckingProxy: <T extends object>(properties: T) => T;
};

/** A property's value, or undefined where it is missing or not known yet. */
export function known<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof UnknownValueError) {
      return undefined;
    }
    throw error;
  }
}

/**
 * Thrown by a rule that cannot decide yet for another reason than an unknown property; the engine reports it
 * the same way, as "not checked yet".
 */
export class Undecided extends UnknownValueError {
  public constructor(why: string) {
    // The SDK takes no mark of an unknown value but its own.
    super(unknownValue, []);
    this.message = why;
  }
}

/** Thrown by a rule about what this stack cannot show, now or later: what is named is no resource of it. */
export class Unseen extends Error {}

/** What to throw where a property names nothing of the stack: its value is known by now, or will be. */
export function outsideStack(read: () => unknown, why: string): Error {
  return known(() => ({ is: read() })) === undefined ? new Undecided(why) : new Unseen(why);
}
