import { Case, UNKNOWN, resource } from "./graph";

type Statement = Record<string, unknown>;

const OPEN: Statement = {
  Sid: "Open",
  Effect: "Allow",
  Principal: "*",
  Action: "x:*",
  Resource: "*",
};
const when = (operator: string, key: string, value: unknown): Statement => ({
  Condition: { [operator]: { [key]: value } },
});

/** Changes to a statement for everybody that leave it open. */
const STILL_OPEN: Readonly<Record<string, Statement>> = {
  "the principal is in a map": { Principal: { AWS: "*" } },
  "the principal is in a list of others": { Principal: { AWS: ["123456789012", "*"] } },
  "the principal is a role of any account": { Principal: { AWS: "arn:aws:iam::*:role/etl" } },
  "the principal is any account of China": { Principal: { AWS: "arn:aws-cn:iam::*:root" } },
  "the statement says no effect": { Effect: undefined },
  "the effect is in small letters": { Effect: "allow" },
  "the condition is none": { Condition: null },
  "a condition takes what is no service": when("Bool", "aws:PrincipalIsAWSService", "false"),
  "a condition takes a service where it is said": when(
    "BoolIfExists",
    "aws:PrincipalIsAWSService",
    "true",
  ),
  "a condition's endpoint is of any account": when("StringLike", "aws:VpceAccount", "*"),
  "a condition's VPC is of any account": when(
    "ArnLike",
    "aws:SourceVpcArn",
    "arn:aws:ec2:us-east-1:*:vpc/vpc-1",
  ),
  "the principal is any service": { Principal: { Service: "*" } },
  "everybody but one is admitted": {
    Principal: undefined,
    NotPrincipal: { AWS: "arn:aws:iam::123456789012:root" },
  },
  "a condition says nothing of who": when("Bool", "aws:SecureTransport", "true"),
  "a condition excepts": when("StringNotEquals", "aws:PrincipalAccount", "123456789012"),
  "a condition holds without the key": when("StringEqualsIfExists", "aws:SourceVpce", "vpce-1"),
  "a condition on all of none holds": when("ForAllValues:StringEquals", "aws:SourceVpce", "vpce-1"),
  "a condition's value is a wildcard": when("StringLike", "aws:PrincipalOrgID", "*"),
  "a condition's value begins so": when("StringLike", "aws:PrincipalAccount", "1234*"),
  "one of a condition's values is": when("StringLike", "aws:PrincipalOrgID", ["o-abc", "o-*"]),
  "a condition has no value": when("StringEquals", "aws:PrincipalOrgID", []),
  "a condition's value is the caller's own": when(
    "StringEquals",
    "aws:PrincipalAccount",
    "${aws:PrincipalAccount}",
  ),
  "a condition's ARN is of any account": when("ArnLike", "aws:SourceArn", "arn:aws:sns:*:*:topic"),
  "a condition's ARN is of any bucket": when("ArnLike", "aws:SourceArn", "arn:aws:s3:::*"),
  "a condition's address is the internet": when("IpAddress", "aws:SourceIp", "0.0.0.0/0"),
  "a condition's address is half of it": when("IpAddress", "aws:SourceIp", [
    "10.0.0.0/8",
    "0.0.0.0/1",
  ]),
  "a condition's IPv6 address is wide": when("IpAddress", "aws:SourceIp", "2000::/3"),
};

