import { LONGEST_BODY, codeBlock } from "./markdown";
import { Result } from "./result";

/** Kept free for the words around the output, and the mark. */
const MARGIN = 2_000;

/** Begins the issue of a stack, so that the next run finds it. */
export function driftMark(stack: string): string {
  return `<!-- mwaa-analytics: drift of ${stack} -->`;
}

export function driftTitle(stack: string): string {
  return `Stack ${stack} is not what its state says`;
}

/**
 * The text of the issue, never longer than GitHub takes.
 *
 * @param run address of the run that found it
 */
export function driftText({ stack, output }: Result, run: string): string {
  return [
    `What is in AWS was changed beside Pulumi. [The run](${run}) that found it has the whole output.`,
    "",
    codeBlock(output, LONGEST_BODY - MARGIN),
    "",
    "Either bring the stack back to what the program says, or take the change into the program:",
    "",
    "```sh",
    `pulumi refresh --stack ${stack}   # takes what is there into the state`,
    `pulumi preview --stack ${stack}   # shows what the program would make of it`,
    "```",
    "",
    "The next run closes this issue when nothing is left of it.",
  ].join("\n");
}

/** What is said of an issue that is closed. */
export function driftGone(run: string): string {
  return `[A later run](${run}) found no difference any more.`;
}
