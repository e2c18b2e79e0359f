import type { Location } from "../location";
import type { Statement } from "../policyDocument";

/** Statement for handing roles to a service. */
export function passRole(
  sid: string,
  roleArns: string | readonly string[],
  service: string,
): Statement {
  return {
    Sid: sid,
    Effect: "Allow",
    Action: "iam:PassRole",
    Resource: roleArns,
    Condition: { StringEquals: { "iam:PassedToService": service } },
  };
}

/** The first cluster of an account creates the service-linked role, with the caller's permission. */
export function serviceLinkedRole(location: Location, service: string, suffix: string): Statement {
  const principal = `${service}.${location.dnsSuffix}`;
  return {
    Sid: `CreateServiceLinkedRoleOf${suffix}`,
    Effect: "Allow",
    Action: "iam:CreateServiceLinkedRole",
    Resource:
      `arn:${location.partition}:iam::${location.accountId}:role/aws-service-role/` +
      `${principal}/AWSServiceRoleFor${suffix}`,
    Condition: { StringEquals: { "iam:AWSServiceName": principal } },
  };
}

/** EMR and EC2 have a principal of their own in China. */
export function emrService({ dnsSuffix }: Location): string {
  return `elasticmapreduce.${dnsSuffix}`;
}

/** The principal of instances. */
export function ec2Service({ dnsSuffix }: Location): string {
  return `ec2.${dnsSuffix}`;
}
