import type { Folder } from "../../plan";

/**
 * Prefixes of the notebook pipeline in the data bucket. What writes one, and what reads it, is written
 * down in docs/notebook-pipeline.md.
 */
export const PREFIXES = {
  /** Reviews in Parquet, a folder a category, where no other place is set. */
  reviews: { prefix: "reviews/", tasks: "read", emr: "write" },
  /** Tables and charts of the best sellers. */
  results: { prefix: "query_output/", emr: "write" },
  /** Tables before they are shown, of executions that ended before they could delete them. */
  aside: { prefix: "query_output/_aside/", expires: "runFiles" },
  /** Notebooks as they were executed. */
  executed: { prefix: "notebook-output/", expires: "runFiles" },
} as const;

/** Prefix of the notebooks in the environment's bucket. */
export const NOTEBOOKS_PREFIX = "notebooks/";

/**
 * Folder of the reviews.
 *
 * @param dataBucketName bucket of the stack's own
 * @param setting `s3://bucket/prefix/` of reviews that are somewhere else, or empty
 */
export function reviewsFolder(dataBucketName: string, setting: string): Folder {
  return s3Folder(setting) ?? { bucket: dataBucketName, prefix: PREFIXES.reviews.prefix };
}

/** The folder `s3://bucket/prefix/`; undefined when nothing is set. */
export function s3Folder(location: string): Folder | undefined {
  const [, bucket, prefix] = /^s3:\/\/([^/]+)\/(.*)$/.exec(location) ?? [];
  return bucket === undefined ? undefined : { bucket, prefix };
}
