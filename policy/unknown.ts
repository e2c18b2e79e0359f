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

/** An object as it is, without the proxy that throws for what is not known yet: that can be copied. */
export function unwrapped<T extends object>(value: T): T {
  return (value as { readonly __getSpecialProxyTarget?: T }).__getSpecialProxyTarget ?? value;
}

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

/** Whether a value, or one at any depth in it, is not known yet. */
export function hasUnknown(value: unknown): boolean {
  return (
    known(() => {
      for (const one of typeof value === "object" && value !== null ? Object.values(value) : []) {
        if (hasUnknown(one)) {
          return true;
        }
      }
      return false;
    }) ?? true
  );
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
