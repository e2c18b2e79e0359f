import * as pulumi from "@pulumi/pulumi";

type Properties = Record<string, unknown>;

// How the SDK writes a reference to a resource.
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const RESOURCE_REFERENCE = "5cf8f73096256a8f31e491e813e4eb8e";

interface SubnetSpec {
  readonly type: "Public" | "Private";
  readonly name: string;
  readonly cidrBlocks: readonly string[];
}

/** What the mock monitor knows of a resource; `pulumi:pulumi:getResource` answers from it. */
interface MockMonitor {
  readonly resources: Map<string, { urn: string; id: string; state: Properties }>;
}

/**
 * Outputs of the official `awsx.ec2.Vpc` for the arguments of the program's network: a subnet, a
 * route table with an association and a default route for each block of each spec, a NAT gateway in
 * each public subnet or in the first. The children belong to the provider, not to the program, so
 * they are not registered here; they are made known to the monitor so that references resolve.
 */
export function awsxVpc(inputs: Properties, name: string): Properties {
  const specs = inputs.subnetSpecs as readonly SubnetSpec[];
  const { strategy } = inputs.natGateways as { strategy: "OnePerAz" | "Single" | "None" };
  const child = (type: string, childName: string, state: Properties = {}): Properties =>
    reference(type, childName, { ...state, id: `${childName}-${type.split(":")[2]}` });
  // Zone by zone, as the official component registers them.
  const named = specs[0].cidrBlocks.flatMap((_, zone) =>
    specs.map((spec) => ({ type: spec.type, subnet: `${name}-${spec.name}-${zone + 1}` })),
  );
  const ids = (type: SubnetSpec["type"]): string[] =>
    named.filter((one) => one.type === type).map(({ subnet }) => `${subnet}-id`);
  const gateways = { None: 0, OnePerAz: ids("Public").length, Single: 1 }[strategy];
  return {
    vpcId: `${name}-vpc-id`,
    publicSubnetIds: ids("Public"),
    privateSubnetIds: ids("Private"),
    routeTables: named.map(({ type, subnet }) =>
      child("aws:ec2/routeTable:RouteTable", subnet, { tags: { SubnetType: type } }),
    ),
    routes: named
      .filter(({ type }) => type === "Public" || strategy !== "None")
      .map(({ subnet }) => child("aws:ec2/route:Route", subnet)),
    routeTableAssociations: named.map(({ subnet }) =>
      child("aws:ec2/routeTableAssociation:RouteTableAssociation", subnet),
    ),
    natGateways: Array.from({ length: gateways }, (_, index) =>
      child("aws:ec2/natGateway:NatGateway", `${name}-${index + 1}`),
    ),
  };
}

function reference(type: string, name: string, state: Properties & { id: string }): Properties {
  const monitor = pulumi.runtime.getMonitor() as unknown as MockMonitor;
  const urn = `urn:pulumi:${pulumi.getStack()}::${pulumi.getProject()}::awsx:ec2:Vpc$${type}::${name}`;
  monitor.resources.set(urn, { urn, id: state.id, state });
  return { [SIGNATURE]: RESOURCE_REFERENCE, urn, id: state.id, packageVersion: "" };
}
