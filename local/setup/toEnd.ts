import { UserError } from "./steps";

/**
 * Runs what a command does to its end, and then ends the process: with the status that was set meanwhile, or with the error
 * on standard error. It is a failure as well where nothing is left that the work could wait for: Node.js by itself would end
 * with status 0 then, though the work was not done.
 *
 * @param work what the command does
 * @param statusOf the status for an error; default: 1
 * @param told whether an error's message is all that a user needs; default: a UserError's is
 */
export function toEnd(
  work: Promise<unknown>,
  {
    statusOf = () => 1,
    told = (error) => error instanceof UserError,
  }: {
    readonly statusOf?: (error: unknown) => number;
    readonly told?: (error: unknown) => boolean;
  } = {},
): void {
  process.once("beforeExit", () => {
    process.stderr.write(
      "The command ended before its work was done, which is a mistake of its own.\n",
    );
    process.exit(1);
  });
  work.then(
    () => process.exit(),
    (error: unknown) => {
      const { message, stack } = error instanceof Error ? error : new Error(String(error));
      process.stderr.write(`${told(error) ? message : (stack ?? message)}\n`);
      process.exit(statusOf(error));
    },
  );
}
