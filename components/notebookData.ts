/**
 * Prefixes of the notebook pipeline in the data bucket, each with a slash at its end. What writes
 * one, and what reads it, is written down in docs/notebook-pipeline.md.
 */
export const NOTEBOOK_PREFIXES = {
  /** Reviews in Parquet, a folder a category, where no other place is set. */
  reviews: "reviews/",
  /** Tables and charts of the best sellers. */
  results: "query_output/",
  /** Notebooks as they were executed. */
  executed: "notebook-output/",
} as const;

/** Prefix of the notebooks in the environment's bucket. */
export const NOTEBOOKS_PREFIX = "notebooks/";

/** A folder in S3: a bucket, and a prefix with a slash at its end. */
interface Folder {
  readonly bucket: string;
  readonly prefix: string;
}

/**
 * Folder of the reviews.
 *
 * @param dataBucketName bucket of the stack's own
 * @param setting `s3://bucket/prefix/` of reviews that are somewhere else, or empty
 */
export function reviewsFolder(dataBucketName: string, setting: string): Folder {
  return s3Folder(setting) ?? { bucket: dataBucketName, prefix: NOTEBOOK_PREFIXES.reviews };
}

/** The folder `s3://bucket/prefix/`; undefined when nothing is set. */
export function s3Folder(location: string): Folder | undefined {
  const [, bucket, prefix] = /^s3:\/\/([^/]+)\/(.*)$/.exec(location) ?? [];
  return bucket === undefined ? undefined : { bucket, prefix };
}
