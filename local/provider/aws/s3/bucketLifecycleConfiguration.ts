import {
  DeleteBucketLifecycleCommand,
  GetBucketLifecycleConfigurationCommand,
  LifecycleRule,
  PutBucketLifecycleConfigurationCommand,
} from "@aws-sdk/client-s3";
import type * as aws from "@pulumi/aws";

import { atLeast, items, length, oneOf } from "../checks";
import { Plain } from "../row";
import { s3 } from "./client";
import { bucketName, configuration } from "./configuration";

export const bucketLifecycle = configuration<Plain<aws.s3.BucketLifecycleConfigurationArgs>>({
  args: ["bucket", "rules"],
  members: {
    rules: [
      "abortIncompleteMultipartUpload",
      "expiration",
      "filter",
      "id",
      "noncurrentVersionExpiration",
      "status",
    ],
    "rules.abortIncompleteMultipartUpload": ["daysAfterInitiation"],
    "rules.expiration": ["days"],
    // The empty filter is every object.
    "rules.filter": ["prefix"],
    "rules.noncurrentVersionExpiration": ["noncurrentDays"],
  },
  checks: {
    bucket: bucketName,
    rules: items(1),
    "rules.expiration.days": atLeast(1),
    "rules.id": length(1, 255),
    "rules.noncurrentVersionExpiration.noncurrentDays": atLeast(1),
    "rules.status": oneOf("Disabled", "Enabled"),
  },
  source: {
    file: "internal/service/s3/bucket_lifecycle_configuration.go",
    differences: [
      "it does not wait for up to three minutes until the rules that were put are read back: the local S3 is consistent " +
        "at once",
    ],
  },
  none: "NoSuchLifecycleConfiguration",
  put: ({ bucket: name, rules = [] }) =>
    s3.send(
      new PutBucketLifecycleConfigurationCommand({
        Bucket: name,
        // The provider's own choice, where the program makes none.
        TransitionDefaultMinimumObjectSize: "all_storage_classes_128K",
        LifecycleConfiguration: { Rules: rules.map(lifecycleRule) },
      }),
    ),
  async get(name) {
    const there = await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket: name }));
    return there.Rules?.length
      ? {
          rules: there.Rules.map((rule) => ({
            id: rule.ID,
            status: rule.Status,
            filter: rule.Filter?.Prefix ? { prefix: rule.Filter.Prefix } : {},
            expiration: rule.Expiration && { days: rule.Expiration.Days },
            noncurrentVersionExpiration: rule.NoncurrentVersionExpiration && {
              noncurrentDays: rule.NoncurrentVersionExpiration.NoncurrentDays,
            },
            abortIncompleteMultipartUpload: rule.AbortIncompleteMultipartUpload && {
              daysAfterInitiation: rule.AbortIncompleteMultipartUpload.DaysAfterInitiation,
            },
          })),
        }
      : undefined;
  },
  remove: (name) => s3.send(new DeleteBucketLifecycleCommand({ Bucket: name })),
});

type LifecycleRuleArgs = NonNullable<
  Plain<aws.s3.BucketLifecycleConfigurationArgs>["rules"]
>[number];

function lifecycleRule(rule: LifecycleRuleArgs): LifecycleRule {
  return {
    ID: rule.id,
    Status: rule.status as "Enabled",
    // A filter that is given and empty goes as the empty prefix, one that is left out as nothing.
    Filter: rule.filter === undefined ? {} : { Prefix: rule.filter.prefix ?? "" },
    Expiration: rule.expiration && { Days: rule.expiration.days },
    NoncurrentVersionExpiration: rule.noncurrentVersionExpiration && {
      NoncurrentDays: rule.noncurrentVersionExpiration.noncurrentDays,
    },
    AbortIncompleteMultipartUpload: rule.abortIncompleteMultipartUpload && {
      DaysAfterInitiation: rule.abortIncompleteMultipartUpload.daysAfterInitiation,
    },
  };
}
