import { ResourceRule } from "../../rule";
import { isPlain, isSecretName, secretIn } from "../../secrets";
import { textOf } from "../../text";

/** What looks secret is not kept in plain text in Systems Manager. */
export const ssmSecureString: ResourceRule = {
  name: "ssm-secure-string",
  description:
    "Every parameter whose name or value looks like a secret is a SecureString, and its value is not in the " +
    "stack's state in plain text.",
  severity: "high",
  reason:
    "Whoever may list parameters reads a String, and it stands in plain text in the parameter's history, in " +
    "logs of calls and in the stack's state.",
  remediationSteps:
    'Set type to "SecureString" and give the value as a secret (pulumi.secret, config.requireSecret) in ' +
    "value; or keep it in AWS Secrets Manager.",
  url: "https://docs.aws.amazon.com/systems-manager/latest/userguide/secure-string-parameter-kms-encryption.html",
  also: ["CKV2_AWS_34"],
  types: ["aws:ssm/parameter:Parameter"],
  check: ({ name: resourceName, props }, report) => {
    const type = textOf(props.type);
    const name = textOf(props.name) ?? resourceName;
    if (type === "SecureString") {
      if (isText(props.insecureValue)) {
        report(
          `The parameter "${name}" is a SecureString whose value is given as insecureValue, which the ` +
            "stack's state keeps in plain text; use value.",
        );
      }
      return;
    }
    // The value itself is in no message: it would be in the log.
    const why = reasonOf(name, props);
    if (why !== undefined) {
      report(
        `The parameter "${name}" is of type "${type ?? "missing"}" and ${why}; "SecureString" is needed.`,
      );
    }
  },
};

function reasonOf(name: string, props: Record<string, unknown>): string | undefined {
  const values = [props.value, props.insecureValue].filter(isText);
  for (const value of values) {
    const secret = secretIn(value);
    if (secret !== undefined) {
      return `its value looks like ${secret}`;
    }
  }
  return isSecretName(name) && (values.length === 0 || !values.every(isPlain))
    ? "its name says that it is a secret"
    : undefined;
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
