import { ATHENA_DATABASE, WORKGROUP, configurationOf, keepsResultsItself } from "../../athena";
import { ResourceRule } from "../../rule";
import { textOf } from "../../text";

/** Results go to a bucket of an account that was named. */
export const athenaExpectedBucketOwner: ResourceRule = {
  name: "athena-expected-bucket-owner",
  description:
    "Every Athena workgroup and database names the account that owns its results' bucket.",
  severity: "low",
  reason:
    "Whoever creates a bucket of that name after yours was deleted gets the results, unless Athena checks whose " +
    "it is.",
  remediationSteps:
    "Set expectedBucketOwner to the id of the account: in configuration.resultConfiguration of a workgroup, in " +
    "a database itself.",
  url: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html",
  types: [WORKGROUP, ATHENA_DATABASE],
  check: ({ type, name, props }, report) => {
    const configuration = configurationOf(props);
    if (type === WORKGROUP && keepsResultsItself(configuration)) {
      return;
    }
    const owner =
      type === WORKGROUP
        ? configuration?.resultConfiguration?.expectedBucketOwner
        : textOf(props.expectedBucketOwner);
    if (!/^\d{12}$/.test(owner ?? "")) {
      report(
        `The expectedBucketOwner of ${name} is "${owner ?? "missing"}"; the 12 digits of an account are needed.`,
      );
    }
  },
};
