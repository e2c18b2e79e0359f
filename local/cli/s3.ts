import { S3Client } from "@aws-sdk/client-s3";

import type { Endpoint } from "../engine/endpoint";
import { clientConfig } from "./cloud";

/** A client of S3 on the local cloud, where a bucket is part of the path: its address has no names below it. */
export function s3Of(endpoint: Endpoint): S3Client {
  return new S3Client({ ...clientConfig(endpoint), forcePathStyle: true });
}
