import { Attempts, DOCUMENT_TYPES, documentsIn } from "../../documents";
import { ResourceRule } from "../../rule";
import { secretIn } from "../../secrets";

/** What everybody may read who may look at IAM holds no secret. */
export const iamNoInlineSecret: ResourceRule = {
  name: "iam-no-inline-secret",
  description: "No policy document, and no description of a role or policy, holds a credential.",
  severity: "high",
  reason:
    "Policies and descriptions are read by everybody who may look at IAM, and are kept in logs and in the " +
    "stack's state as plain text.",
  remediationSteps:
    "Take the credential out and make it useless at its source; keep the new one in Secrets Manager.",
  url: "https://docs.aws.amazon.com/secretsmanager/latest/userguide/best-practices.html",
  types: DOCUMENT_TYPES,
  check: (resource, report) => {
    const { name, props } = resource;
    const attempts = new Attempts();
    const places = [
      { label: "description", read: () => props.description },
      ...documentsIn(resource),
    ];
    for (const { label, read } of places) {
      attempts.run(() => {
        const found = new Set<string>();
        const look = (text: string): void => {
          const secret = secretIn(withoutSecretNames(text));
          if (secret !== undefined) {
            found.add(secret);
          }
        };
        try {
          eachText(parsed(read()), attempts, look);
        } finally {
          for (const secret of found) {
            report(
              `The ${label} of ${name} holds ${secret}; take it out, and change it where it opens.`,
            );
          }
        }
      });
    }
    attempts.finish();
  },
};

/** ARNs of Secrets Manager name a secret after the word `secret` and a colon, as text gives one. */
function withoutSecretNames(text: string): string {
  return text.replace(/(arn:[^:\s]*:secretsmanager:[^:\s]*:[^:\s]*):secret:/g, "$1:");
}

/** A document that is JSON text as what it says; any other value as it is. */
function parsed(value: unknown): unknown {
  try {
    return typeof value === "string" && value.trimStart().startsWith("{")
      ? JSON.parse(value)
      : value;
  } catch {
    return value;
  }
}

/** Hands over every text in a value, names of properties among them. */
function eachText(value: unknown, attempts: Attempts, look: (text: string) => void): void {
  if (typeof value === "string") {
    look(value);
  } else if (typeof value === "object" && value !== null) {
    for (const key of Object.keys(value)) {
      if (!Array.isArray(value)) {
        look(key);
      }
      attempts.run(() => eachText((value as Record<string, unknown>)[key], attempts, look));
    }
  }
}
