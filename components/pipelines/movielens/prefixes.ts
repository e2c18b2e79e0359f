/**
 * Prefixes of the MovieLens pipeline in the data bucket. What writes one, and what reads it, is written
 * down in docs/movielens-pipeline.md.
 */
export const PREFIXES = {
  /** CSV files of the data set, a folder a run, and in it a folder a table. */
  raw: { prefix: "raw/", tasks: "write", emr: "read", expires: "runFiles" },
  /** Parquet files of the EMR steps, a folder a run. */
  output: { prefix: "output/", emr: "write", expires: "runFiles" },
  /** Lines that the EMR steps could not use, a folder a run. */
  rejected: { prefix: "rejected/", emr: "write", expires: "runFiles" },
  /** Parquet files of the Glue job, a folder a run; the catalog says which are the tables'. */
  curated: { prefix: "curated/" },
} as const;

/** Result tables, as `jobs/glue/movielens_transform.py` publishes them. */
export const RESULT_TABLES = {
  popular: "most_popular_movies",
  topRated: "top_rated_movies",
} as const;
