import { type Declaration, field, record } from "./declaration";
import { matching } from "./fields";
import type { Problem } from "./problem";
import { MOST_GROUPS } from "./webserver";

/** A VPC that the stack is put into, by the ids of what is there. */
export interface ExistingVpc {
  /** Empty: the stack makes a VPC of its own. */
  readonly vpcId: string;
  /** The environment's two private subnets. */
  readonly subnetIds: readonly string[];
  /** Security groups of the environment; empty: the stack makes one. */
  readonly securityGroupIds: readonly string[];
  /** Route tables that a gateway endpoint for S3 is made in; empty: those of the two subnets. */
  readonly routeTableIds: readonly string[];
}

/** Settings of a VPC of the stack's own, which say nothing of one that is there. */
export const OWN_VPC_SETTINGS = [
  "vpcCidr",
  "publicSubnetCidrs",
  "privateSubnetCidrs",
  "availabilityZones",
  "natGateways",
] as const;

const ids = (prefix: string, least: number, most: number) => ({
  holds: (found: unknown) =>
    Array.isArray(found) &&
    new Set(found).size === found.length &&
    (found.length === 0 || (found.length >= least && found.length <= most)) &&
    found.every(
      (one) =>
        typeof one === "string" && new RegExp(`^${prefix}-([0-9a-f]{8}|[0-9a-f]{17})$`).test(one),
    ),
  allowed:
    `a list of ids ${prefix}-…, each once, ` +
    (least === most ? `exactly ${most}, or none` : `${most} at the most`),
});

/** The setting `network`. */
export const NETWORK: Declaration<ExistingVpc> = record<ExistingVpc>(
  "A VPC that is there already, for the stack to be in. Left out, the stack makes one of its own.",
  {
    vpcId: field(
      matching(/^(|vpc-([0-9a-f]{8}|[0-9a-f]{17}))$/, "the id of a VPC, vpc-…, or empty"),
      "",
      "Id of the VPC; with it, vpcCidr, publicSubnetCidrs, privateSubnetCidrs, availabilityZones and natGateways are left out.",
    ),
    subnetIds: field(
      ids("subnet", 2, 2),
      [],
      "Ids of the environment's two private subnets, in two zones.",
    ),
    securityGroupIds: field(
      ids("sg", 1, MOST_GROUPS),
      [],
      "Ids of the environment's security groups, which admit themselves. Empty means a group of the stack's own.",
    ),
    routeTableIds: field(
      ids("rtb", 1, 20),
      [],
      "Route tables for the gateway endpoint of S3, where vpcEndpoints names s3. Empty means those of the two subnets.",
    ),
  },
  (setting, { vpcId, subnetIds, securityGroupIds, routeTableIds }) => {
    const isGiven = subnetIds.length + securityGroupIds.length + routeTableIds.length > 0;
    if (vpcId === "") {
      return isGiven
        ? [
            {
              setting: `${setting}.vpcId`,
              value: vpcId,
              allowed: "the id of the VPC that subnets, groups and route tables are of",
              remedy: "Name it, or leave them out for a VPC of the stack's own.",
            },
          ]
        : [];
    }
    return subnetIds.length === 2
      ? []
      : [
          {
            setting: `${setting}.subnetIds`,
            value: subnetIds,
            allowed: "two subnets of the VPC, in two zones",
            remedy: "Name them: MWAA takes exactly two, private ones.",
          },
        ];
  },
);

/** AWS's services by the names of their endpoints: https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html */
const SERVICE = /^[a-z0-9]+([.-][a-z0-9]+)*$/;

/** The setting `vpcEndpoints`. */
export const VPC_ENDPOINTS: Declaration<readonly string[]> = {
  type: "array",
  items: "string",
  default: [],
  description:
    "AWS services that the stack makes VPC endpoints for, as the ends of the endpoints' names: ssm, ecr.api; s3 is a " +
    "gateway endpoint. A VPC of the stack's own has those that it needs anyway.",
  read: (setting, found) => {
    const isRight =
      Array.isArray(found) &&
      new Set(found).size === found.length &&
      found.every((one) => typeof one === "string" && SERVICE.test(one));
    return isRight
      ? { value: found as string[], problems: [] }
      : {
          value: [],
          problems: [
            {
              setting,
              value: found,
              allowed:
                "a list of names such as ssm, ecr.api, s3, each once, without com.amazonaws.REGION",
              remedy: "Correct the list.",
            },
          ],
        };
  },
};

/** What does not go with a VPC that is there, of the settings that differ from their defaults. */
export function checkBeside(
  { vpcId, securityGroupIds }: ExistingVpc,
  changed: Readonly<Record<string, unknown>>,
): Problem[] {
  if (vpcId === "") {
    return [];
  }
  const ofVpc: readonly string[] = OWN_VPC_SETTINGS;
  return Object.entries(changed)
    .filter(([key]) => ofVpc.includes(key) || securityGroupIds.length > 0)
    .map(([setting, value]) => ({
      setting,
      value,
      allowed: ofVpc.includes(setting)
        ? `nothing beside network.vpcId ${vpcId}`
        : "nothing beside network.securityGroupIds, whose rules are not the stack's",
      remedy: "Remove it.",
    }));
}
