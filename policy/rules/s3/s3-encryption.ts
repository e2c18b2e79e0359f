import { ENCRYPTION_TYPES, within } from "../../buckets";
import { called, checkCompanion, withLoneCompanions } from "../../companions";
import { objectsOf } from "../../lists";
import { StackRule } from "../../rule";
import { shown } from "../../shown";
import { BUCKET_TYPES } from "../../types";

/** Every bucket of the stack says how its objects are encrypted. */
export const s3Encryption: StackRule = {
  name: "s3-encryption",
  description:
    "Every bucket of the stack has an encryption configuration with an allowed algorithm.",
  severity: "high",
  reason:
    "S3 encrypts by itself with a key of its own; which key reads the data is a decision that has to be seen.",
  remediationSteps:
    "Give the bucket an aws.s3.BucketServerSideEncryptionConfiguration whose rule has an sseAlgorithm that is " +
    'allowed: "aws:kms" with kmsMasterKeyId for a key of your own, "AES256" for S3\'s.',
  url: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-encryption.html",
  also: [
    "CKV_AWS_19",
    "CKV_AWS_145",
    "AVD-AWS-0088",
    "AVD-AWS-0132",
    "s3_bucket_default_encryption",
  ],
  parameters: {
    algorithms: {
      type: "array",
      items: { type: "string", enum: ["AES256", "aws:kms", "aws:kms:dsse"] },
      description: "Algorithms that a bucket may use. Without AES256 every bucket needs a KMS key.",
      default: ["AES256", "aws:kms", "aws:kms:dsse"],
    },
  },
  repair: ({ type, props }, { algorithms }) =>
    ENCRYPTION_TYPES.includes(type) &&
    (algorithms as readonly string[]).includes("AES256") &&
    algorithmsOf(props).length === 0
      ? { rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }] }
      : undefined,
  subjects: (graph) =>
    withLoneCompanions(graph, { of: BUCKET_TYPES, types: ENCRYPTION_TYPES, property: "bucket" }),
  checkInStack: (bucket, graph, report, { algorithms }) => {
    const allowed = algorithms as readonly string[];
    checkCompanion(bucket, "bucket", graph, report, {
      of: BUCKET_TYPES,
      types: ENCRYPTION_TYPES,
      property: "bucket",
      what: "aws.s3.BucketServerSideEncryptionConfiguration",
      fault: ({ props }) => {
        const used = algorithmsOf(props);
        return used.length > 0 && used.every((algorithm) => allowed.includes(algorithm))
          ? undefined
          : `The encryption of ${called(bucket, "bucket", BUCKET_TYPES)} is ` +
              `"${used.filter((one) => !allowed.includes(one)).join('", "') || "missing"}"; ` +
              `sseAlgorithm must be one of ${allowed.join(", ")}.`;
      },
      within: () => {
        const used = within(
          bucket,
          "serverSideEncryptionConfiguration",
          "serverSideEncryptionConfigurations",
        ).flatMap(algorithmsOf);
        return used.length > 0 && used.every((algorithm) => allowed.includes(algorithm));
      },
    });
  },
};

/** Algorithms of a configuration: its own resource has `rules`, a `Bucket` within it one `rule`. */
function algorithmsOf({ rule, rules }: Record<string, unknown>): string[] {
  return [...objectsOf(rule), ...objectsOf(rules)]
    .flatMap((one) => [
      ...objectsOf(one.applyServerSideEncryptionByDefault),
      ...objectsOf(one.applyServerSideEncryptionByDefaults),
    ])
    .map(({ sseAlgorithm }) => shown(sseAlgorithm));
}
