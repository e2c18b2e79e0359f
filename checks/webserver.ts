import { checkBlock } from "./cidr";
import { type Declaration, field, misfit, record } from "./declaration";
import type { WebserverAccessMode } from "./environment";
import type { Problem } from "./problem";

/** Who is admitted to Airflow's private web server, beside the environment itself. */
export interface WebserverIngress {
  /** Address blocks, in CIDR notation. */
  readonly cidrBlocks: readonly string[];
  /** Security groups by their ids, one of another account's as ACCOUNT/ID. */
  readonly securityGroupIds: readonly string[];
}

/** Security groups that an environment takes at the most. */
export const MOST_GROUPS = 5;

/** The widest block that admits a network of one's own, and not a good part of the internet. */
const LARGEST_MASK = 8;

const GROUP_ID = /^sg-([0-9a-f]{8}|[0-9a-f]{17})$/;

// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_UserIdGroupPair.html
const PEER_GROUP_ID = /^(\d{12}\/)?sg-([0-9a-f]{8}|[0-9a-f]{17})$/;

const isListOfStrings = (found: unknown): found is readonly string[] =>
  Array.isArray(found) && found.every((one) => typeof one === "string");

const isOnce = (found: readonly string[]): boolean => new Set(found).size === found.length;

/** The setting `webserverIngress`. */
export const WEBSERVER_INGRESS: Declaration<WebserverIngress> = record<WebserverIngress>(
  "Who reaches a private web server: they are admitted to the environment's security group on port 443.",
  {
    cidrBlocks: field(
      { holds: isListOfStrings, allowed: "a list of CIDR blocks" },
      [],
      "IPv4 CIDR blocks, /8 to /32, such as that of a VPN's clients.",
    ),
    securityGroupIds: field(
      {
        holds: (found) =>
          isListOfStrings(found) && isOnce(found) && found.every((id) => PEER_GROUP_ID.test(id)),
        allowed:
          "a list of ids of security groups, each once: sg-…, or ACCOUNT/sg-… of a peered VPC",
      },
      [],
      "Security groups of the VPC or of one that it is peered with, sg-… or ACCOUNT/sg-….",
    ),
  },
  (setting, { cidrBlocks }) => [
    ...cidrBlocks.flatMap((cidr, i) =>
      checkBlock(`${setting}.cidrBlocks[${i}]`, cidr, {
        largestMask: LARGEST_MASK,
        smallestMask: 32,
      }),
    ),
    ...(isOnce(cidrBlocks)
      ? []
      : [
          {
            setting: `${setting}.cidrBlocks`,
            value: cidrBlocks,
            allowed: "each block once",
            remedy: "Remove what is repeated: EC2 refuses a rule that is there.",
          },
        ]),
  ],
);

/**
 * The setting `securityGroupIds`.
 *
 * Source: https://docs.aws.amazon.com/mwaa/latest/API/API_NetworkConfiguration.html
 */
export const SECURITY_GROUP_IDS: Declaration<readonly string[]> = {
  type: "array",
  items: "string",
  default: [],
  description:
    "Further security groups of the environment, four at the most, by their ids. They are in its VPC; an environment " +
    "takes five, and the stack's own is among them.",
  read: (setting, found) =>
    isListOfStrings(found) &&
    isOnce(found) &&
    found.length < MOST_GROUPS &&
    found.every((id) => GROUP_ID.test(id))
      ? { value: found, problems: [] }
      : misfit<readonly string[]>(
          setting,
          found,
          `a list of ids of security groups, sg-…, each once, ${MOST_GROUPS - 1} at the most`,
          [],
        ),
};

/** Whom an environment's public web server admits is not for a security group to say. */
export function checkIngress(ingress: WebserverIngress, mode: WebserverAccessMode): Problem[] {
  const { cidrBlocks, securityGroupIds } = ingress;
  return mode !== "PUBLIC_ONLY" || [cidrBlocks, securityGroupIds].flat().length === 0
    ? []
    : [
        {
          setting: "webserverIngress",
          value: ingress,
          allowed:
            "nobody with webserverAccessMode PUBLIC_ONLY, whose web server is in no security group",
          remedy: "Remove it, or choose PRIVATE_ONLY or PUBLIC_AND_PRIVATE.",
        },
      ];
}
