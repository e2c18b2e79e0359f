import { servicesAllowed } from "../../documents";
import { StackRule } from "../../rule";
import { ENVIRONMENT } from "../../types";
import { outsideStack } from "../../unknown";
import { isGiven } from "../../environments";

const KEY = "aws:kms/key:Key";
const KEY_POLICY = "aws:kms/keyPolicy:KeyPolicy";

/** What CloudWatch Logs calls; the page has them with wildcards. */
const ACTIONS = [
  "kms:Encrypt",
  "kms:Decrypt",
  "kms:ReEncryptFrom",
  "kms:ReEncryptTo",
  "kms:GenerateDataKey",
  "kms:DescribeKey",
];
const LOGS = /^logs\.([a-z0-9-]+\.)?amazonaws\.com(\.cn)?$/;

/** CloudWatch Logs encrypts the environment's groups with its key, and asks the key's own policy. */
export const mwaaKeyAdmitsLogs: StackRule = {
  name: "mwaa-key-admits-logs",
  description: "The policy of an MWAA environment's own key lets CloudWatch Logs use it.",
  severity: "high",
  reason: "Without it the log groups cannot be created, and the creation of the environment fails.",
  remediationSteps:
    "Allow kms:Encrypt*, kms:Decrypt*, kms:ReEncrypt*, kms:GenerateDataKey* and kms:Describe* to " +
    "logs.<region>.amazonaws.com in the key's policy.",
  url: "https://docs.aws.amazon.com/mwaa/latest/userguide/custom-keys-certs.html",
  subjects: (graph) => graph.ofType(ENVIRONMENT).filter(({ props }) => isGiven(() => props.kmsKey)),
  checkInStack: (environment, graph, report) => {
    const keys = graph.referenced(environment, "kmsKey", KEY);
    if (keys.length === 0) {
      throw outsideStack(() => environment.props.kmsKey, "its key is not of this stack");
    }
    for (const key of keys) {
      const documents = [key, ...graph.referring(key, "keyId", KEY_POLICY)].map(
        ({ props }) => props.policy as unknown,
      );
      const missing = ACTIONS.filter(
        (action) =>
          !documents.some((document) =>
            servicesAllowed(document, action).some((service) => LOGS.test(service)),
          ),
      );
      if (missing.length > 0) {
        report(
          `The policy of its key does not allow ${missing.join(", ")} to ` +
            "logs.<region>.amazonaws.com; it must.",
          key,
        );
      }
    }
  },
};
