import * as fs from "node:fs";
import * as path from "node:path";

import { GetObjectCommand, S3Client, paginateListObjectsV2 } from "@aws-sdk/client-s3";
import { OutputMap } from "@pulumi/pulumi/automation";
import { parquetReadObjects } from "hyparquet";

import { Endpoint } from "../engine/endpoint";
import { Home } from "../home";
import { UserError } from "../setup/steps";
import { clientConfig } from "./cloud";
import { Left, Result, SAMPLE_ROWS } from "./results";

/** An object of a folder. */
interface Found {
  readonly key: string;
  readonly modified: number;
}

/** What `test_dag` had the notebook do. */
interface NotebookParameters {
  readonly CATEGORIES: readonly string[];
  readonly OUTPUT_LOCATION: string;
}

/**
 * What the notebook left in a run: the best sellers of each category that the run was about, and the executed
 * notebook as a page, of which a copy is put into the home.
 *
 * @throws UserError where there is none of either.
 */
export async function bestSellers(
  outputs: OutputMap,
  endpoint: Endpoint,
  home: Home,
  xcom: (taskId: string, key: string) => Promise<unknown>,
): Promise<Left> {
  const { executedNotebooksLocation } = outputs.notebook.value as Record<string, string>;
  const { CATEGORIES, OUTPUT_LOCATION } = (await xcom(
    "create_cluster_task",
    "notebook_parameters",
  )) as NotebookParameters;
  const bestSellersLocation = `${OUTPUT_LOCATION.replace(/\/*$/, "/")}best_sellers/`;
  const s3 = new S3Client({ ...clientConfig(endpoint), forcePathStyle: true });
  const tables = new Folder(s3, bestSellersLocation);
  const results: Record<string, Result> = {};
  for (const { key } of await tables.list()) {
    const [category, file] = tables.below(key).split("/");
    if (CATEGORIES.includes(decodeURIComponent(category)) && file?.endsWith(".parquet")) {
      const rows = await rowsOf(await tables.read(key));
      const known = results[`best_sellers/${category}`];
      results[`best_sellers/${category}`] = {
        location: `${bestSellersLocation}${category}/`,
        rows: rows.length + (known?.rows ?? 0),
        sample: [...(known?.sample ?? []), ...rows].slice(0, SAMPLE_ROWS),
      };
    }
  }
  if (Object.keys(results).length === 0) {
    throw new UserError(`there is no table below ${bestSellersLocation}`);
  }
  return {
    results,
    files: {
      "executed notebook": await newestPage(new Folder(s3, executedNotebooksLocation), home),
    },
  };
}

/** Copies the page that was written last into the home. */
async function newestPage(folder: Folder, home: Home): Promise<string> {
  const pages = (await folder.list()).filter(({ key }) => key.endsWith(".html"));
  if (pages.length === 0) {
    throw new UserError(`there is no executed notebook below ${folder.location}`);
  }
  const { key } = pages.reduce((last, page) => (page.modified > last.modified ? page : last));
  const file = path.join(home.dir("notebooks"), path.basename(key));
  fs.writeFileSync(file, await folder.read(key));
  return file;
}

/** The rows of a Parquet file; whole numbers of 64 bits come as numbers, as all ours are small. */
async function rowsOf(content: Uint8Array): Promise<Record<string, unknown>[]> {
  const { buffer, byteOffset, byteLength } = content;
  const file = (buffer as ArrayBuffer).slice(byteOffset, byteOffset + byteLength);
  const rows = await parquetReadObjects({ file });
  return rows.map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([name, value]) => [
        name,
        typeof value === "bigint" ? Number(value) : (value as unknown),
      ]),
    ),
  );
}

/** The objects below an address. */
class Folder {
  private readonly bucket: string;
  private readonly prefix: string;

  public constructor(
    private readonly s3: S3Client,
    readonly location: string,
  ) {
    const { hostname, pathname } = new URL(location);
    [this.bucket, this.prefix] = [hostname, pathname.slice(1)];
  }

  public async list(): Promise<Found[]> {
    const found: Found[] = [];
    const pages = paginateListObjectsV2(
      { client: this.s3 },
      { Bucket: this.bucket, Prefix: this.prefix },
    );
    for await (const { Contents = [] } of pages) {
      found.push(
        ...Contents.map(({ Key = "", LastModified }) => ({
          key: Key,
          modified: LastModified?.getTime() ?? 0,
        })),
      );
    }
    return found;
  }

  public below(key: string): string {
    return key.slice(this.prefix.length);
  }

  public async read(key: string): Promise<Uint8Array> {
    const { Body } = await this.s3.send(new GetObjectCommand({ Bucket: this.bucket, Key: key }));
    return (await Body?.transformToByteArray()) ?? new Uint8Array();
  }
}
