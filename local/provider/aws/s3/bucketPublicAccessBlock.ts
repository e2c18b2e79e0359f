import {
  DeletePublicAccessBlockCommand,
  GetPublicAccessBlockCommand,
  PutPublicAccessBlockCommand,
} from "@aws-sdk/client-s3";
import type * as aws from "@pulumi/aws";

import { Plain } from "../row";
import { s3 } from "./client";
import { CONSISTENT, configuration } from "./configuration";

export const bucketPublicAccessBlock = configuration<Plain<aws.s3.BucketPublicAccessBlockArgs>>({
  args: [
    "blockPublicAcls",
    "blockPublicPolicy",
    "bucket",
    "ignorePublicAcls",
    "restrictPublicBuckets",
  ],
  checks: {},
  source: {
    file: "internal/service/s3/bucket_public_access_block.go",
    differences: [CONSISTENT],
  },
  none: "NoSuchPublicAccessBlockConfiguration",
  put: (inputs) =>
    s3.send(
      new PutPublicAccessBlockCommand({
        Bucket: inputs.bucket,
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: inputs.blockPublicAcls ?? false,
          BlockPublicPolicy: inputs.blockPublicPolicy ?? false,
          IgnorePublicAcls: inputs.ignorePublicAcls ?? false,
          RestrictPublicBuckets: inputs.restrictPublicBuckets ?? false,
        },
      }),
    ),
  async get(name) {
    const there = await s3.send(new GetPublicAccessBlockCommand({ Bucket: name }));
    const block = there.PublicAccessBlockConfiguration;
    return (
      block && {
        blockPublicAcls: block.BlockPublicAcls,
        blockPublicPolicy: block.BlockPublicPolicy,
        ignorePublicAcls: block.IgnorePublicAcls,
        restrictPublicBuckets: block.RestrictPublicBuckets,
      }
    );
  },
  remove: (name) => s3.send(new DeletePublicAccessBlockCommand({ Bucket: name })),
});
