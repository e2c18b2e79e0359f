import {
  DeleteBucketOwnershipControlsCommand,
  GetBucketOwnershipControlsCommand,
  ObjectOwnership,
  PutBucketOwnershipControlsCommand,
} from "@aws-sdk/client-s3";
import type * as aws from "@pulumi/aws";

import { Plain, ifThere } from "../row";
import { GONE, s3 } from "./client";
import { configuration } from "./configuration";

export const bucketOwnershipControls = configuration<Plain<aws.s3.BucketOwnershipControlsArgs>>({
  args: ["bucket", "rule"],
  members: { rule: ["objectOwnership"] },
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
    const there = await ifThere(
      s3.send(new GetBucketOwnershipControlsCommand({ Bucket: name })),
      ...GONE,
    );
    const [rule] = there?.OwnershipControls?.Rules ?? [];
    return rule && { rule: { objectOwnership: rule.ObjectOwnership } };
  },
  remove: (name) => s3.send(new DeleteBucketOwnershipControlsCommand({ Bucket: name })),
});
