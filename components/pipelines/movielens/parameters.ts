/** Parameters, below their common path, with what each holds. */
export const PARAMETERS = {
  "S3/DemoBucket": "Bucket of the MovieLens pipeline's data",
  "S3/mwaaBucket": "Bucket of DAGs and Spark scripts",
  "sfn/movielens": "ARN of the state machine that transforms the MovieLens data",
  "glue/movielens": "Glue job that transforms the MovieLens data",
} as const;

/** Those that tasks read; the job's name is there for whoever looks for it, as in the post. */
export const READ_PARAMETERS: readonly (keyof typeof PARAMETERS)[] = [
  "S3/DemoBucket",
  "S3/mwaaBucket",
  "sfn/movielens",
];
