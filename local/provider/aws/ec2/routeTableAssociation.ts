import {
  AssociateRouteTableCommand,
  DisassociateRouteTableCommand,
  ReplaceRouteTableAssociationCommand,
} from "@aws-sdk/client-ec2";
import type * as aws from "@pulumi/aws";

import { exactlyOne } from "../checks";
import { Plain, ifThere, row } from "../row";
import { CONSISTENT, ec2 } from "./client";
import { describeRouteTable } from "./routeTable";

type AssociationArgs = Plain<aws.ec2.RouteTableAssociationArgs>;

export const routeTableAssociation = row<AssociationArgs>({
  args: ["routeTableId", "subnetId"],
  replaceOn: ["subnetId"],
  computed: [],
  together: (inputs) => exactlyOne(inputs, "subnetId"),
  source: {
    file: "internal/service/ec2/vpc_route_table_association.go",
    differences: [
      CONSISTENT,
      "an association that is gone at an update is an error: the provider creates a new one, whose id the engine does not " +
        "take over",
      "there are associations of subnets alone, not of gateways",
    ],
  },
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
