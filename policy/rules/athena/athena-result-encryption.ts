import { ENCRYPTION_OPTIONS, WORKGROUP, configurationOf, keepsResultsItself } from "../../athena";
import { isGiven } from "../../environments";
import { ResourceRule } from "../../rule";
import { known, unwrapped } from "../../unknown";

/** What queries find is written encrypted. */
export const athenaResultEncryption: ResourceRule = {
  name: "athena-result-encryption",
  description: "Every Athena workgroup encrypts the results of its queries in an allowed way.",
  severity: "high",
  reason: "Results are copies of the data, and lie wherever the workgroup writes them.",
  remediationSteps:
    'Set configuration.resultConfiguration.encryptionConfiguration.encryptionOption to "SSE_S3", or to ' +
    '"SSE_KMS" with kmsKeyArn.',
  url: "https://docs.aws.amazon.com/athena/latest/ug/encrypting-query-results-stored-in-s3.html",
  also: ["CKV_AWS_159", "AVD-AWS-0006", "athena_workgroup_encryption"],
  parameters: {
    options: {
      type: "array",
      items: { type: "string", enum: [...ENCRYPTION_OPTIONS] },
      description:
        "Ways that results may be encrypted. Without SSE_S3 every workgroup needs a KMS key.",
      default: [...ENCRYPTION_OPTIONS],
    },
  },
  repair: ({ type, props }, { options }) => {
    const configuration = type === WORKGROUP ? configurationOf(props) : undefined;
    const result = configuration?.resultConfiguration;
    return configuration === undefined ||
      result === undefined ||
      !(options as readonly string[]).includes("SSE_S3") ||
      keepsResultsItself(configuration) ||
      isGiven(() => result.encryptionConfiguration)
      ? undefined
      : {
          configuration: {
            ...unwrapped(configuration),
            resultConfiguration: {
              ...unwrapped(result),
              encryptionConfiguration: { encryptionOption: "SSE_S3" },
            },
          },
        };
  },
  types: [WORKGROUP],
  check: ({ name, props }, report, { options }) => {
    const allowed = options as readonly string[];
    const configuration = configurationOf(props);
    if (keepsResultsItself(configuration)) {
      return;
    }
    const encryption = configuration?.resultConfiguration?.encryptionConfiguration;
    const option = encryption?.encryptionOption;
    if (option === undefined || !allowed.includes(option)) {
      report(
        `The encryptionOption of the workgroup ${name} is "${option ?? "missing"}"; one of ` +
          `${allowed.join(", ")} is needed.`,
      );
      return;
    }
    // One that is not known yet is one: Athena refuses these options without a key.
    const key = known(() => ({ arn: encryption?.kmsKeyArn ?? "" }));
    if (option !== "SSE_S3" && key?.arn === "") {
      report(
        `The workgroup ${name} has the encryptionOption "${option}" and no kmsKeyArn; add it.`,
      );
    }
  },
};
