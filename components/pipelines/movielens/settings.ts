import { type Declaration, field, record } from "../../../checks/declaration";
import { oneOf, whole } from "../../../checks/fields";

/** The Glue job of the MovieLens pipeline. */
export interface GlueSettings {
  readonly version: (typeof VERSIONS)[number];
  readonly workerType: (typeof WORKER_TYPES)[number];
  readonly workers: number;
  readonly timeoutMinutes: number;
  readonly minRatings: number;
}

const VERSIONS = ["5.0", "5.1"] as const;
const WORKER_TYPES = ["G.1X", "G.2X", "G.4X", "G.8X"] as const;

/** The setting `glue`. Source: https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-jobs-job.html */
export const GLUE: Declaration<GlueSettings> = record<GlueSettings>(
  "Glue job of the MovieLens pipeline.",
  {
    version: field(
      oneOf(...VERSIONS),
      "5.1",
      "Version of Glue; 5.1 runs Spark 3.5.6 on Python 3.11.",
    ),
    workerType: field(
      oneOf(...WORKER_TYPES),
      "G.1X",
      "Size of a worker; G.1X has 4 virtual CPUs and 16 GB.",
    ),
    workers: field(whole(2, 299), 2, "Number of workers, 2 to 299."),
    timeoutMinutes: field(
      whole(1, 10_080),
      60,
      "Minutes after which a run is stopped, 1 to 10080.",
    ),
    minRatings: field(
      whole(0, 1_000_000_000),
      0,
      "Ratings that a film needs to be among the top rated; 0 as in the post.",
    ),
  },
);
