import type { InternetNeed } from "../checks/internet";

/** A route of a table to a block, with where it leads. */
export interface FoundRoute {
  readonly block: string;
  readonly kind: "internet" | "nat" | "elsewhere";
  /** Id of what it leads to. */
  readonly target: string;
  /** Whether a NAT gateway reaches the internet itself. */
  readonly natReaches: boolean;
}

/** A subnet, with the routes of the table that it uses. */
export interface FoundSubnet {
  readonly id: string;
  readonly vpcId: string;
  readonly zone: string;
  readonly cidr: string;
  /** Addresses that nothing has yet. */
  readonly freeAddresses: number;
  readonly tags: Readonly<Record<string, string>>;
  readonly routeTableId: string;
  readonly routes: readonly FoundRoute[];
}

/** A rule of a security group. */
export interface FoundRule {
  readonly isEgress: boolean;
  readonly protocol: string;
  readonly fromPort: number;
  readonly toPort: number;
  /** IPv4 block of the other end; empty where the rule names something else. */
  readonly block: string;
  /** Group of the other end; empty where the rule names something else. */
  readonly groupId: string;
  /** Prefix list of the other end, whose blocks are not looked up; empty where the rule names something else. */
  readonly prefixListId: string;
}

export interface FoundGroup {
  readonly id: string;
  readonly vpcId: string;
  readonly rules: readonly FoundRule[];
}

/** An endpoint of the VPC that leads to an AWS service. */
export interface FoundEndpoint {
  readonly id: string;
  /** As in `ecr.api`. */
  readonly service: string;
  readonly type: "Gateway" | "Interface";
  readonly privateDns: boolean;
  readonly routeTableIds: readonly string[];
  readonly groups: readonly FoundGroup[];
  /** It is one that this stack made. */
  readonly isOwn: boolean;
}

/** What there is of a VPC that the settings name. */
export interface FoundNetwork {
  readonly vpcId: string;
  readonly cidrs: readonly string[];
  readonly dnsSupport: boolean;
  readonly dnsHostnames: boolean;
  readonly subnets: readonly FoundSubnet[];
  /** The environment's groups; none where the stack makes one. */
  readonly groups: readonly FoundGroup[];
  readonly endpoints: readonly FoundEndpoint[];
  /** Services of which the VPC has several endpoints, which the lookup does not tell apart. */
  readonly ambiguous: readonly string[];
  /** Blocks of the VPC's other subnets that are not the stack's. */
  readonly otherBlocks: readonly string[];
  /** The environment is there, and has its addresses. */
  readonly hasEnvironment: boolean;
}

/** What a stack wants of its network. */
export interface NetworkNeeds {
  /** Services that the environment and the listed pipelines call. */
  readonly calls: readonly string[];
  /** Services that the stack makes endpoints for. */
  readonly makes: readonly string[];
  /** Route tables of the gateway endpoint that the stack makes. */
  readonly routeTableIds: readonly string[];
  /** Settings that need the internet. */
  readonly internet: readonly InternetNeed[];
  /** EMR's clusters are in the subnets. */
  readonly emr: boolean;
  /** Blocks of the subnets that the stack makes for Redshift. */
  readonly redshiftCidrs: readonly string[];
  /** Most containers of the environment: workers and schedulers. */
  readonly containers: number;
}
