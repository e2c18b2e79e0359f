import { overlap } from "../checks/cidr";
import { withoutInternet } from "../checks/internet";
import type { Problem } from "../checks/problem";
import { cover } from "../policy/blocks";
import {
  ENVIRONMENT_PORTS,
  HTTPS,
  type Verdict,
  admits,
  reachesAws,
  shareOfEverywhere,
} from "../policy/topology";
import { EMR_MANAGED_TAG } from "./emr/jobFlow";
import type {
  FoundEndpoint,
  FoundGroup,
  FoundNetwork,
  FoundRule,
  FoundSubnet,
  NetworkNeeds,
} from "./networkFacts";

/** What is wrong with a network, and what cannot be seen of it. */
export interface NetworkVerdict {
  readonly problems: readonly Problem[];
  readonly unknown: readonly string[];
}

/** What MWAA itself puts into each subnet: endpoints of its database and of a private web server. */
const MWAA_ENDPOINTS = 2;

/**
 * Judges a VPC that is there by what MWAA, EMR and the listed pipelines need of it.
 *
 * Sources: https://docs.aws.amazon.com/mwaa/latest/userguide/networking-about.html,
 * https://docs.aws.amazon.com/mwaa/latest/userguide/vpc-vpe-create-access.html and
 * https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-managed-iam-policies.html
 */
export function judgeNetwork(found: FoundNetwork, needs: NetworkNeeds): NetworkVerdict {
  const ways = found.subnets.map((subnet) => wayToServices(subnet, found, needs));
  const closed = found.subnets.filter((_, index) => ways[index].isClosed).map(({ id }) => id);
  return {
    problems: [
      ...vpcProblems(found),
      ...zoneProblems(found.subnets),
      ...found.subnets.flatMap((subnet) => subnetProblems(subnet, found, needs)),
      ...ways.flatMap(({ problems }) => problems),
      ...(closed.length > 0 ? withoutInternet(needs.internet, closed.join(", ")) : []),
      ...found.endpoints.flatMap((endpoint) => endpointProblems(endpoint, found, needs)),
      ...groupProblems(found),
      ...redshiftProblems(found, needs),
    ],
    unknown: [
      ...new Set([...ways.flatMap(({ unknown }) => unknown), ...unseenAdmissions(found, needs)]),
    ],
  };
}

function vpcProblems({ vpcId, dnsSupport, dnsHostnames }: FoundNetwork): Problem[] {
  const missing = [
    ...(dnsSupport ? [] : ["DNS support (enableDnsSupport)"]),
    ...(dnsHostnames ? [] : ["DNS host names (enableDnsHostnames)"]),
  ];
  return missing.map((attribute) => ({
    setting: "network.vpcId",
    value: vpcId,
    allowed: `a VPC with ${attribute}, without which no endpoint is found by its private name`,
    remedy: "Turn it on: aws ec2 modify-vpc-attribute.",
  }));
}

function zoneProblems(subnets: readonly FoundSubnet[]): Problem[] {
  const zones = subnets.map(({ zone }) => zone);
  return new Set(zones).size === zones.length
    ? []
    : [
        {
          setting: "network.subnetIds",
          value: subnets.map(({ id }) => id),
          allowed: `subnets in two zones; both are in ${zones[0]}`,
          remedy: "Name a subnet of another zone in place of one of them.",
        },
      ];
}

function subnetProblems(subnet: FoundSubnet, found: FoundNetwork, needs: NetworkNeeds): Problem[] {
  const fault = (allowed: string, remedy: string): Problem => ({
    setting: "network.subnetIds",
    value: subnet.id,
    allowed,
    remedy,
  });
  const [key, value] = Object.entries(EMR_MANAGED_TAG)[0];
  const wanted =
    Math.ceil(needs.containers / 2) +
    MWAA_ENDPOINTS +
    needs.makes.filter((one) => one !== "s3").length;
  return [
    ...(subnet.vpcId === found.vpcId
      ? []
      : [
          fault(
            `a subnet of ${found.vpcId}; it is of ${subnet.vpcId}`,
            "Name a subnet of that VPC.",
          ),
        ]),
    ...(subnet.routes.some(({ kind, block }) => kind === "internet" && isEverywhere(subnet, block))
      ? [
          fault(
            `a private subnet; its route table ${subnet.routeTableId} leads to an internet gateway`,
            "Name a private one: what MWAA has in it gets no public address, and would reach nothing.",
          ),
        ]
      : []),
    ...(needs.emr && subnet.tags[key] !== value
      ? [
          fault(
            `a subnet with the tag ${key}=${value}, which EMR's service policy asks for`,
            `aws ec2 create-tags --resources ${subnet.id} --tags Key=${key},Value=${value}`,
          ),
        ]
      : []),
    ...(found.hasEnvironment || subnet.freeAddresses >= wanted
      ? []
      : [
          fault(
            `${wanted} free addresses: half of the workers and schedulers, and endpoints; it has ${subnet.freeAddresses}`,
            "Free some, name a larger subnet, or lower maxWorkers.",
          ),
        ]),
  ];
}

