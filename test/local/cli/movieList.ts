import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as path from "node:path";

import {
  DescribeStatementCommand,
  ExecuteStatementCommand,
  RedshiftDataClient,
  paginateGetStatementResult,
} from "@aws-sdk/client-redshift-data";

import { clientConfig } from "../../../local/cli/cloud";
import { Endpoint } from "../../../local/engine/endpoint";
import { ROOT, toolHome } from "../../../local/home";
import { pythonOf } from "../../../local/setup/python";

/** Where a statement runs: a workgroup, or a cluster as a database user. */
export type Warehouse =
  | { readonly WorkgroupName: string }
  | { readonly ClusterIdentifier: string; readonly DbUser: string };

/** What `movie-list-dag` has to leave of a zip, as DuckDB computes it: a text of each row. */
export function expectedMovies(zip: string): string[] {
  const oracle = path.join(ROOT, "test", "dags", "oracle.py");
  const printed = execFileSync(pythonOf(toolHome, "test"), [oracle, zip], {
    encoding: "utf8",
    maxBuffer: 256 * 1024 * 1024,
  });
  const expected = printed
    .trim()
    .split("\n")
    // Written anew: the two languages escape what is not ASCII each in its own way.
    .map((line) => JSON.stringify(JSON.parse(line)))
    .sort();
  assert.ok(expected.length > 1000, `the oracle has ${expected.length} rows`);
  return expected;
}

/** Every row of the table that `movie-list-dag` loads, as the oracle prints them. */
export async function loadedMovies(endpoint: Endpoint, warehouse: Warehouse): Promise<string[]> {
  const client = new RedshiftDataClient(clientConfig(endpoint));
  const Id = await statement(endpoint, warehouse, "SELECT title, rating FROM movie_demo");
  const found: string[] = [];
  for await (const { Records } of paginateGetStatementResult({ client }, { Id })) {
    for (const [title, rating] of Records ?? []) {
      found.push(JSON.stringify([title.stringValue, rating.stringValue]));
    }
  }
  return found.sort();
}

/** Runs a statement in the database `dev`; returns its id once it is done. */
export async function statement(
  endpoint: Endpoint,
  warehouse: Warehouse,
  Sql: string,
): Promise<string> {
  const client = new RedshiftDataClient(clientConfig(endpoint));
  const { Id } = await client.send(
    new ExecuteStatementCommand({ ...warehouse, Database: "dev", Sql }),
  );
  for (;;) {
    const { Status, Error: reason } = await client.send(new DescribeStatementCommand({ Id }));
    assert.ok(Status !== "FAILED" && Status !== "ABORTED", reason);
    if (Status === "FINISHED") {
      return Id as string;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
