import { PolicyResource } from "@pulumi/policy";

import { Graph } from "./graph";
import { listOf } from "./lists";
import { Meant, meant, valueAt } from "./meant";
import { routeTablesOf, waysOut } from "./routes";
import { ENVIRONMENT_SUBNETS } from "./topology";
import { Undecided, Unseen, known } from "./unknown";
import { SUBNET_TYPES } from "./vpcs";

/** The subnets of a service, or those that may be it. */
export type Subnets = Meant;

/**
 * The subnets that a property names. Where it comes out of a component, the engine's record names all that
 * the component made, public ones too; those are left out by their routes, unless the others are too few:
 * what takes these subnets is meant for private ones.
 *
 * @param atLeast how many subnets the resource has at the least; default: 1
 * @throws Undecided where no subnet of it is a resource of the stack
 */
export function subnetsOf(
  graph: Graph,
  resource: PolicyResource,
  property: string,
  atLeast = 1,
): Subnets {
  const { resources, exact } = meant(graph, resource, property, ...SUBNET_TYPES);
  if (resources.length === 0) {
    const isKnown = known(() => listOf(valueAt(resource, property))) !== undefined;
    throw new (isKnown ? Unseen : Undecided)(
      `no subnet that ${resource.name} names in ${property} is a resource of this stack, so that its ` +
        "routes cannot be seen here",
    );
  }
  if (exact) {
    return { resources, exact };
  }
  if (known(() => listOf(valueAt(resource, property))) !== undefined) {
    throw new Unseen(
      `some of the subnets that ${resource.name} names in ${property} are no resources of this stack, so ` +
        "that their routes cannot be seen here",
    );
  }
  const others = resources.filter((subnet) => !looksPublic(graph, subnet));
  return { resources: others.length >= atLeast ? others : resources, exact: false };
}

/** By its routes; a subnet without any by its public addresses. */
function looksPublic(graph: Graph, subnet: PolicyResource): boolean {
  const { certain, possible } = routeTablesOf(graph, subnet);
  const kinds = [...certain, ...possible].flatMap((table) =>
    waysOut(graph, table).map(({ kind }) => kind),
  );
  return kinds.length > 0
    ? kinds.includes("internet")
    : known(() => subnet.props.mapPublicIpOnLaunch as boolean | undefined) === true;
}

/** A violation on a subnet. */
export interface SubnetFault {
  readonly message: string;
  /** The resource at fault; default: the subnet. */
  readonly resource?: PolicyResource;
}

/**
 * Checks each subnet of an MWAA environment. Where it is not known which of the subnets the environment has,
 * faults count as soon as too few subnets are without any for the two that it needs.
 *
 * @param check the subnet's faults; it may throw where it cannot tell
 * @throws Undecided where the environment may have two subnets without a fault, or one with
 */
export function checkEnvironmentSubnets(
  graph: Graph,
  environment: PolicyResource,
  check: (subnet: PolicyResource) => readonly SubnetFault[],
  report: (message: string, resource?: PolicyResource) => void,
): void {
  checkSubnets(environmentSubnets(graph, environment), ENVIRONMENT_SUBNETS, check, report);
}

/**
 * The subnets of an MWAA environment, or those that may be.
 *
 * @throws Undecided where none is a resource of the stack
 */
export function environmentSubnets(graph: Graph, environment: PolicyResource): Subnets {
  return subnetsOf(graph, environment, "networkConfiguration.subnetIds", ENVIRONMENT_SUBNETS);
}

/**
 * Checks each of some subnets, as `checkEnvironmentSubnets` does those of an environment.
 *
 * @param atLeast how many of the subnets are certainly meant
 */
export function checkSubnets(
  { resources, exact }: Subnets,
  atLeast: number,
  check: (subnet: PolicyResource) => readonly SubnetFault[],
  report: (message: string, resource?: PolicyResource) => void,
): void {
  const undecided: unknown[] = [];
  const faulty: { subnet: PolicyResource; faults: readonly SubnetFault[] }[] = [];
  let good = 0;
  for (const subnet of resources) {
    try {
      const faults = check(subnet);
      if (faults.length > 0) {
        faulty.push({ subnet, faults });
      } else {
        good += 1;
      }
    } catch (error) {
      undecided.push(error);
    }
  }
  if (exact || good + undecided.length < atLeast) {
    const said = new Set<string>();
    for (const { subnet, faults } of faulty) {
      for (const { message, resource = subnet } of faults) {
        if (!said.has(`${resource.urn} ${message}`)) {
          said.add(`${resource.urn} ${message}`);
          report(message, resource);
        }
      }
    }
  } else if (faulty.length > 0) {
    throw new Undecided(
      `which subnets are meant is not known yet, and of those that may be, ` +
        `${faulty.map(({ subnet }) => subnet.name).join(", ")} would break the rule`,
    );
  }
  if (undecided.length > 0) {
    throw undecided[0];
  }
}