function isEverywhere({ routes }: FoundSubnet, block: string): boolean {
  const shares = shareOfEverywhere(routes.map((route) => [route.block]));
  return routes.some((route, index) => route.block === block && shares[index] !== "none");
}

/** Whether a subnet reaches what is called: by its routes, or by an endpoint for each service. */
function wayToServices(
  subnet: FoundSubnet,
  found: FoundNetwork,
  needs: NetworkNeeds,
): NetworkVerdict & { readonly isClosed: boolean } {
  const shares = shareOfEverywhere(subnet.routes.map(({ block }) => [block]));
  const out = reachesAws(
    subnet.routes.flatMap(({ kind, natReaches }, index) =>
      shares[index] === "none"
        ? []
        : [
            {
              kind,
              isPart: shares[index] === "part",
              natReaches: [natReaches ? ("yes" as const) : ("no" as const)],
              certain: true,
            },
          ],
    ),
  );
  const missing = needs.calls.filter(
    (service) =>
      !needs.makes.includes(service) &&
      !found.endpoints.some((one) => serves(one, service, subnet)),
  );
  const open = missing.filter((service) => found.ambiguous.includes(service));
  const lacking = missing.filter((service) => !found.ambiguous.includes(service));
  const isClosed = out === "no";
  if (out === "yes" || missing.length === 0) {
    return { problems: [], unknown: [], isClosed };
  }
  if (out === "maybe" || lacking.length === 0) {
    const services = (out === "maybe" ? missing : open).join(", ");
    return {
      isClosed,
      problems: [],
      unknown: [`whether ${subnet.id} reaches ${services}, by ${targetsOf(subnet)}`],
    };
  }
  return {
    problems: [
      {
        setting: "network.subnetIds",
        value: subnet.id,
        allowed: `a subnet with a way to ${lacking.join(", ")}; ${targetsOf(subnet)}, and no endpoint is there for them`,
        remedy:
          `Route 0.0.0.0/0 of ${subnet.routeTableId} to a NAT gateway in a public subnet, or name the services in ` +
          "vpcEndpoints.",
      },
    ],
    unknown: [],
    isClosed,
  };
}

/** Where the routes to everywhere lead, in words. */
function targetsOf({ routes, routeTableId }: FoundSubnet): string {
  const shares = shareOfEverywhere(routes.map(({ block }) => [block]));
  const targets = routes.filter((_, index) => shares[index] !== "none").map(({ target }) => target);
  return targets.length === 0
    ? `${routeTableId} has no route to 0.0.0.0/0`
    : `${routeTableId} leads to ${targets.join(", ")}`;
}

function serves(endpoint: FoundEndpoint, service: string, subnet: FoundSubnet): boolean {
  return (
    endpoint.service === service &&
    (endpoint.type === "Gateway"
      ? endpoint.routeTableIds.includes(subnet.routeTableId)
      : endpoint.privateDns)
  );
}

/** What an endpoint that is there, and is not the stack's, stands in the way of. */
function endpointProblems(
  endpoint: FoundEndpoint,
  found: FoundNetwork,
  needs: NetworkNeeds,
): Problem[] {
  const { id, service, type, privateDns, isOwn } = endpoint;
  if (isOwn) {
    return [];
  }
  const taken =
    type === "Gateway"
      ? endpoint.routeTableIds.filter((table) => needs.routeTableIds.includes(table))
      : [];
  const clashes =
    needs.makes.includes(service) && (type === "Gateway" ? taken.length > 0 : privateDns);
  const isCalled = needs.calls.includes(service) && type === "Interface" && privateDns;
  return [
    ...(clashes
      ? [
          {
            setting: "vpcEndpoints",
            value: service,
            allowed:
              type === "Gateway"
                ? `services that ${taken.join(", ")} leads to no endpoint of; there is ${id}`
                : `services that the VPC has no endpoint with a private name of; there is ${id}`,
            remedy: "Leave it out: the environment uses the one that is there.",
          },
        ]
      : []),
    ...(isCalled && admission(endpoint, found) === "no"
      ? [
          {
            setting: "network.vpcId",
            value: found.vpcId,
            allowed: `a VPC whose endpoint ${id} for ${service} admits the environment on port ${HTTPS}; its private name is used in the whole VPC`,
            remedy:
              `Admit the blocks of the subnets (${found.subnets.map(({ cidr }) => cidr).join(", ")}) to a group of ` +
              `the endpoint${found.groups.length > 0 ? `, or ${found.groups.map((group) => group.id).join(", ")}` : ""}.`,
          },
        ]
      : []),
  ];
}

