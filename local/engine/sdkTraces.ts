import * as pulumi from "@pulumi/pulumi";
import * as internals from "@pulumi/pulumi/runtime/debuggable";

/** What the SDK has there, without types. */
interface Debuggable {
  readonly debugPromiseLeaks: boolean;
  debuggablePromise: <T>(promise: Promise<T>, context: unknown) => Promise<T>;
}

/** As `Debuggable`. */
interface Resources {
  stackTrace: (skip: number) => unknown[];
}

/*
 * The SDK notes a stack trace for each of its promises, and shows it only where PULUMI_DEBUG_PROMISE_LEAKS is set. It notes
 * one for each resource, of any depth, for the engine to keep in its state. Mapped to the TypeScript that they come from,
 * they are half of the CPU seconds of a program that is run here.
 */
const debuggable = internals as unknown as Debuggable;
if (!debuggable.debugPromiseLeaks) {
  const noting = debuggable.debuggablePromise;
  debuggable.debuggablePromise = (promise, context) => {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    try {
      return noting(promise, context);
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
  };
  (pulumi.Resource as unknown as Resources).stackTrace = () => [];
}
