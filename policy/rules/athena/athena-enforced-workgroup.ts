import { WORKGROUP, configurationOf } from "../../athena";
import { ResourceRule } from "../../rule";

/** No query changes what its workgroup says. */
export const athenaEnforcedWorkgroup: ResourceRule = {
  name: "athena-enforced-workgroup",
  description: "Every Athena workgroup enforces its configuration on all queries.",
  severity: "high",
  reason:
    "Without it each client chooses the location and encryption of its results, and the workgroup's own are " +
    "only a proposal.",
  remediationSteps: "Set configuration.enforceWorkgroupConfiguration to true.",
  url: "https://docs.aws.amazon.com/athena/latest/ug/workgroups-settings-override.html",
  also: ["CKV_AWS_82", "AVD-AWS-0007", "athena_workgroup_enforce_configuration"],
  types: [WORKGROUP],
  check: ({ name, props }, report) => {
    const configuration = configurationOf(props);
    if (configuration === undefined) {
      report(
        `The workgroup ${name} has no configuration; one with enforceWorkgroupConfiguration true is needed.`,
      );
      // The provider's default within a configuration is true.
    } else if ((configuration.enforceWorkgroupConfiguration ?? true) !== true) {
      report(
        `The configuration.enforceWorkgroupConfiguration of the workgroup ${name} is false; true is needed.`,
      );
    }
  },
};
