import { type Location, bucketArn } from "../location";
import type { Statement } from "../policyDocument";

/** Variable with the address of the MovieLens zip, which the DAGs of two pipelines read. */
export const SOURCE_VARIABLE = "movielens_source";

/** Statement for reading the zip file, when it is in S3. */
export function readSource(location: Location, source: string): Statement[] {
  const object = /^s3:\/\/([^/]+)\/(.+)$/.exec(source);
  return object === null
    ? []
    : [
        {
          Sid: "ReadSource",
          Effect: "Allow",
          Action: "s3:GetObject",
          Resource: bucketArn(location, object[1], object[2]),
        },
      ];
}
