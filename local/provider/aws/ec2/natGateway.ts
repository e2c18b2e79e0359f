import {
  CreateNatGatewayCommand,
  DeleteNatGatewayCommand,
  DescribeNatGatewaysCommand,
} from "@aws-sdk/client-ec2";
import type * as aws from "@pulumi/aws";

import { oneOf } from "../checks";
import { Plain, deadline, ifThere, pause, row } from "../row";
import { tagMap } from "../tags";
import { ec2, retag, tagsAtCreation } from "./client";

const WAITS = { create: 10, delete: 30 };

export const natGateway = row<Plain<aws.ec2.NatGatewayArgs>>({
  args: ["allocationId", "connectivityType", "subnetId", "tags"],
  replaceOn: ["allocationId", "connectivityType", "subnetId"],
  computed: ["associationId", "privateIp", "publicIp", "networkInterfaceId"],
  checks: { connectivityType: oneOf("private", "public") },
  together: ({ allocationId, connectivityType }) =>
    connectivityType === "private" && allocationId !== undefined
      ? 'allocationId is not supported with the connectivityType "private"'
      : undefined,
  waits: WAITS,
  source: {
    file: "internal/service/ec2/vpc_nat_gateway.go",
    differences: [
      "what belongs to regional gateways and to secondary addresses is left out: nothing reads it",
      "it does not wait before a deletion until appliances are detached: the local EC2 has none",
    ],
  },
  async create(inputs, made) {
    const { NatGateway } = await ec2.send(
      new CreateNatGatewayCommand({
        AllocationId: inputs.allocationId,
        SubnetId: inputs.subnetId,
        ConnectivityType: (inputs.connectivityType ?? "public") as "public",
        TagSpecifications: tagsAtCreation("natgateway", inputs),
      }),
    );
    const id = NatGateway?.NatGatewayId as string;
    made(id);
    const check = deadline(WAITS.create);
    for (;;) {
      const there = await describeNatGateway(id);
      if (there?.State === "failed") {
        throw new Error(`${id}: ${there.FailureCode}: ${there.FailureMessage}`);
      }
      if (there?.State === "available") {
        return { id, outputs: (await readNatGateway(id)) ?? {} };
      }
      if (there?.State !== "pending") {
        throw new Error(`the NAT gateway ${id} is ${there?.State ?? "gone"}`);
      }
      check(`the NAT gateway ${id} is pending`);
      await pause();
    }
  },
  read: readNatGateway,
  update: retag,
  async delete(id) {
    await ifThere(
      ec2.send(new DeleteNatGatewayCommand({ NatGatewayId: id })),
      "NatGatewayNotFound",
    );
    // Its address and its subnet's internet gateway are held until it is gone.
    const check = deadline(WAITS.delete);
    while (!["deleted", undefined].includes((await describeNatGateway(id))?.State)) {
      check(`the NAT gateway ${id} is still there`);
      await pause();
    }
  },
});

async function describeNatGateway(id: string) {
  const found = await ifThere(
    ec2.send(new DescribeNatGatewaysCommand({ NatGatewayIds: [id] })),
    "NatGatewayNotFound",
  );
  return found?.NatGateways?.[0];
}

async function readNatGateway(id: string) {
  const there = await describeNatGateway(id);
  if (there === undefined || there.State === "deleted") {
    return undefined;
  }
  const [address] = there.NatGatewayAddresses ?? [];
  return {
    subnetId: there.SubnetId,
    connectivityType: there.ConnectivityType,
    allocationId: address?.AllocationId,
    associationId: address?.AssociationId,
    privateIp: address?.PrivateIp,
    publicIp: address?.PublicIp,
    networkInterfaceId: address?.NetworkInterfaceId,
    tags: tagMap(there.Tags),
  };
}
