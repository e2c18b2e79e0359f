import { EMR_STUDIO } from "../../emr";
import { isGiven } from "../../environments";
import { ResourceRule } from "../../rule";

/** In production what a studio backs up is encrypted with a key whose use the team decides on. */
export const emrStudioOwnKey: ResourceRule = {
  name: "emr-studio-own-key",
  description: "An EMR Studio backs its workspaces up with a customer managed key.",
  severity: "low",
  reason: "Who may use S3's own key cannot be limited, nor its use seen; notebooks hold results.",
  remediationSteps: "Set encryptionKeyArn of the aws.emr.Studio.",
  url: "https://docs.aws.amazon.com/emr/latest/APIReference/API_Studio.html",
  types: [EMR_STUDIO],
  check: ({ name, props }, report) => {
    if (!isGiven(() => props.encryptionKeyArn)) {
      report(`encryptionKeyArn of the studio ${name} is missing; a key of your own is needed.`);
    }
  },
};
