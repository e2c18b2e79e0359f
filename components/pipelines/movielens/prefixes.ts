/**
 * Prefixes of the MovieLens pipeline in the data bucket. What writes one, and what reads it, is written
 * down in docs/movielens-pipeline.md.
 */
export const PREFIXES = {
  /** CSV files of the data set, a folder a table. */
  raw: { prefix: "raw/", tasks: "write", emr: "read" },
  /** Parquet files of the EMR steps. */
  output: { prefix: "output/", emr: "write" },
  /** Lines that the EMR steps could not use. */
  rejected: { prefix: "rejected/", emr: "write" },
  /** Parquet files of the Glue job, a folder a result table. */
  curated: { prefix: "curated/" },
} as const;

/** Folders of the result tables, beneath the prefix of results; a crawler names its table so. */
export const RESULT_TABLES = {
  popular: "most_popular_movies",
  topRated: "top_rated_movies",
} as const;

/** Prefix of a result table in the data bucket. */
export function resultPrefix(table: keyof typeof RESULT_TABLES): string {
  return `${PREFIXES.curated.prefix}${RESULT_TABLES[table]}/`;
}