/** Whether an endpoint's groups admit the environment. */
function admission({ groups }: FoundEndpoint, found: FoundNetwork): Verdict {
  return groupsAdmit(groups, found, HTTPS, false);
}

function groupsAdmit(
  groups: readonly FoundGroup[],
  found: FoundNetwork,
  port: number,
  isEgress: boolean,
): Verdict {
  const own = found.groups.map(({ id }) => id);
  return admits(
    groups
      .flatMap(({ rules }) => rules)
      .filter((rule) => rule.isEgress === isEgress)
      .map((rule) => ({
        tcp: letsThrough(rule, port) ? "yes" : "no",
        member: own.includes(rule.groupId) ? "yes" : "no",
        blocks: rule.prefixListId === "" ? (rule.block === "" ? [] : [rule.block]) : undefined,
      })),
    found.subnets.map(({ cidr }) => cidr),
  );
}

function letsThrough({ protocol, fromPort, toPort }: FoundRule, port: number): boolean {
  return (
    protocol === "-1" || (["tcp", "6"].includes(protocol) && fromPort <= port && port <= toPort)
  );
}

function unseenAdmissions(found: FoundNetwork, needs: NetworkNeeds): string[] {
  return found.endpoints
    .filter(
      (one) =>
        !one.isOwn &&
        one.privateDns &&
        needs.calls.includes(one.service) &&
        admission(one, found) === "maybe",
    )
    .map(
      ({ id, service }) =>
        `whether the endpoint ${id} for ${service} admits the environment, by a prefix list`,
    );
}

/** The environment's groups are of its VPC, and let it reach itself. */
function groupProblems(found: FoundNetwork): Problem[] {
  const { groups, vpcId } = found;
  const ids = groups.map(({ id }) => id);
  const fault = (value: unknown, allowed: string, remedy: string): Problem => ({
    setting: "network.securityGroupIds",
    value,
    allowed,
    remedy,
  });
  const closed = (isEgress: boolean) =>
    ENVIRONMENT_PORTS.filter((port) => groupsAdmit(groups, found, port, isEgress) === "no");
  const [inbound, outbound] = groups.length === 0 ? [[], []] : [closed(false), closed(true)];
  return [
    ...groups
      .filter((group) => group.vpcId !== vpcId)
      .map((group) =>
        fault(group.id, `groups of ${vpcId}; it is of ${group.vpcId}`, "Name a group of that VPC."),
      ),
    ...(inbound.length === 0
      ? []
      : [
          fault(
            ids,
            `groups that admit their own members on TCP ${ENVIRONMENT_PORTS.join(" and ")}; not on ${inbound.join(", ")}`,
            "Add an inbound rule from one of them to itself.",
          ),
        ]),
    ...(outbound.length === 0
      ? []
      : [
          fault(
            ids,
            `groups that let TCP ${ENVIRONMENT_PORTS.join(" and ")} out to their members; not ${outbound.join(", ")}`,
            "Add an outbound rule.",
          ),
        ]),
  ];
}

/** The subnets that the stack makes for Redshift fit into the VPC. */
function redshiftProblems(
  { cidrs, otherBlocks, vpcId }: FoundNetwork,
  needs: NetworkNeeds,
): Problem[] {
  return needs.redshiftCidrs.flatMap((cidr, index): Problem[] => {
    const setting = `redshiftSubnetCidrs[${index}]`;
    const other = otherBlocks.find((block) => overlap(block, cidr));
    return cover(cidrs, cidr)
      ? other === undefined
        ? []
        : [
            {
              setting,
              value: cidr,
              allowed: `a block that no subnet of ${vpcId} uses; ${other} is one`,
              remedy: "Choose another.",
            },
          ]
      : [
          {
            setting,
            value: cidr,
            allowed: `a block inside ${vpcId}, which has ${cidrs.join(", ")}`,
            remedy: "Choose one of its addresses that no subnet has.",
          },
        ];
  });
}
