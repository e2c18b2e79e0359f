import { execFileSync } from "node:child_process";
import * as path from "node:path";

import { ROOT, toolHome } from "../../../local/home";
import { pythonOf } from "../../../local/setup/python";

/** Tables that `mwaa_movielens_demo` leaves for Athena, in this database of the catalog. */
export const TABLES = ["most_popular_movies", "top_rated_movies"] as const;
export const DATABASE = "mwaa-movielens-demo-db";

/** Every row that the pipeline has to leave of a zip, as DuckDB computes it: its table first. */
export function transformedRows(zip: string): (string | number)[][] {
  const oracle = path.join(ROOT, "test", "dags", "transform_oracle.py");
  const printed = execFileSync(pythonOf(toolHome, "test"), [oracle, zip], {
    encoding: "utf8",
    maxBuffer: 256 * 1024 * 1024,
  });
  return printed
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as (string | number)[]);
}
