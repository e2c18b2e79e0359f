import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";

import { Home, ROOT, toolHome } from "../home";
import { pythonOf } from "../setup/python";
import { UserError, command, step } from "../setup/steps";

/** Where GroupLens publishes the small data set. */
export const PUBLISHED = "https://files.grouplens.org/datasets/movielens/ml-latest-small.zip";

/** Seconds that the published address is tried before a sample is generated. */
const TRY_SECONDS = 10;

/** Seconds that a download may take in all. */
const DOWNLOAD_SECONDS = 300;

/** The MovieLens data set of a run. */
export interface MovieLens {
  readonly zip: Uint8Array;
  /** Which it was, for the summary. */
  readonly origin: string;
}

/** Reads the MovieLens data set, as a step: before anything is started, so that a wrong one costs nothing. */
export function readMovieLens(home: Home, named: string | undefined): Promise<MovieLens> {
  return step("MovieLens data set", (note) => movieLens(home, named, note), home.log("movielens"));
}

/**
 * Finds the MovieLens data set: what the user names, else the published one (kept in the cache), else, where
 * that cannot be reached, a generated sample of the same schema and about the same size.
 *
 * @throws UserError where what the user names cannot be read or is not a zip.
 */
export async function movieLens(
  home: Home,
  named: string | undefined,
  note: (text: string) => void,
): Promise<MovieLens> {
  if (named !== undefined) {
    const zip = /^https?:\/\//.test(named)
      ? await downloadOnce(home, named, DOWNLOAD_SECONDS)
      : readNamed(named);
    requireZip(zip, `--movielens ${named}`);
    return { zip, origin: named };
  }
  try {
    note("download");
    const zip = await downloadOnce(home, PUBLISHED, TRY_SECONDS);
    requireZip(zip, PUBLISHED);
    return { zip, origin: PUBLISHED };
  } catch {
    note("generating a sample");
    return {
      zip: await generated(home),
      origin: "generated sample (the published data set was out of reach)",
    };
  }
}

function readNamed(file: string): Uint8Array {
  try {
    return fs.readFileSync(file);
  } catch (error) {
    throw new UserError(
      `--movielens ${file} cannot be read (${(error as NodeJS.ErrnoException).code}). Give the path or the ` +
        "address of a MovieLens zip, or leave the option out.",
    );
  }
}

/** A quick look at the first bytes: the DAG checks the whole of it, and says what is wrong. */
function requireZip(content: Uint8Array, what: string): void {
  if (Buffer.from(content.subarray(0, 2)).toString("latin1") !== "PK") {
    throw new UserError(
      `${what} is not a zip file. Give the path or the address of a MovieLens zip such as ${PUBLISHED}.`,
    );
  }
}

async function downloadOnce(home: Home, url: string, seconds: number): Promise<Uint8Array> {
  const name = `${createHash("sha256").update(url).digest("hex").slice(0, 12)}-${path.basename(new URL(url).pathname)}`;
  const cached = home.file("cache", name);
  if (!fs.existsSync(cached)) {
    let response: Response;
    try {
      response = await fetch(url, { signal: AbortSignal.timeout(seconds * 1000) });
    } catch (error) {
      throw new UserError(`${url} cannot be reached: ${(error as Error).message}`);
    }
    if (!response.ok) {
      throw new UserError(`${url} answered ${response.status} ${response.statusText}.`);
    }
    const content = new Uint8Array(await response.arrayBuffer());
    requireZip(content, url);
    fs.writeFileSync(`${cached}.partial`, content);
    fs.renameSync(`${cached}.partial`, cached);
  }
  return fs.readFileSync(cached);
}

async function generated(home: Home): Promise<Uint8Array> {
  const zip = home.file("cache", "generated-sample.zip");
  await command(
    pythonOf(toolHome, "cloud"),
    [path.join(ROOT, "local", "movielens", "generate.py"), zip],
    { log: home.log("movielens") },
  );
  return fs.readFileSync(zip);
}
