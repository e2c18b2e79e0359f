import { EMR_CLUSTER } from "../../emr";
import { ResourceRule } from "../../rule";
import { textOf } from "../../text";

/** A cluster runs a release that AWS supports. */
export const emrRelease: ResourceRule = {
  name: "emr-release",
  description: "An EMR cluster names a release that gets security patches.",
  severity: "medium",
  reason:
    "A release without support gets no more patches, and its end of life takes clusters with it.",
  remediationSteps:
    "Set releaseLabel of the aws.emr.Cluster to one that begins as the rule's parameter prefixes says.",
  url: "https://docs.aws.amazon.com/emr/latest/ReleaseGuide/emr-release-components.html",
  parameters: {
    prefixes: {
      type: "array",
      items: { type: "string" },
      description: "What a release may begin with.",
      default: ["emr-7."],
    },
  },
  types: [EMR_CLUSTER],
  check: ({ name, props }, report, { prefixes }) => {
    const label = textOf(props.releaseLabel);
    const allowed = prefixes as readonly string[];
    if (label === undefined || !allowed.some((prefix) => label.startsWith(prefix))) {
      report(
        `releaseLabel of the cluster ${name} is ${label ?? "missing"}; one that begins with ` +
          `${allowed.join(" or ")} is needed.`,
      );
    }
  },
};
