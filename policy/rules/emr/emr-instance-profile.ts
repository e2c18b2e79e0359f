import { EMR_CLUSTER, ec2Attributes } from "../../emr";
import { ResourceRule } from "../../rule";
import { known } from "../../unknown";
import { textOf } from "../../text";

const DEFAULTS = ["EMR_EC2_DefaultRole", "EMR_DefaultRole", "EMR_DefaultRole_V2"];

/** A cluster works with roles of the stack's own. */
export const emrInstanceProfile: ResourceRule = {
  name: "emr-instance-profile",
  description:
    "An EMR cluster's instance profile and service role are not the account's default ones.",
  severity: "medium",
  reason:
    "The default roles are shared by every cluster of the account, so that each may do what any of them " +
    "needs; they may be missing, too.",
  remediationSteps:
    "Set ec2Attributes.instanceProfile and serviceRole of the aws.emr.Cluster to ones that the stack " +
    "makes, with what this cluster needs.",
  url: "https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-iam-roles-custom.html",
  types: [EMR_CLUSTER],
  check: ({ name, props }, report) => {
    const roles = {
      // One that is not known yet is created by the stack, or by one that it refers to.
      "ec2Attributes.instanceProfile": known(
        () => textOf(ec2Attributes({ props }).instanceProfile) ?? "",
      ),
      serviceRole: known(() => textOf(props.serviceRole) ?? ""),
    };
    for (const [property, role] of Object.entries(roles)) {
      if (role === "") {
        report(`${property} of the cluster ${name} is missing; one of the stack's own is needed.`);
      } else if (role !== undefined && DEFAULTS.includes(role.replace(/^.*[/]/, ""))) {
        report(
          `${property} of the cluster ${name} is ${role}, which the account's clusters share; one of the ` +
            "stack's own is needed.",
        );
      }
    }
  },
};
