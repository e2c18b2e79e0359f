import { Address4, AddressError } from "ip-address";
import type { Problem } from "./problem";

// https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html and subnet-sizing.html
const VPC_MASKS = { largestMask: 16, smallestMask: 28 };

// Addresses that are no host's on a network of one's own: this host, loopback, link local, multicast,
// reserved. EC2 answers InvalidVpc.Range.
// https://www.iana.org/assignments/iana-ipv4-special-registry/iana-ipv4-special-registry.xhtml
const UNUSABLE = ["0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4"];

/** The address blocks of a stack's network. */
export interface NetworkCidrs {
  readonly vpcCidr: string;
  readonly publicSubnetCidrs: readonly string[];
  readonly privateSubnetCidrs: readonly string[];
  readonly redshiftSubnetCidrs: readonly string[];
}

interface Block {
  readonly setting: string;
  readonly cidr: string;
  readonly address: Address4;
}

/** How wide a block may be, as the lengths of its prefix. */
interface Masks {
  readonly largestMask: number;
  readonly smallestMask: number;
}

/** Checks one block: IPv4 CIDR notation, host bits zero, mask between the two. */
export function checkBlock(
  setting: string,
  cidr: string,
  { largestMask, smallestMask }: Masks,
): Problem[] {
  const address = parse(cidr);
  if (address === undefined) {
    return [
      {
        setting,
        value: cidr,
        allowed: "an IPv4 block in CIDR notation, such as 10.192.20.0/24",
        remedy: "Correct the notation.",
      },
    ];
  }
  if (address.subnetMask < largestMask || address.subnetMask > smallestMask) {
    return [
      {
        setting,
        value: cidr,
        allowed: `a mask between /${largestMask} and /${smallestMask}`,
        remedy: `Change /${address.subnetMask}.`,
      },
    ];
  }
  const canonical = `${address.startAddress().correctForm()}/${address.subnetMask}`;
  return canonical === cidr
    ? []
    : [
        {
          setting,
          value: cidr,
          allowed: "a block that begins at its network address",
          remedy: `Use ${canonical}.`,
        },
      ];
}

/** Checks the block of a VPC or subnet. */
export function checkCidr(setting: string, cidr: string): Problem[] {
  return checkBlock(setting, cidr, VPC_MASKS);
}

/**
 * Checks a network's blocks: each one alone, exactly two private and two public subnets (MWAA wants
 * two private subnets in two zones, and a NAT gateway stands in the public subnet of its zone), two
 * or three for Redshift, all inside the VPC, none over another.
 *
 * Source: https://docs.aws.amazon.com/mwaa/latest/userguide/networking-about.html
 */
export function checkNetworkCidrs(cidrs: NetworkCidrs): Problem[] {
  const problems = [
    ...checkCidr("vpcCidr", cidrs.vpcCidr),
    ...checkUsable(cidrs.vpcCidr),
    ...checkCount("publicSubnetCidrs", cidrs.publicSubnetCidrs, 2, 2),
    ...checkCount("privateSubnetCidrs", cidrs.privateSubnetCidrs, 2, 2),
    ...checkCount("redshiftSubnetCidrs", cidrs.redshiftSubnetCidrs, 2, 3),
  ];
  const blocks: Block[] = [];
  for (const setting of [
    "publicSubnetCidrs",
    "privateSubnetCidrs",
    "redshiftSubnetCidrs",
  ] as const) {
    const read = readBlocks(setting, cidrs[setting]);
    problems.push(...read.problems);
    blocks.push(...read.blocks);
  }
  return [...problems, ...checkInside(blocks, cidrs.vpcCidr), ...checkOverlaps(blocks)];
}

/** Checks the blocks of Redshift's subnets in a VPC that is there, whose own blocks are looked up later. */
export function checkRedshiftCidrs(cidrs: readonly string[]): Problem[] {
  const { problems, blocks } = readBlocks("redshiftSubnetCidrs", cidrs);
  return [...checkCount("redshiftSubnetCidrs", cidrs, 2, 3), ...problems, ...checkOverlaps(blocks)];
}

function readBlocks(
  setting: string,
  cidrs: readonly string[],
): { readonly problems: Problem[]; readonly blocks: Block[] } {
  const all = cidrs.map((cidr, index) => ({
    setting: `${setting}[${index}]`,
    cidr,
    address: parse(cidr),
  }));
  return {
    problems: all.flatMap(({ setting: label, cidr }) => checkCidr(label, cidr)),
    blocks: all.filter((block): block is Block => block.address !== undefined),
  };
}

/** Whether two blocks in CIDR notation have an address in common; what is no block has none. */
export function overlap(a: string, b: string): boolean {
  const [first, second] = [parse(a), parse(b)];
  return (
    first !== undefined &&
    second !== undefined &&
    (first.isInSubnet(second) || second.isInSubnet(first))
  );
}

function parse(cidr: string): Address4 | undefined {
  if (!cidr.includes("/")) {
    return undefined;
  }
  try {
    return new Address4(cidr);
  } catch (error) {
    if (error instanceof AddressError) {
      return undefined;
    }
    throw error;
  }
}

function checkUsable(vpcCidr: string): Problem[] {
  const vpc = parse(vpcCidr);
  const range = UNUSABLE.find((cidr) => vpc?.isInSubnet(new Address4(cidr)));
  return range === undefined
    ? []
    : [
        {
          setting: "vpcCidr",
          value: vpcCidr,
          allowed: `addresses that a network can have, such as 10.192.0.0/16; none of ${range}`,
          remedy: "Choose a private block of 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16.",
        },
      ];
}

function checkCount(
  setting: string,
  cidrs: readonly string[],
  least: number,
  most: number,
): Problem[] {
  if (cidrs.length >= least && cidrs.length <= most) {
    return [];
  }
  const allowed = least === most ? `exactly ${least} blocks` : `${least} to ${most} blocks`;
  return [
    {
      setting,
      value: cidrs,
      allowed: `${allowed}, each in an availability zone of its own`,
      remedy: `Found ${cidrs.length}: add or remove some.`,
    },
  ];
}

function checkInside(blocks: readonly Block[], vpcCidr: string): Problem[] {
  const vpc = parse(vpcCidr);
  if (vpc === undefined) {
    return [];
  }
  return blocks
    .filter((block) => !block.address.isInSubnet(vpc))
    .map((block) => ({
      setting: block.setting,
      value: block.cidr,
      allowed: `a block inside vpcCidr ${vpcCidr}`,
      remedy: "Move the subnet or widen the VPC.",
    }));
}

function checkOverlaps(blocks: readonly Block[]): Problem[] {
  return blocks.flatMap((block, index) =>
    blocks
      .slice(0, index)
      .filter((other) => overlap(block.cidr, other.cidr))
      .map((other) => ({
        setting: block.setting,
        value: block.cidr,
        allowed: "a block that no other subnet uses",
        remedy: `It overlaps ${other.setting} ${other.cidr}: move one of them.`,
      })),
  );
}
