import { EMR_BLOCK_PUBLIC_ACCESS } from "../../emr";
import { ResourceRule } from "../../rule";
import { shown } from "../../shown";

/** The account refuses clusters whose groups are open to everybody, where the stack has a say in it. */
export const emrBlockPublicAccess: ResourceRule = {
  name: "emr-block-public-access",
  description: "A stack that sets EMR's block on public access switches it on.",
  severity: "high",
  reason:
    "It is the one thing that keeps EMR from starting a cluster, of whatever stack, with groups that " +
    "admit the internet.",
  remediationSteps:
    "Set blockPublicSecurityGroupRules of the aws.emr.BlockPublicAccessConfiguration to true.",
  url: "https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-block-public-access.html",
  also: ["CKV_AWS_390", "EMR.2", "emr_cluster_account_public_block_enabled"],
  types: [EMR_BLOCK_PUBLIC_ACCESS],
  // The setting is one for the account and region: a stack without it says nothing of it.
  check: ({ name, props }, report) => {
    if (props.blockPublicSecurityGroupRules !== true) {
      report(
        `blockPublicSecurityGroupRules of ${name} is ${shown(props.blockPublicSecurityGroupRules)}; ` +
          "true is needed.",
      );
    }
  },
};
