import {
  AllocateAddressCommand,
  DescribeAddressesCommand,
  DisassociateAddressCommand,
  ReleaseAddressCommand,
} from "@aws-sdk/client-ec2";
import type * as aws from "@pulumi/aws";

import { oneOf } from "../checks";
import { callerAccount } from "../functions";
import { Plain, ifThere, row } from "../row";
import { tagMap } from "../tags";
import { CONSISTENT, arn, ec2, retag, tagsAtCreation } from "./client";

export const eip = row<Plain<aws.ec2.EipArgs>>({
  args: ["domain", "tags"],
  replaceOn: ["domain"],
  computed: ["allocationId", "associationId", "publicIp", "arn"],
  leftOut: ["domain"],
  checks: { domain: oneOf("vpc", "standard") },
  source: {
    file: "internal/service/ec2/ec2_eip.go",
    differences: [
      CONSISTENT,
      "the names of an address and what it is associated with are left out but for `associationId`: nothing reads them",
    ],
  },
  async create(inputs, made) {
    const { AllocationId } = await ec2.send(
      new AllocateAddressCommand({
        Domain: inputs.domain as "vpc" | undefined,
        TagSpecifications: tagsAtCreation("elastic-ip", inputs),
      }),
    );
    const id = AllocationId as string;
    made(id);
    return { id, outputs: (await readAddress(id)) ?? {} };
  },
  read: readAddress,
  update: retag,
  async delete(id, { associationId }) {
    if (typeof associationId === "string" && associationId !== "") {
      await ifThere(
        ec2.send(new DisassociateAddressCommand({ AssociationId: associationId })),
        "InvalidAssociationID.NotFound",
      );
    }
    await ifThere(
      ec2.send(new ReleaseAddressCommand({ AllocationId: id })),
      "InvalidAllocationID.NotFound",
    );
  },
});

async function readAddress(id: string) {
  const found = await ifThere(
    ec2.send(new DescribeAddressesCommand({ AllocationIds: [id] })),
    "InvalidAllocationID.NotFound",
  );
  const [there] = found?.Addresses ?? [];
  return (
    there && {
      domain: there.Domain,
      allocationId: id,
      associationId: there.AssociationId,
      publicIp: there.PublicIp,
      tags: tagMap(there.Tags),
      arn: arn(await callerAccount(), "elastic-ip", id),
    }
  );
}
