import program from "../index";
import { type Recording, record } from "./mocks";
import { type StackName, stackConfig } from "./stackFiles";

const recordings = new Map<StackName, Promise<Recording<unknown>>>();

/** What the program makes of a shipped stack as it is: run once, for all tests that only look at it. */
export function shippedStack(stack: StackName): Promise<Recording<unknown>> {
  const made =
    recordings.get(stack) ??
    record<unknown>(() => program(), { stack, config: stackConfig(stack) });
  recordings.set(stack, made);
  return made;
}
