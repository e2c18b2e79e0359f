import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { overlap } from "../checks/cidr";
import type { Location } from "./location";

/** Zones that MWAA's two private subnets are in, and with them the EMR clusters and the endpoints. */
export const MWAA_ZONES = 2;

export interface AvailabilityZonesArgs {
  readonly location: Location;
  /** Zones of the stack's settings; when empty, they are chosen. */
  readonly configured: readonly string[];
  /** Tags by which the stack's own subnets are found: those that tell it from any other stack. */
  readonly ownTags: Readonly<Record<string, string>>;
  /** Each kind of subnet. */
  readonly subnets: readonly SubnetBlocks[];
  /** EC2 instance types that the first two zones have to offer. */
  readonly instanceTypes: readonly string[];
  /** Services, such as `elasticmapreduce`, whose interface endpoints they have to offer. */
  readonly endpointServices: readonly string[];
}

/** The subnets of one kind. */
export interface SubnetBlocks {
  /** The setting that the CIDR blocks stand in. */
  readonly setting: string;
  /** Tag `SubnetType` of such a subnet; undefined where it has none. */
  readonly subnetType?: "Private" | "Public";
  /** CIDR blocks, one per Availability Zone: a block's index is that of its zone. */
  readonly cidrs: readonly string[];
}

/**
 * Names of the Availability Zones of a stack's subnets, the first two of them MWAA's.
 *
 * The choice is made once: a stack that has subnets keeps their zones, in which nothing can be moved,
 * also while one of them is away. Otherwise zones that offer what the stack uses come first, by name.
 *
 * @throws {pulumi.RunError} when the zones of the settings are not those of the stack's subnets, a block of the
 *   settings overlaps with one that another of its subnets has, or fewer than two zones of the region offer what the
 *   stack uses
 */
export async function availabilityZones(args: AvailabilityZonesArgs): Promise<readonly string[]> {
  const own = await ownZones(args);
  checkFree(args.subnets, own);
  if (args.configured.length > 0) {
    checkUnchanged(args.configured, own);
    return args.configured;
  }
  const kept = zonesOf(own);
  if (kept.length < MWAA_ZONES) {
    return offeringZones(args);
  }
  // More of them are Redshift's alone, where it takes more subnets than there are.
  const others = (await regionZones()).filter((zone) => !kept.includes(zone));
  return [...kept, ...others];
}

/**
 * Names of the Availability Zones of a stack in a VPC that is there: those of the environment's subnets, and then the
 * others, for Redshift.
 *
 * @param environment zones of the environment's subnets
 * @throws {pulumi.RunError} when a block of the settings overlaps with one that another of the stack's subnets has
 */
export async function zonesOfExisting(
  args: Pick<AvailabilityZonesArgs, "ownTags" | "subnets"> & { readonly vpcId: string },
  environment: readonly string[],
): Promise<readonly string[]> {
  const own = (await ownZones(args)).filter(({ vpcId }) => vpcId === args.vpcId);
  checkFree(args.subnets, own);
  return [...new Set([...environment, ...zonesOf(own), ...(await regionZones())])];
}

interface OwnSubnet {
  readonly vpcId: string;
  readonly zone: string;
  readonly cidr: string;
  readonly subnetType?: string;
  /** Index of the zone among those of the stack; undefined where neither its name nor its block tells. */
  readonly index?: number;
}

/** The subnets that the stack has already. */
async function ownZones({
  ownTags,
  subnets: kinds,
}: Pick<AvailabilityZonesArgs, "ownTags" | "subnets">): Promise<OwnSubnet[]> {
  const { ids } = await aws.ec2.getSubnets({ tags: { ...ownTags } });
  const subnets = await Promise.all(ids.map((id) => aws.ec2.getSubnet({ id })));
  const names = subnets.map(({ tags }) => tags.Name);
  return subnets.map(({ vpcId, availabilityZone, cidrBlock, tags }) => ({
    vpcId,
    zone: availabilityZone,
    cidr: cidrBlock,
    subnetType: tags.SubnetType,
    index:
      // A setting can give all of them one name.
      (names.filter((name) => name === tags.Name).length > 1 ? undefined : placeOf(tags.Name)) ??
      kinds.map(({ cidrs }) => cidrs.indexOf(cidrBlock)).find((index) => index >= 0),
  }));
}

