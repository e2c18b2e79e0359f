import {
  DeleteBucketOwnershipControlsCommand,
  GetBucketOwnershipControlsCommand,
  ObjectOwnership,
  PutBucketOwnershipControlsCommand,
} from "@aws-sdk/client-s3";
import type * as aws from "@pulumi/aws";

import { length, oneOf } from "../checks";
import { Plain } from "../row";
import { s3 } from "./client";
import { CONSISTENT, configuration } from "./configuration";

export const bucketOwnershipControls = configuration<Plain<aws.s3.BucketOwnershipControlsArgs>>({
  args: ["bucket", "rule"],
  members: { rule: ["objectOwnership"] },
  checks: {
    bucket: length(1, Infinity),
    "rule.objectOwnership": oneOf("BucketOwnerPreferred", "ObjectWriter", "BucketOwnerEnforced"),
  },
  source: {
    file: "internal/service/s3/bucket_ownership_controls.go",
    differences: [CONSISTENT],
  },
  none: "OwnershipControlsNotFoundError",
  put: ({ bucket: name, rule }) =>
    s3.send(
      new PutBucketOwnershipControlsCommand({
        Bucket: name,
        OwnershipControls: {
          Rules: [{ ObjectOwnership: rule.objectOwnership as ObjectOwnership }],
        },
      }),
    ),
  async get(name) {
    const there = await s3.send(new GetBucketOwnershipControlsCommand({ Bucket: name }));
    const [rule] = there.OwnershipControls?.Rules ?? [];
    return rule && { rule: { objectOwnership: rule.ObjectOwnership } };
  },
  remove: (name) => s3.send(new DeleteBucketOwnershipControlsCommand({ Bucket: name })),
});
