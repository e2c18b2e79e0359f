import * as sdk from "@pulumi/policy";

/**
 * What the engine's proxy throws when a rule reads a property that is not known yet, and that proxy. The SDK
 * exports both and leaves their types out of its declarations.
 */
export const { UnknownValueError, unknownCheckingProxy } = sdk as unknown as {
  readonly UnknownValueError: new (sentinel: string, path: readonly string[]) => Error;
  readonly unknownCheckingProxy: <T extends object>(properties: T) => T;
};