/** Index of a subnet whose name ends in its number, as those of the stack do. */
function placeOf(name = ""): number | undefined {
  const number = /-(\d+)$/.exec(name)?.[1];
  return number === undefined ? undefined : Number(number) - 1;
}

/**
 * Refuses a block that another subnet of the stack still has when its new subnet is made: EC2 answers
 * InvalidSubnet.Conflict, and by then the update is half done.
 */
function checkFree(kinds: readonly SubnetBlocks[], own: readonly OwnSubnet[]): void {
  for (const { setting, subnetType, cidrs } of kinds) {
    cidrs.forEach((cidr, index) => {
      const other = own.find(
        (one) =>
          overlap(cidr, one.cidr) &&
          // A subnet that stays as it is.
          !(cidr === one.cidr && one.subnetType === subnetType && (one.index ?? index) === index),
      );
      if (other !== undefined) {
        throw new pulumi.RunError(
          `${setting}[${index}] is ${cidr}, which overlaps with ${other.cidr}, a subnet that the stack has now and ` +
            "that is deleted only after its successor is made. Choose a block that none of the stack's subnets " +
            "has; or move in two steps, by way of such a block; or destroy the stack first.",
        );
      }
    });
  }
}

/** Zones of subnets, each once, by the index of a subnet's block and then by name. */
function zonesOf(subnets: readonly OwnSubnet[]): string[] {
  const last = Number.MAX_SAFE_INTEGER;
  const sorted = [...subnets].sort(
    (a, b) => (a.index ?? last) - (b.index ?? last) || (a.zone < b.zone ? -1 : 1),
  );
  return [...new Set(sorted.map(({ zone }) => zone))];
}

function checkUnchanged(configured: readonly string[], own: readonly OwnSubnet[]): void {
  const moved = own.find(
    ({ zone, index }) =>
      index !== undefined && index < configured.length && configured[index] !== zone,
  );
  if (moved !== undefined) {
    throw new pulumi.RunError(
      `availabilityZones is ${JSON.stringify(configured)}, but the subnet ${moved.cidr} of the stack ` +
        `is in ${moved.zone}. A subnet cannot be moved, and its replacement would need the same CIDR ` +
        `block beside it. Use ${JSON.stringify(zonesOf(own))}, or destroy the stack first.`,
    );
  }
}

/** Zones that are there now, by name; local and wavelength zones offer neither MWAA nor Redshift. */
async function regionZones(): Promise<string[]> {
  const { names } = await aws.getAvailabilityZones({
    state: "available",
    filters: [{ name: "zone-type", values: ["availability-zone"] }],
  });
  return [...names].sort();
}

async function offeringZones(args: AvailabilityZonesArgs): Promise<string[]> {
  const { location, endpointServices } = args;
  const instanceTypes = [...new Set(args.instanceTypes)];
  const [zones, offerings, ...services] = await Promise.all([
    regionZones(),
    aws.ec2.getInstanceTypeOfferings({
      locationType: "availability-zone",
      filters: [{ name: "instance-type", values: instanceTypes }],
    }),
    ...endpointServices.map((service) =>
      aws.ec2.getVpcEndpointService({
        serviceName: `com.amazonaws.${location.region}.${service}`,
        serviceType: "Interface",
      }),
    ),
  ]);
  const missing = (zone: string): string[] => [
    ...instanceTypes.filter(
      (type) =>
        !offerings.locations.some(
          (location, index) => location === zone && offerings.instanceTypes[index] === type,
        ),
    ),
    ...services
      .filter(({ availabilityZones: offering }) => !offering.includes(zone))
      .map(({ serviceName }) => `an endpoint of ${serviceName}`),
  ];
  const offering = zones.filter((zone) => missing(zone).length === 0);
  if (offering.length < MWAA_ZONES) {
    const lacks = zones
      .filter((zone) => !offering.includes(zone))
      .map((zone) => `${zone} has no ${missing(zone).join(", no ")}`);
    throw new pulumi.RunError(
      `Of the region's Availability Zones (${zones.join(", ")}) ${offering.length} offer what the ` +
        `stack uses; MWAA needs ${MWAA_ZONES}. ${lacks.join("; ")}${lacks.length > 0 ? ". " : ""}` +
        "Choose other instance types in emr, or another region.",
    );
  }
  return [...offering, ...zones.filter((zone) => !offering.includes(zone))];
}
