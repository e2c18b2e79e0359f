import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { createRequire } from "node:module";
import * as path from "node:path";

/** How many answers are kept: more than a program has, and few enough to be read at once. */
const MOST = 200;

type Answers = Readonly<Record<string, string | null>>;

/**
 * Answers of a package to texts, kept in a file where tools keep what they can make anew. An answer counts for one
 * version of the package only. Where the folder cannot be written nothing is kept.
 */
export class Kept {
  private answers: Answers | undefined;

  /**
   * @param name of the file
   * @param answering the package that answers
   * @param options what it is asked with, as a text
   * @param folder that the file is in. Default: one beside the installed packages
   */
  public constructor(
    private readonly name: string,
    private readonly answering: string,
    private readonly options: string,
    private readonly folder?: string,
  ) {}

  /** The answer to a text, worked out where it is not kept; undefined is an answer as well. */
  public of(text: string, answer: () => string | undefined): string | undefined {
    const { version, beside } = this.package();
    const file = path.join(this.folder ?? beside, `${this.name}.json`);
    const key = createHash("sha256")
      .update(JSON.stringify([version, this.options, text]))
      .digest("hex");
    this.answers ??= read(file);
    const kept = this.answers[key];
    if (typeof kept === "string" || kept === null) {
      return kept ?? undefined;
    }
    const given = answer();
    const latest = Object.entries({ ...this.answers, [key]: given ?? null }).slice(-MOST);
    this.answers = Object.fromEntries(latest);
    write(file, this.answers);
    return given;
  }

  private package(): { readonly version: string; readonly beside: string } {
    const load = createRequire(__filename);
    const manifest = load.resolve(`${this.answering}/package.json`);
    const { version } = load(manifest) as { version: string };
    return {
      version,
      beside: path.join(path.dirname(manifest), "..", ".cache", "mwaa-analytics-policy"),
    };
  }
}

function read(file: string): Answers {
  try {
    return { ...(JSON.parse(fs.readFileSync(file, "utf8")) as Answers) };
  } catch {
    return {};
  }
}

function write(file: string, answers: Answers): void {
  try {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    const begun = `${file}.${process.pid}`;
    fs.writeFileSync(begun, JSON.stringify(answers));
    fs.renameSync(begun, file);
  } catch {
    // It is worked out anew each time.
  }
}
