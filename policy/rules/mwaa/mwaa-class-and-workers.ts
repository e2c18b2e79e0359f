import { count } from "../../environments";
import { ResourceRule } from "../../rule";
import { ENVIRONMENT } from "../../types";
import { shown } from "../../shown";

const MICRO = "mw1.micro";
const SMALL = "mw1.small";
const CLASSES = [MICRO, SMALL, "mw1.medium", "mw1.large", "mw1.xlarge", "mw1.2xlarge"];

/** What CreateEnvironment takes where nothing is said; MaxWorkers follows the class. */
const MIN_WORKERS = 1;
const MOST_WORKERS = 25;

/** Numbers that go with one another; https://docs.aws.amazon.com/mwaa/latest/API/API_CreateEnvironment.html */
export const mwaaClassAndWorkers: ResourceRule = {
  name: "mwaa-class-and-workers",
  description:
    "Class, workers, web servers and schedulers of an MWAA environment are numbers that MWAA accepts.",
  severity: "high",
  reason: "MWAA refuses the others only when the environment is created, after all that it needs.",
  remediationSteps:
    "Give minWorkers ≤ maxWorkers ≤ 25, minWebservers ≤ maxWebservers from 2 to 5, schedulers from 2 to " +
    "5; mw1.micro has one of each, as it does not scale.",
  url: "https://docs.aws.amazon.com/mwaa/latest/userguide/environment-class.html",
  types: [ENVIRONMENT],
  check: ({ props }, report) => {
    const environmentClass = shown(props.environmentClass ?? SMALL);
    if (!CLASSES.includes(environmentClass)) {
      report(`environmentClass is ${environmentClass}; one of ${CLASSES.join(", ")} is needed.`);
    }
    const minWorkers = count(props, "minWorkers") ?? MIN_WORKERS;
    const maxWorkers = count(props, "maxWorkers");
    if (maxWorkers !== undefined && minWorkers > maxWorkers) {
      report(`minWorkers is ${minWorkers}, more than maxWorkers, which is ${maxWorkers}.`);
    }
    if (minWorkers < 1 || (maxWorkers ?? 1) > MOST_WORKERS) {
      report(`Workers are ${minWorkers} to ${maxWorkers}; 1 to ${MOST_WORKERS} are allowed.`);
    }
    const [lowest, highest] = environmentClass === MICRO ? [1, 1] : [2, 5];
    for (const [what, allowed] of [
      ["minWebservers", [lowest, highest]],
      ["maxWebservers", [lowest, highest]],
      ["schedulers", [lowest, highest]],
      ...(environmentClass === MICRO
        ? [["minWorkers", [1, 1]] as const, ["maxWorkers", [1, 1]] as const]
        : []),
    ] as const) {
      const value = count(props, what);
      if (value !== undefined && (value < allowed[0] || value > allowed[1])) {
        report(`${what} is ${value}; ${environmentClass} takes ${allowed[0]} to ${allowed[1]}.`);
      }
    }
    const [minWeb, maxWeb] = [count(props, "minWebservers"), count(props, "maxWebservers")];
    if (minWeb !== undefined && maxWeb !== undefined && minWeb > maxWeb) {
      report(`minWebservers is ${minWeb}, more than maxWebservers, which is ${maxWeb}.`);
    }
  },
};
