import * as pulumi from "@pulumi/pulumi";
import { type InternetNeed, withoutInternet } from "../checks/internet";
import { type Settings, SettingsError } from "../settings";
import { type SubnetBlocks, availabilityZones, zonesOfExisting } from "./availabilityZones";
import { calledServices } from "./calledServices";
import { EMR_MANAGED_TAG } from "./emr/jobFlow";
import { checkSecurityGroups } from "./environmentGroups";
import { ExistingNetwork } from "./existingNetwork";
import { Network, type NetworkArgs } from "./network";
import type { FoundNetwork } from "./networkFacts";
import { lookUpNetwork } from "./networkLookup";
import { judgeNetwork } from "./networkVerdict";
import type { Service, StackContext } from "./plan";
import { type Planned, servicesOf } from "./stackContext";

/** The service that an interface endpoint leads to, so that EMR's calls stay in the network. */
const EMR_ENDPOINT = "elasticmapreduce";

/** Where a stack is to be, as it was found before anything is registered. */
export interface FoundPlace {
  /** Names of the region's zones, the environment's first. */
  readonly zones: readonly string[];
  /** The VPC that the settings name; undefined where the stack makes one. */
  readonly vpc?: FoundNetwork;
}

interface PlaceArgs {
  /** The requirements are installed from the internet. */
  readonly asksInternet: boolean;
  readonly context: StackContext;
  readonly settings: Settings;
  readonly pipelines: readonly Planned[];
}

/**
 * Finds where a stack is to be: the zones for a VPC of its own, or the VPC that its settings name, which is judged.
 *
 * @throws {SettingsError} naming all that is wrong with that VPC
 * @throws {pulumi.RunError} where what the settings name is not there
 */
export async function findPlace(args: PlaceArgs): Promise<FoundPlace> {
  const { context, settings, pipelines } = args;
  const { network, emr } = settings;
  const services = servicesOf(pipelines, settings);
  const ownTags = { Project: context.tags.Project, Stack: context.tags.Stack };
  await checkSecurityGroups({
    environment: network.securityGroupIds,
    admitted: network.webserverIngress.securityGroupIds,
    vpcId: network.existing.vpcId,
    ownTags,
  });
  if (network.existing.vpcId !== "") {
    return findExisting(args, services, ownTags);
  }
  const isOffline = network.natGateways === "None";
  const problems = isOffline
    ? withoutInternet(internetNeeds(args), "a VPC with natGateways None")
    : [];
  if (problems.length > 0) {
    throw new SettingsError(context.stack, problems);
  }
  const hasEmr = services.includes("emr");
  return {
    zones: await availabilityZones({
      location: context.location,
      configured: network.availabilityZones,
      ownTags,
      subnets: subnetBlocks(network, services),
      instanceTypes: hasEmr ? [emr.masterInstanceType, emr.coreInstanceType] : [],
      endpointServices: ownEndpoints(settings, services, pipelines),
    }),
  };
}

/** What needs the internet of a stack: its requirements, and settings of its pipelines. */
function internetNeeds({ settings, pipelines, asksInternet }: PlaceArgs): InternetNeed[] {
  const { requirementsFile } = settings.files;
  const needs = pipelines.flatMap(({ plan }) => plan.internet ?? []);
  return [
    ...(asksInternet
      ? [
          {
            setting: "requirementsFile",
            value: requirementsFile ?? "",
            remedy: "Lock it, so that MWAA installs from wheels: npm run wheels.",
          },
        ]
      : []),
    ...needs.filter(
      (need, index) => needs.findIndex(({ setting }) => setting === need.setting) === index,
    ),
  ];
}

/** Services that get an interface endpoint in a VPC of the stack's own. */
function ownEndpoints(
  {
    network: { natGateways, vpcEndpoints },
    environment,
  }: Pick<Settings, "network" | "environment">,
  services: readonly Service[],
  pipelines: readonly Planned[],
): string[] {
  const needed =
    natGateways === "None"
      ? calledServices(services, pipelines, environment.secretsBackend)
      : services.includes("emr")
        ? [EMR_ENDPOINT]
        : [];
  return [...new Set([...needed, ...vpcEndpoints])].filter((service) => service !== "s3");
}

