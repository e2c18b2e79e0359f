import { GetBucketVersioningCommand, PutBucketVersioningCommand } from "@aws-sdk/client-s3";
import type * as aws from "@pulumi/aws";

import { oneOf } from "../checks";
import { Plain, ifFound } from "../row";
import { s3 } from "./client";
import { bucketName, configuration } from "./configuration";

export const bucketVersioning = configuration<Plain<aws.s3.BucketVersioningArgs>>({
  args: ["bucket", "versioningConfiguration"],
  members: { versioningConfiguration: ["status"] },
  checks: {
    bucket: bucketName,
    "versioningConfiguration.status": oneOf("Enabled", "Suspended", "Disabled"),
  },
  // S3 has no way back to a bucket that never had versions.
  plan({ versioningConfiguration: { status } }, _changed, olds) {
    const before = olds?.versioningConfiguration.status;
    return status === "Disabled" && before !== undefined && before !== "Disabled"
      ? Promise.reject(
          new Error(
            `versioningConfiguration.status cannot be updated from "${before}" to "${status}"`,
          ),
        )
      : Promise.resolve();
  },
  source: {
    file: "internal/service/s3/bucket_versioning.go",
    differences: [
      "it does not wait until the status was read three times: the local S3 is consistent at once",
    ],
  },
  async put({ bucket: name, versioningConfiguration: { status } }) {
    if (status !== "Disabled") {
      await s3.send(
        new PutBucketVersioningCommand({
          Bucket: name,
          VersioningConfiguration: { Status: status as "Enabled" | "Suspended" },
        }),
      );
    }
  },
  async get(name) {
    const { Status } = await s3.send(new GetBucketVersioningCommand({ Bucket: name }));
    return { versioningConfiguration: { status: Status ?? "Disabled" } };
  },
  // Versioning cannot be taken away, only suspended; under an object lock not even that.
  async remove(name, { versioningConfiguration: { status } }) {
    if (status !== "Disabled") {
      await ifFound(
        s3.send(
          new PutBucketVersioningCommand({
            Bucket: name,
            VersioningConfiguration: { Status: "Suspended" },
          }),
        ),
        "InvalidBucketState",
        "An Object Lock configuration is present on this bucket",
      );
    }
  },
});
