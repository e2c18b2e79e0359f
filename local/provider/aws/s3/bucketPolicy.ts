import {
  DeleteBucketPolicyCommand,
  GetBucketPolicyCommand,
  PutBucketPolicyCommand,
} from "@aws-sdk/client-s3";
import type * as aws from "@pulumi/aws";

import { policyDocument } from "../checks";
import { Plain, compactJson } from "../row";
import { s3 } from "./client";
import { CONSISTENT, configuration } from "./configuration";

export const bucketPolicy = configuration<Plain<aws.s3.BucketPolicyArgs> & { policy: string }>({
  args: ["bucket", "policy"],
  checks: { policy: policyDocument },
  source: {
    file: "internal/service/s3/bucket_policy.go",
    differences: [
      CONSISTENT,
      "a policy that is refused as malformed is not tried again for two minutes: roles count at once here",
    ],
  },
  none: "NoSuchBucketPolicy",
  put: ({ bucket: name, policy }) =>
    s3.send(new PutBucketPolicyCommand({ Bucket: name, Policy: compactJson(policy) })),
  async get(name) {
    const there = await s3.send(new GetBucketPolicyCommand({ Bucket: name }));
    return there.Policy === undefined ? undefined : { policy: compactJson(there.Policy) };
  },
  remove: (name) => s3.send(new DeleteBucketPolicyCommand({ Bucket: name })),
});
