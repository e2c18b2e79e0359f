import {
  AllocateAddressCommand,
  DescribeAddressesCommand,
  ReleaseAddressCommand,
} from "@aws-sdk/client-ec2";
import type * as aws from "@pulumi/aws";

import { Plain, ifThere, row } from "../row";
import { tagMap } from "../tags";
import { arn, ec2, retag, tagsAtCreation } from "./client";

export const eip = row<Plain<aws.ec2.EipArgs>>({
  args: ["domain", "tags"],
  replaceOn: ["domain"],
  computed: ["allocationId", "publicIp", "arn"],
  async create(inputs) {
    const { AllocationId, PublicIp } = await ec2.send(
      new AllocateAddressCommand({
        Domain: "vpc",
        TagSpecifications: tagsAtCreation("elastic-ip", inputs),
      }),
    );
    const id = AllocationId as string;
    return {
      id,
      outputs: {
        domain: "vpc",
        allocationId: id,
        publicIp: PublicIp,
        arn: arn("", "elastic-ip", id),
      },
    };
  },
  async read(id) {
    const found = await ifThere(
      ec2.send(new DescribeAddressesCommand({ AllocationIds: [id] })),
      "InvalidAllocationID.NotFound",
    );
    const [there] = found?.Addresses ?? [];
    return (
      there && {
        domain: there.Domain,
        allocationId: id,
        publicIp: there.PublicIp,
        tags: tagMap(there.Tags),
      }
    );
  },
  update: retag,
  async delete(id) {
    await ifThere(
      ec2.send(new ReleaseAddressCommand({ AllocationId: id })),
      "InvalidAllocationID.NotFound",
    );
  },
});
