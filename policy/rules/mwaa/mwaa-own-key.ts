import { isGiven } from "../../environments";
import { ResourceRule } from "../../rule";
import { ENVIRONMENT } from "../../types";

/** In production the environment is encrypted with a key whose use the team decides on. */
export const mwaaOwnKey: ResourceRule = {
  name: "mwaa-own-key",
  description: "An MWAA environment is encrypted with a customer managed key.",
  severity: "medium",
  reason:
    "Who may use AWS's own key cannot be limited, nor its use seen, and the key of an environment cannot " +
    "be changed later.",
  remediationSteps: "Set kmsKey, in this project encryptionKey: own.",
  url: "https://docs.aws.amazon.com/mwaa/latest/userguide/encryption-at-rest.html",
  types: [ENVIRONMENT],
  check: ({ props }, report) => {
    if (!isGiven(() => props.kmsKey)) {
      report("kmsKey is missing; a key of your own is needed.");
    }
  },
};
