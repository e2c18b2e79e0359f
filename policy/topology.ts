import { cover } from "./blocks";

/** How certain something is before all of it is known. */
export type Verdict = "yes" | "maybe" | "no";

/** The best of several verdicts; "no" where there is none. */
export function best(verdicts: readonly Verdict[]): Verdict {
  return verdicts.includes("yes") ? "yes" : verdicts.includes("maybe") ? "maybe" : "no";
}

/** The worst of several verdicts; "yes" where there is none. */
export function worst(verdicts: readonly Verdict[]): Verdict {
  return verdicts.includes("no") ? "no" : verdicts.includes("maybe") ? "maybe" : "yes";
}

/** How many subnets an MWAA environment has, each in a zone of its own: https://docs.aws.amazon.com/mwaa/latest/userguide/networking-about.html */
export const ENVIRONMENT_SUBNETS = 2;

/** The port of AWS's APIs, and of Airflow's web server. */
export const HTTPS = 443;

/** Ports of AWS's APIs and of the metadata database, PostgreSQL's: https://docs.aws.amazon.com/mwaa/latest/userguide/vpc-security.html */
export const ENVIRONMENT_PORTS: readonly number[] = [HTTPS, 5432];

/**
 * What MWAA itself calls from an environment's subnets, by the names of the services' endpoints:
 * https://docs.aws.amazon.com/mwaa/latest/userguide/vpc-vpe-create-access.html
 */
export const MWAA_SERVICES: readonly string[] = [
  "airflow.api",
  "airflow.env",
  "ecr.api",
  "ecr.dkr",
  "kms",
  "logs",
  "monitoring",
  "s3",
  "sqs",
];

const EVERYWHERE = ["0.0.0.0/0", "::/0"];

/**
 * Which of a table's routes lead everywhere: one to 0.0.0.0/0 alone, or parts that take in all addresses together, as
 * 0.0.0.0/1 and 128.0.0.0/1.
 *
 * @param destinations CIDR blocks of each route
 */
export function shareOfEverywhere(
  destinations: readonly (readonly string[])[],
): ("whole" | "part" | "none")[] {
  const all = destinations.flat();
  const inParts = EVERYWHERE.filter(
    (everywhere) => !all.includes(everywhere) && cover(all, everywhere),
  ).map((everywhere) => everywhere.includes(":"));
  return destinations.map((blocks) =>
    blocks.some((block) => EVERYWHERE.includes(block))
      ? "whole"
      : blocks.some((block) => inParts.includes(block.includes(":")))
        ? "part"
        : "none",
  );
}

/** A route to everywhere, or to a part of it. */
export interface WayToEverywhere {
  readonly kind: "internet" | "nat" | "elsewhere";
  readonly isPart: boolean;
  /** Whether each NAT gateway that it may lead to reaches the internet itself. */
  readonly natReaches: readonly Verdict[];
  /** The route is certainly one of the subnet's table. */
  readonly certain: boolean;
}

/** Whether AWS's public APIs are reached by the routes to everywhere of a subnet of an environment. */
export function reachesAws(ways: readonly WayToEverywhere[]): Verdict {
  const parts = ways.filter(({ isPart }) => isPart).map(leadsToAws);
  return best([
    ...ways.filter(({ isPart }) => !isPart).map(leadsToAws),
    ...(parts.length > 0 ? [worst(parts)] : []),
  ]);
}

function leadsToAws({ kind, natReaches, certain }: WayToEverywhere): Verdict {
  if (kind === "elsewhere") {
    return "maybe";
  }
  if (kind === "internet") {
    // Network interfaces of MWAA have no public address.
    return "no";
  }
  const verdicts = new Set(natReaches);
  const verdict = verdicts.size === 1 ? natReaches[0] : "maybe";
  return verdict === "yes" && !certain ? "maybe" : verdict;
}

/** An inbound rule of a security group, as seen from some clients on one port. */
export interface Admission {
  /** Whether it lets TCP through on the port. */
  readonly tcp: Verdict;
  /** Whether it names a group that the clients are in. */
  readonly member: Verdict;
  /** CIDR blocks that it admits; undefined where they are not known. */
  readonly blocks: readonly string[] | undefined;
}

/**
 * Whether rules admit clients: by their group, or by the blocks of all rules together.
 *
 * @param subnets CIDR blocks of the subnets that the clients are in, each undefined where it is not known
 */
export function admits(
  rules: readonly Admission[],
  subnets: readonly (string | undefined)[],
): Verdict {
  const open = rules.filter(({ tcp }) => tcp !== "no");
  const certain = open.filter(({ tcp }) => tcp === "yes");
  const byGroup = open.map((rule): Verdict =>
    rule.member === "yes" && rule.tcp !== "yes" ? "maybe" : rule.member,
  );
  const [byCertain, byAll] = [certain, open].map((some) => coverSubnets(some, subnets));
  return best([...byGroup, byCertain, byAll === "yes" ? "maybe" : byAll]);
}

/** Whether the blocks of rules together take all of the subnets in. */
function coverSubnets(
  rules: readonly Admission[],
  subnets: readonly (string | undefined)[],
): Verdict {
  const blocks = rules.flatMap((rule) => rule.blocks ?? []);
  if (subnets.length > 0 && subnets.every((cidr) => cidr !== undefined && cover(blocks, cidr))) {
    return "yes";
  }
  const isOpen =
    rules.some((rule) => rule.blocks === undefined) ||
    (blocks.length > 0 && subnets.includes(undefined));
  return isOpen ? "maybe" : "no";
}
