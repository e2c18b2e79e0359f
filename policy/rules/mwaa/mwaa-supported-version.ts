import { ResourceRule } from "../../rule";
import { ENVIRONMENT } from "../../types";
import { shown } from "../../shown";

/** The version is one that MWAA still makes environments of. */
export const mwaaSupportedVersion: ResourceRule = {
  name: "mwaa-supported-version",
  description: "The Airflow version that an MWAA environment names is one that MWAA supports.",
  severity: "high",
  reason:
    "MWAA refuses a version that it does not have. Where none is named it takes its newest one: the next " +
    "environment is then another than the last.",
  remediationSteps: "Set airflowVersion to one of the rule's parameter versions.",
  url: "https://docs.aws.amazon.com/mwaa/latest/userguide/airflow-versions.html",
  parameters: {
    versions: {
      type: "array",
      items: { type: "string" },
      description: "Versions that are allowed.",
      default: ["2.10.3", "2.11.0", "3.0.6", "3.2.1", "3.3.1"],
    },
    named: {
      type: "boolean",
      description: "Whether a version has to be named at all.",
      default: false,
    },
  },
  types: [ENVIRONMENT],
  check: ({ props }, report, { versions, named }) => {
    const version = props.airflowVersion ?? undefined;
    const allowed = versions as string[];
    if (version === undefined ? named === true : !allowed.includes(shown(version))) {
      report(`airflowVersion is ${shown(version)}; one of ${allowed.join(", ")} is needed.`);
    }
  },
};
