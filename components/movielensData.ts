/**
 * Prefixes of the MovieLens pipeline in the data bucket, each with a slash at its end. What writes
 * one, and what reads it, is written down in docs/movielens-pipeline.md.
 */
export const MOVIELENS_PREFIXES = {
  /** CSV files of the data set, a folder a table. */
  raw: "raw/",
  /** Parquet files of the EMR steps. */
  output: "output/",
  /** Lines that the EMR steps could not use. */
  rejected: "rejected/",
  /** Parquet files of the Glue job, a folder a result table. */
  curated: "curated/",
  /** Logs of EMR clusters. */
  emrLogs: "emr-logs/",
} as const;

/** Prefix of the Spark scripts in the environment's bucket. */
export const JOBS_PREFIX = "jobs/";
