import * as fs from "node:fs";
import * as path from "node:path";

import { GetObjectCommand, S3Client, paginateListObjectsV2 } from "@aws-sdk/client-s3";
import { parquetReadObjects } from "hyparquet";

import { Endpoint } from "../engine/endpoint";
import { Home } from "../home";
import { UserError } from "../setup/steps";
import { Result, SAMPLE_ROWS } from "./results";
import { s3Of } from "./s3";

/** An object of a folder. */
interface Found {
  readonly key: string;
  readonly modified: number;
}

/** A location, with the client that reads it. */
export interface Place {
  readonly endpoint: Endpoint;
  /** `s3://bucket/prefix/`. */
  readonly location: string;
}

/**
 * The Parquet files below a location, a table for each folder of the given names.
 *
 * @param label begins the tables' names
 * @throws UserError where there is none
 */
export async function folderTables(
  { endpoint, location }: Place,
  label: string,
  names: readonly string[],
): Promise<Record<string, Result>> {
  const tables = new Folder(s3Of(endpoint), location);
  const results: Record<string, Result> = {};
  for (const { key } of await tables.list()) {
    const [folder, file] = tables.below(key).split("/");
    if (names.includes(decodeURIComponent(folder)) && file?.endsWith(".parquet")) {
      const known = results[`${label}${folder}`];
      results[`${label}${folder}`] = added(
        known,
        `${location}${folder}/`,
        await rowsOf(await tables.read(key)),
      );
    }
  }
  if (Object.keys(results).length === 0) {
    throw new UserError(`there is no table below ${location}`);
  }
  return results;
}

/**
 * The Parquet files below a location as one table.
 *
 * @throws UserError where there is none
 */
export async function parquetTable({ endpoint, location }: Place): Promise<Result> {
  const folder = new Folder(s3Of(endpoint), location);
  let result: Result | undefined;
  for (const { key } of await folder.list()) {
    if (key.endsWith(".parquet")) {
      result = added(result, location, await rowsOf(await folder.read(key)));
    }
  }
  if (result === undefined) {
    throw new UserError(`there is no table below ${location}`);
  }
  return result;
}

function added(
  known: Result | undefined,
  location: string,
  rows: readonly Record<string, unknown>[],
): Result {
  return {
    location,
    rows: rows.length + (known?.rows ?? 0),
    sample: [...(known?.sample ?? []), ...rows].slice(0, SAMPLE_ROWS),
  };
}

/**
 * Copies what was written last below a location into the home.
 *
 * @param suffix ends its key
 * @throws UserError where there is none
 */
export async function newestFileOf(
  { endpoint, location }: Place,
  suffix: string,
  home: Home,
): Promise<string> {
  const folder = new Folder(s3Of(endpoint), location);
  const found = (await folder.list()).filter(({ key }) => key.endsWith(suffix));
  if (found.length === 0) {
    throw new UserError(`there is no object below ${location} whose key ends with ${suffix}`);
  }
  const { key } = found.reduce((last, one) => (one.modified > last.modified ? one : last));
  const file = path.join(home.dir("results"), path.basename(key));
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
