import { KMS_KEY_TYPES } from "../../kms";
import { ResourceRule } from "../../rule";

// https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html
const SHORTEST = 7;
const LONGEST = 30;

/** A key that was deleted can be brought back for some days. */
export const kmsDeletionWindow: ResourceRule = {
  name: "kms-deletion-window",
  description:
    "Every KMS key waits the days that are asked for, 7 to 30, before its deletion is final.",
  severity: "medium",
  reason:
    "What a key encrypted can never be read again once the key is gone; the waiting time is the only time in " +
    "which a deletion by mistake is noticed and undone.",
  remediationSteps: "Set deletionWindowInDays to 30, or leave it out: 30 is the default.",
  url: "https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html",
  also: ["KMS.3"],
  parameters: {
    minimumDays: {
      type: "integer",
      minimum: SHORTEST,
      maximum: LONGEST,
      description: "The least number of days between a key's deletion and its end.",
      default: SHORTEST,
    },
  },
  types: KMS_KEY_TYPES,
  check: ({ name, props }, report, parameters) => {
    const days = (props.deletionWindowInDays as number | undefined | null) ?? LONGEST;
    const minimum = parameters.minimumDays as number;
    if (days < minimum || days > LONGEST) {
      report(
        `The deletionWindowInDays of the key ${name} is ${days}; ${minimum} to ${LONGEST} is needed.`,
      );
    }
  },
};
