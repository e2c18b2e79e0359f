import * as internals from "@pulumi/pulumi/runtime/debuggable";

/** What the SDK has there, without types. */
interface Debuggable {
  readonly debugPromiseLeaks: boolean;
  debuggablePromise: <T>(promise: Promise<T>, context: unknown) => Promise<T>;
}

/*
 * The SDK notes a stack trace for each of its promises, and shows it only where PULUMI_DEBUG_PROMISE_LEAKS is set.
 * Mapped to the TypeScript it comes from, they are a third of the CPU seconds of a program that is run here.
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
}
