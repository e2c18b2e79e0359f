import { GetBucketVersioningCommand, PutBucketVersioningCommand } from "@aws-sdk/client-s3";
import type * as aws from "@pulumi/aws";

import { Plain, ifThere } from "../row";
import { GONE, s3 } from "./client";
import { configuration } from "./configuration";

export const bucketVersioning = configuration<Plain<aws.s3.BucketVersioningArgs>>({
  args: ["bucket", "versioningConfiguration"],
  members: { versioningConfiguration: ["status"] },
  put: ({ bucket: name, versioningConfiguration }) =>
    s3.send(
      new PutBucketVersioningCommand({
        Bucket: name,
        VersioningConfiguration: {
          Status: versioningConfiguration.status as "Enabled" | "Suspended",
        },
      }),
    ),
  async get(name) {
    const there = await ifThere(s3.send(new GetBucketVersioningCommand({ Bucket: name })), ...GONE);
    return there?.Status && { versioningConfiguration: { status: there.Status } };
  },
  // As the official provider does: versioning cannot be taken away, only suspended.
  remove: (name) =>
    s3.send(
      new PutBucketVersioningCommand({
        Bucket: name,
        VersioningConfiguration: { Status: "Suspended" },
      }),
    ),
});
