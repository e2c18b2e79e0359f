import { GLUE_JOB, jobKind } from "../../glue";
import { ResourceRule } from "../../rule";
import { textOf } from "../../text";

/** The one version of Python that a shell job gets patches for. */
const SHELL = "3.9";

/** A job runs on a version that AWS supports. */
export const glueJobSupportedVersion: ResourceRule = {
  name: "glue-job-supported-version",
  description: "A Glue job names a version that gets security patches.",
  severity: "medium",
  reason:
    "A version without support gets no more patches; from the end of its life on, Glue refuses to run " +
    "its jobs.",
  remediationSteps:
    "Set glueVersion of the aws.glue.Job to one of the rule's parameter versions; a Python shell needs " +
    "pythonVersion 3.9.",
  url: "https://docs.aws.amazon.com/glue/latest/dg/glue-version-support-policy.html",
  also: ["Glue.4"],
  parameters: {
    versions: {
      type: "array",
      items: { type: "string" },
      description: "Versions of Glue that are allowed.",
      default: ["4.0", "5.0", "5.1"],
    },
  },
  types: [GLUE_JOB],
  check: ({ name, props }, report, { versions }) => {
    const version = textOf(props.glueVersion);
    const allowed = versions as readonly string[];
    if (jobKind(props) === "pythonshell") {
      const { pythonVersion: python } = props.command as { pythonVersion?: string };
      if (python !== SHELL) {
        report(
          `pythonVersion of the Python shell ${name} is ${python ?? "missing"}; ${SHELL} is needed.`,
        );
      }
    } else if (version === undefined || !allowed.includes(version)) {
      report(
        `glueVersion of the job ${name} is ${version ?? "missing"}; one of ${allowed.join(", ")} is needed.`,
      );
    }
  },
};