async function findExisting(
  args: PlaceArgs,
  services: readonly Service[],
  ownTags: Readonly<Record<string, string>>,
): Promise<FoundPlace> {
  const { context, settings, pipelines } = args;
  const { network, environment } = settings;
  const { existing, vpcEndpoints } = network;
  const calls = calledServices(services, pipelines, environment.secretsBackend);
  const vpc = await lookUpNetwork({
    location: context.location,
    environmentName: context.environmentName,
    network: existing,
    services: [...new Set([...calls, ...vpcEndpoints])],
    ownTags,
  });
  const hasRedshift = services.includes("redshift") && settings.redshift.kind !== "existing";
  const { problems, unknown } = judgeNetwork(vpc, {
    calls,
    makes: vpcEndpoints,
    routeTableIds: s3RouteTables(settings.network, vpc),
    internet: internetNeeds(args),
    emr: services.includes("emr"),
    redshiftCidrs: hasRedshift ? network.redshiftSubnetCidrs : [],
    containers: environment.maxWorkers + environment.schedulers,
  });
  if (problems.length > 0) {
    throw new SettingsError(context.stack, problems);
  }
  if (unknown.length > 0) {
    await pulumi.log.warn(
      `Of the network ${vpc.vpcId} it cannot be seen ${unknown.join("; ")}. Without it the environment fails.`,
    );
  }
  return {
    vpc,
    zones: await zonesOfExisting(
      {
        vpcId: vpc.vpcId,
        ownTags,
        subnets: hasRedshift ? [redshiftBlocks(network)] : [],
      },
      vpc.subnets.map(({ zone }) => zone),
    ),
  };
}

/** Route tables that the stack makes a gateway endpoint for S3 in. */
function s3RouteTables(
  { existing, vpcEndpoints }: Settings["network"],
  { subnets }: FoundNetwork,
): readonly string[] {
  if (!vpcEndpoints.includes("s3")) {
    return [];
  }
  return existing.routeTableIds.length > 0
    ? existing.routeTableIds
    : [...new Set(subnets.map(({ routeTableId }) => routeTableId))];
}

/** The CIDR blocks of the subnets of a stack's own VPC, by kind. */
function subnetBlocks(network: Settings["network"], services: readonly Service[]): SubnetBlocks[] {
  const { privateSubnetCidrs, publicSubnetCidrs, natGateways } = network;
  return [
    { setting: "privateSubnetCidrs", subnetType: "Private", cidrs: privateSubnetCidrs },
    ...(natGateways === "None"
      ? []
      : [
          {
            setting: "publicSubnetCidrs",
            subnetType: "Public" as const,
            cidrs: publicSubnetCidrs,
          },
        ]),
    ...(services.includes("redshift") ? [redshiftBlocks(network)] : []),
  ];
}

const redshiftBlocks = ({ redshiftSubnetCidrs }: Settings["network"]): SubnetBlocks => ({
  setting: "redshiftSubnetCidrs",
  cidrs: redshiftSubnetCidrs,
});

/** The network of a stack: its own VPC, or what it adds to the one that its settings name. */
export function createNetwork(
  common: Pick<
    NetworkArgs,
    "location" | "environmentName" | "logRetentionDays" | "kmsKeyArn" | "iam" | "tags"
  >,
  settings: Pick<Settings, "network" | "services" | "environment">,
  { zones, vpc }: FoundPlace,
  pipelines: readonly Planned[],
): Network | ExistingNetwork {
  const { network } = settings;
  const { existing, webserverIngress, vpcEndpoints } = network;
  const services = servicesOf(pipelines, settings);
  return vpc === undefined
    ? new Network("network", {
        ...common,
        ...network,
        availabilityZones: zones,
        ...(services.includes("emr") ? { privateSubnetTags: EMR_MANAGED_TAG } : {}),
        interfaceEndpoints: endpointsByName(ownEndpoints(settings, services, pipelines)),
      })
    : new ExistingNetwork("network", {
        ...common,
        vpcId: existing.vpcId,
        subnetIds: existing.subnetIds,
        securityGroupIds: existing.securityGroupIds,
        s3RouteTableIds: s3RouteTables(network, vpc),
        interfaceEndpoints: endpointsByName(vpcEndpoints.filter((one) => one !== "s3")),
        webserverIngress,
      });
}

/** Services by the names of their endpoints' resources. */
function endpointsByName(services: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    services.map((service) => [
      service === EMR_ENDPOINT ? "emr" : service.replaceAll(".", "-"),
      service,
    ]),
  );
}
