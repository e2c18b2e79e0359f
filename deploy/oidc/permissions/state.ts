import type { Location } from "../../../components/location";
import { bucketArn } from "../../../components/location";
import { type Area, allow } from "./area";

/** Where the engine keeps the state of the program's stacks, when not in Pulumi Cloud. */
export interface StateArgs {
  readonly location: Location;
  readonly project: string;
  readonly stack: string;
  readonly bucketName?: string;
  /** ARN of the KMS key of the state's secrets, and of the bucket. */
  readonly keyArn?: string;
}

/**
 * The state of one stack: a role of `dev` reads and writes none of `prod`'s. A preview, and a refresh that is
 * one, take no lock and write nothing.
 *
 * Source: https://www.pulumi.com/docs/iac/concepts/state-and-backends/
 */
export function state({ location, project, stack, bucketName, keyArn }: StateArgs): Area {
  if (bucketName === undefined) {
    return { read: [], write: [] };
  }
  const objects = [
    // With its compressed and its saved form beside it.
    `stacks/${project}/${stack}.*`,
    `history/${project}/${stack}/*`,
    `backups/${project}/${stack}/*`,
    `locks/organization/${project}/${stack}/*`,
  ].map((key) => bucketArn(location, bucketName, `.pulumi/${key}`));
  return {
    read: [
      allow(
        "ListStates",
        ["s3:GetBucketLocation", "s3:ListBucket"],
        bucketArn(location, bucketName),
      ),
      allow(
        "ReadState",
        ["s3:GetObject"],
        [...objects, bucketArn(location, bucketName, ".pulumi/meta.yaml")],
      ),
      ...(keyArn === undefined ? [] : [allow("ReadSecrets", ["kms:Decrypt"], keyArn)]),
    ],
    write: [
      allow("WriteState", ["s3:DeleteObject", "s3:PutObject"], objects),
      ...(keyArn === undefined
        ? []
        : [allow("WriteSecrets", ["kms:Encrypt", "kms:GenerateDataKey"], keyArn)]),
    ],
  };
}
