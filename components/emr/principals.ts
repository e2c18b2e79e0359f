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

/** The first cluster of an account makes the service's own role, by the caller's leave. */
export function serviceLinkedRole(location: Location, service: string, suffix: string): Statement {
  const principal = `${service}.${location.dnsSuffix}`;
  return {
    Sid: `MakeRoleOf${suffix}`,
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
