import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";

import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";

import { LocalStack } from "../engine/stack";
import { Upload } from "../engine/uploads";
import { ROOT } from "../home";
import { UserError, step } from "../setup/steps";
import { Airflow } from "./airflow";
import { brokenDags } from "./airflowErrors";
import { AIRFLOW } from "./airflowServer";
import { running } from "./processes";
import { s3Of } from "./s3";
import { NotUp, Session } from "./session";

/** How long files are left alone before they are put there: editors write one in several steps. */
const SETTLE_MS = 200;

/** The environment, whose change makes Airflow start again. */
const ENVIRONMENT = "aws:mwaa/environment:Environment";

/** The uploaded files of a running stack, which follow those of this machine. */
export class Sync {
  private constructor(
    private readonly session: Session,
    private readonly stack: LocalStack,
    private readonly s3: S3Client,
    private uploads: readonly Upload[],
    private airflow: Airflow,
  ) {}

  /** @throws UserError where the stack is not up, or Airflow does not run */
  static async of(session: Session): Promise<Sync> {
    if (running(session.home, AIRFLOW) === undefined) {
      throw new UserError("Airflow does not run. Start it with: npm run local -- up");
    }
    const stack = await session.stack(() => undefined);
    const uploads = stack.uploads();
    if (uploads.length === 0) {
      throw new NotUp();
    }
    const s3 = s3Of(await session.cloud());
    return new Sync(session, stack, s3, uploads, await session.airflow());
  }

  /**
   * Puts changed DAGs, plugins, jobs and notebooks into the stack, waits until Airflow shows them, and tells which DAG
   * files cannot be imported. Changed files are there at once; the engine then follows, which knows of new and removed
   * ones as well.
   *
   * @returns whether all can be imported
   */
  async once(): Promise<boolean> {
    const began = Date.now();
    const put = await putChanged(this.s3, this.uploads);
    if (put.length > 0) {
      process.stdout.write(put.map((key) => `  ${key}\n`).join(""));
      await this.shown();
    }
    const { changed } = await step("the stack's state", () => this.stack.sync());
    this.uploads = this.stack.uploads();
    const others = changed
      .map((urn) => urn.split("::").at(-1) ?? urn)
      .filter((name) => !put.some((key) => name.endsWith(`/${key}`)));
    process.stdout.write(others.map((name) => `  ${name}\n`).join(""));
    if (changed.some((urn) => urn.includes(ENVIRONMENT))) {
      this.airflow = await this.session.airflow(began);
    }
    if (others.length > 0) {
      await this.shown();
    }
    const errors = await this.airflow.importErrors();
    process.stdout.write(put.length + others.length === 0 ? "  nothing has changed\n" : "");
    process.stdout.write(brokenDags(errors));
    return errors.length === 0;
  }

  private shown(): Promise<void> {
    return step("Airflow's DAGs", () => this.airflow.awaitDagFolder());
  }

  /** Does it again after each change of a file, until it is interrupted. */
  async watch(): Promise<void> {
    const { signal } = this.session;
    const folders = watched(this.uploads.flatMap(({ files }) => files));
    let changed = (): void => undefined;
    const watchers = folders.map((folder) =>
      fs.watch(folder, { recursive: true, signal }, () => changed()),
    );
    try {
      while (!signal.aborted) {
        const change = new Promise<void>((resolve) => {
          changed = resolve;
          signal.addEventListener("abort", () => resolve(), { once: true });
        });
        process.stdout.write(`\nwatching ${folders.map(shown).join(", ")} (Ctrl-C ends it)\n`);
        await change;
        await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
        await this.once();
      }
    } finally {
      watchers.forEach((watcher) => watcher.close());
    }
  }
}

/** Puts the files that have changed, and are objects of their own; returns their keys. */
export async function putChanged(s3: S3Client, uploads: readonly Upload[]): Promise<string[]> {
  const put: string[] = [];
  for (const { bucket, key, contentType, hash, files, archive } of uploads) {
    const [file] = files;
    if (!archive && fs.existsSync(file) && sha256(file) !== hash) {
      await s3.send(
        new PutObjectCommand({
          Bucket: bucket,
          Key: key,
          Body: fs.readFileSync(file),
          ContentType: contentType,
        }),
      );
      put.push(key);
    }
  }
  return put;
}

/** The folders that files lie in: those of the project at its top, others without those below them. */
export function watched(files: readonly string[]): string[] {
  const folders = files
    .map((file) => {
      const [first, ...rest] = path.relative(ROOT, file).split(path.sep);
      return first === ".." || rest.length === 0 ? path.dirname(file) : path.join(ROOT, first);
    })
    // Not all of the project, with what the running stack writes into it.
    .filter((folder) => folder !== ROOT);
  return [...new Set(folders)].filter(
    (folder) => !folders.some((other) => folder.startsWith(other + path.sep)),
  );
}

function sha256(file: string): string {
  return createHash("sha256").update(fs.readFileSync(file)).digest("hex");
}

function shown(folder: string): string {
  const inside = path.relative(ROOT, folder);
  return inside.startsWith("..") ? folder : inside;
}
