import * as aws from "@pulumi/aws";

/** Where in AWS a stack is: what an ARN needs before its resource exists. */
export interface Location {
  /** `aws`, `aws-cn`, `aws-us-gov`. */
  readonly partition: string;
  /** Domain of service principals and endpoints: `amazonaws.com`, `amazonaws.com.cn`. */
  readonly dnsSuffix: string;
  /** 12 digits. */
  readonly accountId: string;
  readonly region: string;
}

/** Asks AWS where the stack's credentials and region lead. */
export async function lookUpLocation(): Promise<Location> {
  const [{ accountId }, { region }, { partition, dnsSuffix }] = await Promise.all([
    aws.getCallerIdentity(),
    aws.getRegion(),
    aws.getPartition(),
  ]);
  return { partition, dnsSuffix, accountId, region };
}

/** ARN of something in the stack's own account and region. */
export function regionalArn(location: Location, service: string, resource: string): string {
  const { partition, region, accountId } = location;
  return `arn:${partition}:${service}:${region}:${accountId}:${resource}`;
}

/** ARN of a bucket, or of objects in it when a key (or key pattern) is given. */
export function bucketArn(location: Location, bucket: string, key?: string): string {
  return `arn:${location.partition}:s3:::${bucket}${key === undefined ? "" : `/${key}`}`;
}
