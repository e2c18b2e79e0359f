import { isGiven } from "../../environments";
import { ResourceRule } from "../../rule";
import { ENVIRONMENT } from "../../types";

/** Files that the environment installs are named with their object version. */
export const mwaaPinnedObjectVersions: ResourceRule = {
  name: "mwaa-pinned-object-versions",
  description:
    "An MWAA environment names requirements, plugins and start-up script with their object versions.",
  severity: "medium",
  reason:
    "Without a version a changed file is no change of the environment: it is installed some day, when MWAA " +
    "happens to replace the workers.",
  remediationSteps:
    "Set requirementsS3ObjectVersion, pluginsS3ObjectVersion and startupScriptS3ObjectVersion to the " +
    "versionId of the uploaded object.",
  url: "https://docs.aws.amazon.com/mwaa/latest/userguide/working-dags-dependencies.html",
  types: [ENVIRONMENT],
  check: ({ props }, report) => {
    for (const file of ["requirements", "plugins", "startupScript"]) {
      if (
        isGiven(() => props[`${file}S3Path`]) &&
        !isGiven(() => props[`${file}S3ObjectVersion`])
      ) {
        report(`${file}S3Path is given and ${file}S3ObjectVersion is not; give the version.`);
      }
    }
  },
};
