import {
  CreateRouteTableCommand,
  DeleteRouteTableCommand,
  DescribeRouteTablesCommand,
  DisassociateRouteTableCommand,
} from "@aws-sdk/client-ec2";
import type * as aws from "@pulumi/aws";

import { Plain, ifThere, row } from "../row";
import { tagMap } from "../tags";
import { CONSISTENT, arn, ec2, retag, tagsAtCreation, until } from "./client";

const WAITS = { create: 5 };

export const routeTable = row<Plain<aws.ec2.RouteTableArgs>>({
  args: ["routes", "tags", "vpcId"],
  // No inline routes: the program gives each a resource of its own.
  members: { routes: [] },
  replaceOn: ["vpcId"],
  computed: ["arn", "ownerId"],
  leftOut: ["routes"],
  waits: WAITS,
  source: {
    file: "internal/service/ec2/vpc_route_table.go",
    differences: [CONSISTENT, "`propagatingVgws` is left out: nothing reads it"],
  },
  async create(inputs, made) {
    const { RouteTable } = await ec2.send(
      new CreateRouteTableCommand({
        VpcId: inputs.vpcId,
        TagSpecifications: tagsAtCreation("route-table", inputs),
      }),
    );
    const id = RouteTable?.RouteTableId as string;
    made(id);
    await until(
      id,
      WAITS.create,
      () => describeRouteTable(id),
      (there) => there !== undefined,
    );
    return { id, outputs: (await readRouteTable(id)) ?? {} };
  },
  read: readRouteTable,
  update: retag,
  async delete(id) {
    for (const { RouteTableAssociationId } of (await describeRouteTable(id))?.Associations ?? []) {
      await ifThere(
        ec2.send(new DisassociateRouteTableCommand({ AssociationId: RouteTableAssociationId })),
        "InvalidAssociationID.NotFound",
      );
    }
    await ifThere(
      ec2.send(new DeleteRouteTableCommand({ RouteTableId: id })),
      "InvalidRouteTableID.NotFound",
    );
  },
});

export async function describeRouteTable(id: string | undefined) {
  const found = await ifThere(
    ec2.send(new DescribeRouteTablesCommand({ RouteTableIds: [id ?? ""] })),
    "InvalidRouteTableID.NotFound",
  );
  return found?.RouteTables?.[0];
}

async function readRouteTable(id: string) {
  const there = await describeRouteTable(id);
  return (
    there && {
      vpcId: there.VpcId,
      tags: tagMap(there.Tags),
      arn: arn(there.OwnerId, "route-table", id),
      ownerId: there.OwnerId,
    }
  );
}
