/** What a provider's `server.ts` has. */
interface Server {
  /**
   * Serves it on a free port of 127.0.0.1 and prints the port.
   *
   * @param args begin with the engine's address where the engine starts it
   * @returns what takes no further calls, and waits for those at work that would be lost
   */
  readonly serve: (args: readonly string[]) => Promise<() => Promise<void>>;
}

/**
 * Serves providers in one process, and prints their ports on a line each, as the engine expects of one. Where it is to
 * end, what is being created is created first: else nobody would know its id.
 *
 * @param names folders beside this file
 */
export async function serve(names: readonly string[], args: readonly string[]): Promise<void> {
  const finish: (() => Promise<void>)[] = [];
  let ending: Promise<unknown> | undefined;
  process.on("SIGTERM", () => {
    ending ??= Promise.all(finish.map((each) => each())).then(() => process.exit());
  });
  for (const name of names) {
    const server = (await import(`./${name}/server`)) as Server;
    finish.push(await server.serve(args));
  }
}
