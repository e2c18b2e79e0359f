import * as pulumi from "@pulumi/pulumi";
import * as internals from "@pulumi/pulumi/runtime/debuggable";
import * as state from "@pulumi/pulumi/runtime/state";

/** What the SDK has there, without types. */
interface Debuggable {
  readonly debugPromiseLeaks: boolean;
  debuggablePromise: <T>(promise: Promise<T>, context: unknown) => Promise<T>;
}

/** As `Debuggable`. */
interface State {
  readonly getStore: () => { readonly leakCandidates: Set<Promise<unknown>> };
}

/** As `Debuggable`. */
interface Resources {
  stackTrace: (skip: number) => unknown[];
}

/*
 * The SDK notes an id, a context and a stack trace for each of its promises, and shows them only where
 * PULUMI_DEBUG_PROMISE_LEAKS is set. It notes a stack trace for each resource, of any depth, for the engine to keep in its
 * state. Mapped to the TypeScript that they come from, they are more than half of the CPU seconds of a program that is
 * run here. What is kept is how many promises are left at the end, which fails the run.
 */
const debuggable = internals as unknown as Debuggable;
if (!debuggable.debugPromiseLeaks) {
  const noting = debuggable.debuggablePromise;
  let looked = false;
  debuggable.debuggablePromise = (promise, context) => {
    if (looked) {
      return counted(promise);
    }
    // With its first promise the SDK begins to look for those that are left.
    looked = true;
    return noting(promise, context);
  };
  (pulumi.Resource as unknown as Resources).stackTrace = () => [];
}

/** A promise that is among those that are left until it is settled; an error of it stays one that somebody has to handle. */
function counted<T>(promise: Promise<T>): Promise<T> {
  const { leakCandidates } = (state as unknown as State).getStore();
  leakCandidates.add(promise);
  return promise.then(
    (value) => {
      leakCandidates.delete(promise);
      return value;
    },
    (error: unknown) => {
      leakCandidates.delete(promise);
      throw error;
    },
  );
}
