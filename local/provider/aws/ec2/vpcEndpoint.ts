import {
  CreateVpcEndpointCommand,
  DeleteVpcEndpointsCommand,
  DescribeVpcEndpointsCommand,
  ModifyVpcEndpointCommand,
} from "@aws-sdk/client-ec2";
import type * as aws from "@pulumi/aws";

import { oneOf } from "../checks";
import { Change, Plain, ifThere, row } from "../row";
import { tagMap } from "../tags";
import { arn, ec2, requireSuccess, retag, tagsAtCreation, until } from "./client";

type EndpointArgs = Plain<aws.ec2.VpcEndpointArgs>;

const WAITS = { create: 10, update: 10, delete: 10 };

export const vpcEndpoint = row<EndpointArgs>({
  args: [
    "privateDnsEnabled",
    "routeTableIds",
    "securityGroupIds",
    "serviceName",
    "subnetIds",
    "tags",
    "vpcEndpointType",
    "vpcId",
  ],
  replaceOn: ["serviceName", "vpcEndpointType", "vpcId"],
  alsoReplaces: (input, _olds, { vpcEndpointType }) =>
    input === "privateDnsEnabled" && vpcEndpointType !== "Interface",
  computed: ["arn", "state", "ownerId"],
  leftOut: ["privateDnsEnabled", "routeTableIds", "securityGroupIds", "subnetIds"],
  checks: {
    vpcEndpointType: oneOf(
      "Interface",
      "Gateway",
      "GatewayLoadBalancer",
      "Resource",
      "ServiceNetwork",
    ),
  },
  waits: WAITS,
  source: {
    file: "internal/service/ec2/vpc_endpoint.go",
    differences: [
      "`policy`, `prefixListId`, `cidrBlocks`, `dnsEntries` and `networkInterfaceIds` are left out: nothing reads them",
    ],
  },
  async create(inputs, made) {
    const { VpcEndpoint } = await ec2.send(
      new CreateVpcEndpointCommand({
        VpcId: inputs.vpcId,
        ServiceName: inputs.serviceName,
        VpcEndpointType: (inputs.vpcEndpointType ?? "Gateway") as "Gateway" | "Interface",
        RouteTableIds: listOrNone(inputs.routeTableIds ?? []),
        SubnetIds: listOrNone(inputs.subnetIds ?? []),
        SecurityGroupIds: listOrNone(inputs.securityGroupIds ?? []),
        PrivateDnsEnabled: inputs.privateDnsEnabled ?? false,
        TagSpecifications: tagsAtCreation("vpc-endpoint", inputs),
      }),
    );
    const id = VpcEndpoint?.VpcEndpointId as string;
    made(id);
    await available(id, WAITS.create);
    return { id, outputs: (await readVpcEndpoint(id)) ?? {} };
  },
  read: readVpcEndpoint,
  async update(change) {
    await retag(change);
    if ([...change.changed].some((input) => input !== "tags")) {
      await ec2.send(
        new ModifyVpcEndpointCommand({ VpcEndpointId: change.id, ...partsOf(change) }),
      );
      await available(change.id, WAITS.update);
    }
  },
  async delete(id) {
    const { Unsuccessful } = await ec2.send(
      new DeleteVpcEndpointsCommand({ VpcEndpointIds: [id] }),
    );
    requireSuccess(Unsuccessful, "InvalidVpcEndpoint.NotFound");
    await until(
      id,
      WAITS.delete,
      () => readVpcEndpoint(id),
      (there) => there === undefined,
    );
  },
});

async function available(id: string, minutes: number): Promise<void> {
  await until(
    id,
    minutes,
    () => readVpcEndpoint(id),
    (there) => {
      const state = there?.state?.toLowerCase();
      if (state !== "available" && state !== "pending" && state !== "pendingacceptance") {
        throw new Error(`the VPC endpoint ${id} is ${state ?? "gone"}`);
      }
      return state !== "pending";
    },
  );
}

/** What a change adds to an endpoint, and takes from it. */
function partsOf({ inputs, olds, changed }: Change<EndpointArgs>) {
  const moved = (key: "routeTableIds" | "subnetIds" | "securityGroupIds") => {
    if (!changed.has(key)) {
      return { add: undefined, remove: undefined };
    }
    const [before, after] = [olds[key] ?? [], inputs[key] ?? []];
    return {
      add: listOrNone(after.filter((id) => !before.includes(id))),
      remove: listOrNone(before.filter((id) => !after.includes(id))),
    };
  };
  const [tables, subnets, groups] = [
    moved("routeTableIds"),
    moved("subnetIds"),
    moved("securityGroupIds"),
  ];
  return {
    AddRouteTableIds: tables.add,
    RemoveRouteTableIds: tables.remove,
    AddSubnetIds: subnets.add,
    RemoveSubnetIds: subnets.remove,
    AddSecurityGroupIds: groups.add,
    RemoveSecurityGroupIds: groups.remove,
    PrivateDnsEnabled: changed.has("privateDnsEnabled") ? inputs.privateDnsEnabled : undefined,
  };
}

function listOrNone(ids: string[]): string[] | undefined {
  return ids.length > 0 ? ids : undefined;
}

async function readVpcEndpoint(id: string) {
  const found = await ifThere(
    ec2.send(new DescribeVpcEndpointsCommand({ VpcEndpointIds: [id] })),
    "InvalidVpcEndpointId.NotFound",
  );
  const [there] = found?.VpcEndpoints ?? [];
  if (there === undefined || there.State?.toLowerCase() === "deleted") {
    return undefined;
  }
  return {
    vpcId: there.VpcId,
    serviceName: there.ServiceName,
    vpcEndpointType: there.VpcEndpointType,
    routeTableIds: there.RouteTableIds,
    subnetIds: there.SubnetIds,
    securityGroupIds: there.Groups?.map(({ GroupId }) => GroupId),
    privateDnsEnabled: there.PrivateDnsEnabled,
    tags: tagMap(there.Tags),
    arn: arn(there.OwnerId, "vpc-endpoint", id),
    state: there.State,
    ownerId: there.OwnerId,
  };
}
