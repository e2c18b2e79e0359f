/** The status that a shell gives a command whose output nobody reads any more. */
const NO_READER = 141;

/** What a write tells where nobody reads it: a pipe without a reader, a terminal that was closed. */
const GONE: readonly (string | undefined)[] = ["EPIPE", "EIO"];

/**
 * Ends the command when nobody reads its output any more: in order, as SIGTERM does, where something listens for that.
 * Pulumi's SDK takes errors that nobody handles and writes about them, which without a reader would never end.
 */
export function endWithReader(
  outputs: readonly NodeJS.WritableStream[] = [process.stdout, process.stderr],
): void {
  let gone = false;
  for (const output of outputs) {
    output.on("error", (error: NodeJS.ErrnoException) => {
      if (!GONE.includes(error.code)) {
        throw error;
      }
      if (!gone) {
        gone = true;
        if (!process.emit("SIGTERM", "SIGTERM")) {
          process.exit(NO_READER);
        }
      }
    });
  }
}
