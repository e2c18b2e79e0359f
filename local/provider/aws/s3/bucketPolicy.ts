import {
  DeleteBucketPolicyCommand,
  GetBucketPolicyCommand,
  PutBucketPolicyCommand,
} from "@aws-sdk/client-s3";
import type * as aws from "@pulumi/aws";

import { Plain, compactJson, ifThere } from "../row";
import { GONE, s3 } from "./client";
import { configuration } from "./configuration";

export const bucketPolicy = configuration<Plain<aws.s3.BucketPolicyArgs> & { policy: string }>({
  args: ["bucket", "policy"],
  put: ({ bucket: name, policy }) =>
    s3.send(new PutBucketPolicyCommand({ Bucket: name, Policy: policy })),
  async get(name) {
    const there = await ifThere(s3.send(new GetBucketPolicyCommand({ Bucket: name })), ...GONE);
    return there?.Policy === undefined ? undefined : { policy: compactJson(there.Policy) };
  },
  remove: (name) => s3.send(new DeleteBucketPolicyCommand({ Bucket: name })),
});
