import { type Declaration, text } from "../../checks/declaration";
import { matching } from "../../checks/fields";
import type { InternetNeed } from "../../checks/internet";
import { type Location, bucketArn } from "../location";
import type { Statement } from "../policyDocument";

/** The setting `movielensSource`. */
export const MOVIELENS_SOURCE: Declaration<string> = text(
  matching(
    /^(https:\/\/[^/\s]+\/\S+|s3:\/\/[a-z0-9.-]{3,63}\/\S{1,1024})$/,
    "https://host/path or s3://bucket/key of a zip file",
  ),
  "https://files.grouplens.org/datasets/movielens/ml-latest-small.zip",
  "Zip file with the MovieLens data set, https://host/path or s3://bucket/key.",
);

/** Variable with the address of the MovieLens zip, which the DAGs of two pipelines read. */
export const SOURCE_VARIABLE = "movielens_source";

/** What a network without internet cannot bring of it. */
export function internetOf(source: string): InternetNeed[] {
  return source.startsWith("s3://")
    ? []
    : [
        {
          setting: "movielensSource",
          value: source,
          remedy: "Put the zip file into a bucket, and name it as s3://bucket/key.",
        },
      ];
}

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
