import { ResourceRule } from "../../rule";
import { ENVIRONMENT } from "../../types";

/** In production an update lets running tasks finish. */
export const mwaaGracefulWorkers: ResourceRule = {
  name: "mwaa-graceful-workers",
  description: "An update of an MWAA environment replaces its workers gracefully.",
  severity: "medium",
  reason: "FORCED, the default, kills the tasks that are running when the environment is updated.",
  remediationSteps: 'Set workerReplacementStrategy to "GRACEFUL".',
  url: "https://docs.aws.amazon.com/mwaa/latest/API/API_UpdateEnvironment.html",
  types: [ENVIRONMENT],
  check: ({ props }, report) => {
    const strategy = (props.workerReplacementStrategy as string | undefined) ?? "FORCED";
    if (strategy !== "GRACEFUL") {
      report(`workerReplacementStrategy is ${strategy}; GRACEFUL is needed.`);
    }
  },
};
