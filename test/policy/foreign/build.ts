import { createHash } from "node:crypto";

import { PolicyResource } from "@pulumi/policy";

import { Identity, Part, build } from "../networks/build";
import { Mode } from "../stack/network";

const ACCOUNT = "123456789012";
const REGION = "us-east-1";

/** How the ids of a type of EC2's begin. */
const PREFIXES: Readonly<Record<string, string | undefined>> = {
  "ec2/vpc": "vpc",
  "ec2/subnet": "subnet",
  "ec2/securityGroup": "sg",
  "ec2/routeTable": "rtb",
  "ec2/internetGateway": "igw",
  "ec2/natGateway": "nat",
  "ec2/eip": "eipalloc",
  "ec2/vpcEndpoint": "vpce",
};

/** Ids, ARNs and names as AWS gives them. */
const real: Identity = ([type, name, props = {}], property) => {
  const [service, member] = type.split("/");
  const own = (props.bucket ?? props.name ?? name) as string;
  const prefix = PREFIXES[type];
  if (property === "id" && prefix !== undefined) {
    return `${prefix}-${createHash("sha256").update(name).digest("hex").slice(0, 17)}`;
  }
  if (property === "arn") {
    switch (service) {
      case "s3":
        return `arn:aws:s3:::${own}`;
      case "iam":
        return `arn:aws:iam::${ACCOUNT}:${member === "policy" ? "policy" : member}/${own}`;
      case "cloudwatch":
        return `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:${own}`;
      case "sns":
      case "sqs":
        return `arn:aws:${service}:${REGION}:${ACCOUNT}:${own}`;
      case "kms":
        return `arn:aws:kms:${REGION}:${ACCOUNT}:key/11111111-2222-3333-4444-555555555555`;
      case "lb":
        return `arn:aws:elasticloadbalancing:${REGION}:${ACCOUNT}:${member.toLowerCase()}/app/${own}/50dc6c495c0c9188`;
      default:
        return `arn:aws:${service}:${REGION}:${ACCOUNT}:${member}/${own}`;
    }
  }
  return property === "id" || property === "name" || property === "bucket"
    ? own
    : `${name}-${property}`;
};

/** A program's resources as the engine shows them. */
export function shown(parts: readonly Part[], mode: Mode): PolicyResource[] {
  return build(parts, mode, real, ["id", "arn"]);
}
