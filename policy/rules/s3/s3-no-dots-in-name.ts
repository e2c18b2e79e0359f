import { ResourceRule } from "../../rule";
import { BUCKET_TYPES } from "../../types";

/** A bucket's name has no dots, so that its own host name has a valid certificate. */
export const s3NoDotsInName: ResourceRule = {
  name: "s3-no-dots-in-name",
  description: "The name of no bucket contains a dot.",
  severity: "low",
  reason:
    "S3's certificate is for one label before s3.<region>.amazonaws.com, so that clients that address such a " +
    "bucket by its host name cannot check it; Transfer Acceleration refuses the bucket.",
  remediationSteps: "Use hyphens in the place of dots.",
  url: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html",
  types: BUCKET_TYPES,
  check: ({ props }, report) => {
    for (const property of ["bucket", "bucketPrefix"]) {
      const text = props[property];
      if (typeof text === "string" && text.includes(".")) {
        report(`The ${property} "${text}" contains a dot; use "${text.replace(/\.+/g, "-")}".`);
      }
    }
  },
};