/** Changes that close it. */
const CLOSED: Readonly<Record<string, Statement>> = {
  "the statement denies": { Effect: "Deny" },
  "the principal is an account": { Principal: { AWS: "arn:aws:iam::123456789012:root" } },
  "the principal is a service": { Principal: { Service: "logs.amazonaws.com" } },
  "a condition fixes the account": when("StringEquals", "AWS:PrincipalAccount", "123456789012"),
  "a condition fixes the organization": when("StringEquals", "aws:PrincipalOrgID", "o-abcdefghij"),
  "a condition fixes a part of it": when(
    "ForAnyValue:StringLike",
    "aws:PrincipalOrgPaths",
    "o-abcdefghij/r-ab12/*",
  ),
  "a condition fixes the endpoint": when("StringEquals", "aws:SourceVpce", ["vpce-1", "vpce-2"]),
  "a condition fixes the endpoint's account": when(
    "StringEquals",
    "aws:VpceAccount",
    "123456789012",
  ),
  "a condition fixes the endpoint's organization": when(
    "StringEquals",
    "aws:VpceOrgID",
    "o-abcdefghij",
  ),
  "a condition fixes a part of the endpoint's organization": when(
    "ForAnyValue:StringLike",
    "aws:VpceOrgPaths",
    "o-abcdefghij/r-ab12/*",
  ),
  "a condition fixes the VPC by its ARN": when(
    "ArnEquals",
    "aws:SourceVpcArn",
    "arn:aws:ec2:us-east-1:123456789012:vpc/vpc-1",
  ),
  "a condition takes services of AWS only": when("Bool", "aws:PrincipalIsAWSService", "true"),
  "the principal is one role of an account": {
    Principal: { AWS: "arn:aws:iam::123456789012:role/etl" },
  },
  "a condition fixes the owner": when("StringEquals", "AWS:SourceOwner", "123456789012"),
  "a condition fixes the role's sessions": when(
    "StringLike",
    "aws:userid",
    "AROAEXAMPLEEXAMPLE12:*",
  ),
  "a condition fixes the caller": when("StringEquals", "kms:CallerAccount", "123456789012"),
  "a condition fixes an ARN's account": when(
    "ArnLike",
    "aws:SourceArn",
    "arn:aws:events:*:123456789012:rule/*",
  ),
  "a condition fixes a bucket": when("ArnEquals", "aws:SourceArn", "arn:aws:s3:::airflow-data"),
  "a condition fixes addresses": when("IpAddress", "aws:SourceIp", [
    "203.0.113.0/24",
    "198.51.100.7",
  ]),
};

/** The table of a rule that no statement of the property `policy` admits everybody. */
export function openStatements(types: readonly string[]): Case[] {
  const [type] = types;
  const holder = (policy: unknown, ofType = type) => resource(ofType, "holder", { policy });
  const text = (...Statement: Statement[]) => JSON.stringify({ Version: "2012-10-17", Statement });
  const refused = {
    violations: [["holder", /Statement Open in the policy of holder.*a named principal is needed/]],
  } as const;
  return [
    ...types.flatMap((one): Case[] => [
      { when: `${one} admits everybody`, resources: [holder(text(OPEN), one)], ...refused },
      { when: `${one} has no policy`, resources: [resource(one, "holder", {})] },
      {
        when: `the policy of ${one} is not known yet`,
        resources: [holder(UNKNOWN, one)],
        notChecked: /policy/,
      },
    ]),
    ...Object.entries(STILL_OPEN).map(([what, change]) => ({
      when: what,
      resources: [holder(text({ ...OPEN, ...change }))],
      ...refused,
    })),
    ...Object.entries(CLOSED).map(([what, change]) => ({
      when: what,
      resources: [holder(text({ ...OPEN, ...change }))],
    })),
    {
      when: "the policy is an object with one statement",
      resources: [holder({ Statement: OPEN })],
      ...refused,
    },
    {
      when: "the second statement is open and has no name",
      resources: [holder(text({ ...OPEN, Effect: "Deny" }, { ...OPEN, Sid: undefined }))],
      violations: [["holder", /^Statement 2 in the policy of holder/]],
    },
    {
      when: "two statements are open",
      resources: [holder(text(OPEN, OPEN))],
      violations: [...refused.violations, ...refused.violations],
    },
    {
      when: "the policy is no JSON",
      resources: [holder("{")],
      violations: [["holder", /no JSON policy document/]],
    },
    {
      when: "a statement of the policy is none",
      resources: [holder({ Statement: [OPEN, null] })],
      violations: [["holder", /no JSON policy document/]],
    },
    { when: "the policy has no statement", resources: [holder("{}")] },
    {
      when: "another type has such a policy",
      resources: [holder(text(OPEN), "aws:ecr/repositoryPolicy:RepositoryPolicy")],
    },
  ];
}
