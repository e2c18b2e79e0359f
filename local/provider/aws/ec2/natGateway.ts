import {
  CreateNatGatewayCommand,
  DeleteNatGatewayCommand,
  DescribeNatGatewaysCommand,
} from "@aws-sdk/client-ec2";
import type * as aws from "@pulumi/aws";

import { Plain, ifThere, pause, row } from "../row";
import { tagMap } from "../tags";
import { ec2, retag, tagsAtCreation } from "./client";

export const natGateway = row<Plain<aws.ec2.NatGatewayArgs>>({
  args: ["allocationId", "connectivityType", "subnetId", "tags"],
  replaceOn: ["allocationId", "connectivityType", "subnetId"],
  computed: ["privateIp", "publicIp", "networkInterfaceId"],
  async create(inputs, made) {
    const { NatGateway } = await ec2.send(
      new CreateNatGatewayCommand({
        AllocationId: inputs.allocationId,
        SubnetId: inputs.subnetId,
        ConnectivityType: inputs.connectivityType as "public" | undefined,
        TagSpecifications: tagsAtCreation("natgateway", inputs),
      }),
    );
    const id = NatGateway?.NatGatewayId as string;
    made(id);
    for (;;) {
      const there = await describeNatGateway(id);
      if (there?.State === "failed") {
        throw new Error(`${id}: ${there.FailureCode}: ${there.FailureMessage}`);
      }
      if (there?.State === "available") {
        return { id, outputs: (await readNatGateway(id)) ?? {} };
      }
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
    while (!["deleted", undefined].includes((await describeNatGateway(id))?.State)) {
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
  if (there === undefined || there.State === "deleted" || there.State === "deleting") {
    return undefined;
  }
  const [address] = there.NatGatewayAddresses ?? [];
  return {
    subnetId: there.SubnetId,
    connectivityType: there.ConnectivityType,
    allocationId: address?.AllocationId,
    privateIp: address?.PrivateIp,
    publicIp: address?.PublicIp,
    networkInterfaceId: address?.NetworkInterfaceId,
    tags: tagMap(there.Tags),
  };
}
