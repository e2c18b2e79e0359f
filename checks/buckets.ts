import { checkBucketName, defaultBucketName } from "./bucketName";
import type { Deployment } from "./deployment";
import type { Problem } from "./problem";
import type { Reader } from "./reader";

/** Reads and checks the settings of the two buckets. */
export function readBuckets(read: Reader, problems: Problem[], deployment: Deployment) {
  const anything = /^/;
  const createAirflowBucket = read.flag("createAirflowBucket");
  const givenName = read.optional("airflowBucketName", anything, "a bucket name");
  if (!createAirflowBucket && givenName === undefined) {
    problems.push({
      setting: "airflowBucketName",
      value: "",
      allowed: "the name of a bucket that is there, because createAirflowBucket is false",
      remedy: "Name the bucket or set createAirflowBucket to true.",
    });
  }
  const airflowBucketName = givenName ?? defaultBucketName(deployment);
  const dataBucketName =
    read.optional("dataBucketName", anything, "a bucket name") ??
    defaultBucketName({ ...deployment, purpose: "data" });
  problems.push(
    ...checkBucketName("airflowBucketName", airflowBucketName, { isNew: createAirflowBucket }),
  );
  problems.push(...checkBucketName("dataBucketName", dataBucketName));
  if (airflowBucketName === dataBucketName) {
    problems.push({
      setting: "dataBucketName",
      value: dataBucketName,
      allowed: "another bucket than airflowBucketName",
      remedy: "Use two buckets: a role that writes data must not reach the DAGs.",
    });
  }
  const oldVersionRetentionDays = read.integer("oldVersionRetentionDays");
  if (oldVersionRetentionDays < 1) {
    problems.push({
      setting: "oldVersionRetentionDays",
      value: oldVersionRetentionDays,
      allowed: "1 day or more",
      remedy: "Raise it.",
    });
  }
  return { airflowBucketName, createAirflowBucket, dataBucketName, oldVersionRetentionDays };
}
