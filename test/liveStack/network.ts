import type { Properties } from "../../local/provider/aws/row";
import { THERE, VPC, existingVpc } from "../existingVpc";
import { type Made, type Recording, thereAre } from "../mocks";

/** A resource inside the VPC component, which the mocks do not register, and what becomes of it. */
interface InnerStep {
  readonly type: string;
  readonly name: string;
  readonly kind: "create" | "replace" | "delete";
}

interface VpcInputs {
  readonly cidrBlock: string;
  readonly availabilityZoneNames: readonly string[];
  readonly subnetSpecs: readonly {
    readonly type: string;
    readonly cidrBlocks: readonly string[];
  }[];
  readonly natGateways: { readonly strategy: "None" | "OnePerAz" | "Single" };
}

interface Subnet {
  readonly type: string;
  readonly name: string;
  readonly cidr: string;
  readonly zone: string;
}

/** The subnets of a VPC component, as it names them. */
function subnetsOf(name: string, inputs: Properties): Subnet[] {
  const { subnetSpecs, availabilityZoneNames } = inputs as unknown as VpcInputs;
  return subnetSpecs.flatMap(({ type, cidrBlocks }) =>
    cidrBlocks.map((cidr, index) => ({
      type,
      name: `${name}-${type.toLowerCase()}-${index + 1}`,
      cidr,
      zone: availabilityZoneNames[index],
    })),
  );
}

/** Gateways, each with an address of its own. */
const gateways = (inputs: Properties): number =>
  ({ None: 0, OnePerAz: 2, Single: 1 })[(inputs as unknown as VpcInputs).natGateways.strategy];

/** What becomes of the resources inside the VPC component, and what is known of its outputs before that. */
export function changedVpc(
  name: string,
  olds: Properties,
  news: Properties,
  mocked: Made,
): { readonly steps: readonly InnerStep[]; readonly made: Made } {
  const replaced = olds.cidrBlock !== news.cidrBlock;
  const before = subnetsOf(name, olds);
  const moved = subnetsOf(name, news).filter(
    ({ name: own, cidr, zone }) =>
      replaced || !before.some((one) => one.name === own && one.cidr === cidr && one.zone === zone),
  );
  const after = subnetsOf(name, news);
  const gone = before.filter((one) => !after.some(({ name: own }) => own === one.name));
  const [from, to] = [gateways(olds), gateways(news)];
  const steps: InnerStep[] = [
    ...(replaced ? [{ type: "aws:ec2/vpc:Vpc", name, kind: "replace" as const }] : []),
    ...moved.map(({ name: own }) => ({
      type: "aws:ec2/subnet:Subnet",
      name: own,
      kind: before.some((one) => one.name === own) ? ("replace" as const) : ("create" as const),
    })),
    ...gone.map(({ name: own }) => ({
      type: "aws:ec2/subnet:Subnet",
      name: own,
      kind: "delete" as const,
    })),
    ...Array.from({ length: Math.max(from, to) }, (_, index) => {
      const gateway = `${name}-${index + 1}`;
      const kind =
        index >= to
          ? "delete"
          : index >= from
            ? "create"
            : moved.some(({ name: own }) => own === `${name}-public-${index + 1}`)
              ? "replace"
              : undefined;
      return { type: "aws:ec2/natGateway:NatGateway", name: gateway, kind };
    }).filter((step): step is InnerStep => step.kind !== undefined),
  ];
  const known = (type: string): boolean => !moved.some((subnet) => subnet.type === type);
  const { vpcId, publicSubnetIds, privateSubnetIds, routeTables, ...rest } = mocked.state;
  return {
    steps,
    made: {
      id: mocked.id,
      state: {
        ...rest,
        ...(replaced ? {} : { vpcId, routeTables }),
        ...(known("Public") ? { publicSubnetIds } : {}),
        ...(known("Private") ? { privateSubnetIds } : {}),
      },
    },
  };
}

/** A bucket that is there, and that no stack has anything in. */
export const THEIR_BUCKET = "airflow-theirs";

/** What becomes of the resources inside a VPC component that is a stack's no longer. */
export function removedVpc(name: string, inputs: Properties): InnerStep[] {
  const gone = (type: string, of: string) => ({ type, name: of, kind: "delete" as const });
  return [
    gone("aws:ec2/vpc:Vpc", name),
    ...subnetsOf(name, inputs).map(({ name: own }) => gone("aws:ec2/subnet:Subnet", own)),
    ...Array.from({ length: gateways(inputs) }, (_, index) =>
      gone("aws:ec2/natGateway:NatGateway", `${name}-${index + 1}`),
    ),
  ];
}

/** Answers of the functions by which a program finds what there is already: subnets, buckets, and who owns a name. */
export function ownResources(recording: Recording<unknown>) {
  const subnets = recording.registrations.flatMap(({ type, name, inputs }) => {
    if (type === "awsx:ec2:Vpc") {
      return subnetsOf(name, inputs).map(({ name: own, cidr, zone, type: kind }): Properties => ({
        vpcId: "vpc-own",
        cidrBlock: cidr,
        availabilityZone: zone,
        tags: { ...(inputs.tags as Record<string, string>), Name: own, SubnetType: kind },
      }));
    }
    return type === "aws:ec2/subnet:Subnet"
      ? [
          {
            vpcId: inputs.vpcId === VPC ? VPC : "vpc-own",
            cidrBlock: inputs.cidrBlock,
            availabilityZone: inputs.availabilityZone,
            tags: inputs.tags as Record<string, string>,
          },
        ]
      : [];
  });
  const tagged = recording.registrations
    .filter(({ inputs, state }) => inputs.tags !== undefined && state.arn !== undefined)
    .map(({ inputs, state }) => ({ resourceArn: state.arn, tags: inputs.tags }));
  // Those that the stack created, and those that it has objects in.
  const buckets = recording.registrations
    .filter(({ type }) => type.startsWith("aws:s3/bucket"))
    .map(({ inputs }) => String(inputs.bucket));
  const there = existingVpc();
  return {
    ...there,
    ...thereAre([...buckets, THEIR_BUCKET]),
    "aws:resourcegroupstaggingapi/getResources:getResources": ({
      resourceArnLists,
    }: Properties) => ({
      resourceTagMappingLists: tagged.filter(({ resourceArn }) =>
        (resourceArnLists as unknown[]).includes(resourceArn),
      ),
    }),
    "aws:ec2/getSubnets:getSubnets": (inputs: Properties) =>
      inputs.filters === undefined
        ? {
            ids: [...subnets.entries()]
              .filter(([, subnet]) =>
                Object.entries(inputs.tags as Record<string, string>).every(
                  ([key, value]) => (subnet.tags as Record<string, string>)[key] === value,
                ),
              )
              .map(([index]) => String(index)),
          }
        : there["aws:ec2/getSubnets:getSubnets"](inputs),
    "aws:ec2/getSubnet:getSubnet": (inputs: Properties): Properties =>
      /^\d+$/.test(String(inputs.id))
        ? subnets[Number(inputs.id)]
        : there["aws:ec2/getSubnet:getSubnet"](inputs),
    "aws:ec2/getSecurityGroups:getSecurityGroups": ({ filters }: Properties) => {
      const [{ values }] = filters as { values: string[] }[];
      return { ids: values, vpcIds: values.map((id) => (id in THERE.groups ? VPC : "vpc-own")) };
    },
  };
}
