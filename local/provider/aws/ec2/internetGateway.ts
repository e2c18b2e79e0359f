import {
  AttachInternetGatewayCommand,
  CreateInternetGatewayCommand,
  DeleteInternetGatewayCommand,
  DescribeInternetGatewaysCommand,
  DetachInternetGatewayCommand,
} from "@aws-sdk/client-ec2";
import type * as aws from "@pulumi/aws";

import { Plain, ifThere, row } from "../row";
import { tagMap } from "../tags";
import { CONSISTENT, NEEDED, arn, ec2, retag, tagsAtCreation, until } from "./client";

/** To be attached to a VPC, and to be detached. */
const WAITS = { create: 20, update: 20, delete: 20 };

export const internetGateway = row<Plain<aws.ec2.InternetGatewayArgs>>({
  args: ["vpcId", "tags"],
  replaceOn: [],
  leftOut: ["vpcId"],
  waits: WAITS,
  source: {
    file: "internal/service/ec2/vpc_internet_gateway.go",
    differences: [CONSISTENT, NEEDED],
  },
  computed: ["arn", "ownerId"],
  async create(inputs, made) {
    const { InternetGateway } = await ec2.send(
      new CreateInternetGatewayCommand({
        TagSpecifications: tagsAtCreation("internet-gateway", inputs),
      }),
    );
    const id = InternetGateway?.InternetGatewayId as string;
    made(id);
    await attach(id, inputs.vpcId);
    return { id, outputs: (await readInternetGateway(id)) ?? {} };
  },
  read: readInternetGateway,
  async update(change) {
    await retag(change);
    if (change.changed.has("vpcId")) {
      await detach(change.id, change.olds.vpcId);
      await attach(change.id, change.inputs.vpcId);
    }
  },
  async delete(id, { vpcId }) {
    await detach(id, vpcId);
    await ifThere(
      ec2.send(new DeleteInternetGatewayCommand({ InternetGatewayId: id })),
      "InvalidInternetGatewayID.NotFound",
    );
  },
});

async function attach(id: string, vpcId: string | undefined): Promise<void> {
  if (vpcId !== undefined) {
    await ec2.send(new AttachInternetGatewayCommand({ InternetGatewayId: id, VpcId: vpcId }));
    const isThere = async () => (await readInternetGateway(id))?.vpcId;
    await until(`the attachment of ${id}`, WAITS.create, isThere, (attached) => attached === vpcId);
  }
}

async function detach(id: string, vpcId: string | undefined): Promise<void> {
  if (vpcId !== undefined) {
    await ifThere(
      ec2.send(new DetachInternetGatewayCommand({ InternetGatewayId: id, VpcId: vpcId })),
      "Gateway.NotAttached",
    );
    const isThere = async () => (await readInternetGateway(id))?.vpcId;
    await until(`the attachment of ${id}`, WAITS.delete, isThere, (attached) => attached !== vpcId);
  }
}

async function readInternetGateway(id: string) {
  const found = await ifThere(
    ec2.send(new DescribeInternetGatewaysCommand({ InternetGatewayIds: [id] })),
    "InvalidInternetGatewayID.NotFound",
  );
  const [there] = found?.InternetGateways ?? [];
  return (
    there && {
      vpcId: there.Attachments?.[0]?.VpcId,
      tags: tagMap(there.Tags),
      arn: arn(there.OwnerId, "internet-gateway", id),
      ownerId: there.OwnerId,
    }
  );
}
