import {
  DeleteBucketLifecycleCommand,
  GetBucketLifecycleConfigurationCommand,
  LifecycleRule,
  PutBucketLifecycleConfigurationCommand,
} from "@aws-sdk/client-s3";
import type * as aws from "@pulumi/aws";

import { Plain, ifThere } from "../row";
import { GONE, s3 } from "./client";
import { configuration } from "./configuration";

export const bucketLifecycle = configuration<Plain<aws.s3.BucketLifecycleConfigurationArgs>>({
  args: ["bucket", "rules"],
  members: {
    rules: [
      "abortIncompleteMultipartUpload",
      "filter",
      "id",
      "noncurrentVersionExpiration",
      "status",
    ],
    "rules.abortIncompleteMultipartUpload": ["daysAfterInitiation"],
    // The empty filter is every object.
    "rules.filter": [],
    "rules.noncurrentVersionExpiration": ["noncurrentDays"],
  },
  put: ({ bucket: name, rules = [] }) =>
    s3.send(
      new PutBucketLifecycleConfigurationCommand({
        Bucket: name,
        LifecycleConfiguration: { Rules: rules.map(lifecycleRule) },
      }),
    ),
  async get(name) {
    const there = await ifThere(
      s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket: name })),
      ...GONE,
    );
    return (
      there && {
        rules: there.Rules?.map((rule) => ({
          id: rule.ID,
          status: rule.Status,
          filter: {},
          noncurrentVersionExpiration: rule.NoncurrentVersionExpiration && {
            noncurrentDays: rule.NoncurrentVersionExpiration.NoncurrentDays,
          },
          abortIncompleteMultipartUpload: rule.AbortIncompleteMultipartUpload && {
            daysAfterInitiation: rule.AbortIncompleteMultipartUpload.DaysAfterInitiation,
          },
        })),
      }
    );
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
    Filter: { Prefix: "" },
    NoncurrentVersionExpiration: rule.noncurrentVersionExpiration && {
      NoncurrentDays: rule.noncurrentVersionExpiration.noncurrentDays,
    },
    AbortIncompleteMultipartUpload: rule.abortIncompleteMultipartUpload && {
      DaysAfterInitiation: rule.abortIncompleteMultipartUpload.daysAfterInitiation,
    },
  };
}
