import {
  AssociateRouteTableCommand,
  DisassociateRouteTableCommand,
  ReplaceRouteTableAssociationCommand,
} from "@aws-sdk/client-ec2";
import type * as aws from "@pulumi/aws";

import { Plain, ifThere, row } from "../row";
import { ec2 } from "./client";
import { describeRouteTable } from "./routeTable";

type AssociationArgs = Plain<aws.ec2.RouteTableAssociationArgs>;

export const routeTableAssociation = row<AssociationArgs>({
  args: ["routeTableId", "subnetId"],
  replaceOn: ["subnetId"],
  computed: [],
  async create({ routeTableId, subnetId }) {
    const { AssociationId } = await ec2.send(
      new AssociateRouteTableCommand({ RouteTableId: routeTableId, SubnetId: subnetId }),
    );
    return { id: AssociationId as string, outputs: {} };
  },
  async read(id, { routeTableId }) {
    const table = await describeRouteTable(routeTableId);
    const there = table?.Associations?.find((a) => a.RouteTableAssociationId === id);
    return there && { routeTableId, subnetId: there.SubnetId };
  },
  async update({ id, inputs: { routeTableId } }) {
    await ec2.send(
      new ReplaceRouteTableAssociationCommand({ AssociationId: id, RouteTableId: routeTableId }),
    );
  },
  async delete(id) {
    await ifThere(
      ec2.send(new DisassociateRouteTableCommand({ AssociationId: id })),
      "InvalidAssociationID.NotFound",
    );
  },
});
