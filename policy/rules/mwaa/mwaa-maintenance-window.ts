import { isGiven } from "../../environments";
import { ResourceRule } from "../../rule";
import { ENVIRONMENT } from "../../types";

/** The team chooses when MWAA may take the environment down. */
export const mwaaMaintenanceWindow: ResourceRule = {
  name: "mwaa-maintenance-window",
  description: "An MWAA environment has a weekly maintenance window that was chosen.",
  severity: "low",
  reason: "Where none is named MWAA picks one, which may be in the middle of the nightly runs.",
  remediationSteps: "Set weeklyMaintenanceWindowStart, as in SUN:04:00 (UTC).",
  url: "https://docs.aws.amazon.com/mwaa/latest/userguide/maintenance-window.html",
  types: [ENVIRONMENT],
  check: ({ props }, report) => {
    if (!isGiven(() => props.weeklyMaintenanceWindowStart)) {
      report("weeklyMaintenanceWindowStart is missing; choose a day and an hour.");
    }
  },
};
