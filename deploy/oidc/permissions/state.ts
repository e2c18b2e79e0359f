import type { Location } from "../../../components/location";
import { bucketArn } from "../../../components/location";
import { PROJECT } from "../stackSettings";
import { type Area, allow } from "./area";

/** Where the engine keeps the state of the program's stacks, when not in Pulumi Cloud. */
export interface StateArgs {
  readonly location: Location;
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
export function state({ location, stack, bucketName, keyArn }: StateArgs): Area {
  if (bucketName === undefined) {
    return { read: [], write: [] };
  }
  const objects = [
    // With its compressed and its saved form beside it.
    `stacks/${PROJECT}/${stack}.*`,
    `history/${PROJECT}/${stack}/*`,
    `backups/${PROJECT}/${stack}/*`,
    `locks/organization/${PROJECT}/${stack}/*`,
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
