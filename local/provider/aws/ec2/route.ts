import { CreateRouteCommand, DeleteRouteCommand, ReplaceRouteCommand } from "@aws-sdk/client-ec2";
import type * as aws from "@pulumi/aws";

import { Plain, ifThere, row, shortHash } from "../row";
import { ec2 } from "./client";
import { describeRouteTable } from "./routeTable";

type RouteArgs = Plain<aws.ec2.RouteArgs>;

export const route = row<RouteArgs>({
  args: ["destinationCidrBlock", "gatewayId", "natGatewayId", "routeTableId"],
  replaceOn: ["destinationCidrBlock", "routeTableId"],
  computed: ["origin", "state"],
  idOf: routeId,
  async create(inputs) {
    await ec2.send(new CreateRouteCommand(routeInput(inputs)));
    const id = routeId(inputs);
    return { id, outputs: (await readRoute(id, inputs)) ?? {} };
  },
  read: readRoute,
  async update({ inputs }) {
    await ec2.send(new ReplaceRouteCommand(routeInput(inputs)));
  },
  async delete(_id, { routeTableId, destinationCidrBlock }) {
    await ifThere(
      ec2.send(
        new DeleteRouteCommand({
          RouteTableId: routeTableId,
          DestinationCidrBlock: destinationCidrBlock,
        }),
      ),
      "InvalidRoute.NotFound",
      "InvalidRouteTableID.NotFound",
    );
  },
});

function routeId({ routeTableId, destinationCidrBlock }: RouteArgs): string {
  return `r-${routeTableId}${shortHash(destinationCidrBlock ?? "")}`;
}

function routeInput(inputs: RouteArgs) {
  return {
    RouteTableId: inputs.routeTableId,
    DestinationCidrBlock: inputs.destinationCidrBlock,
    GatewayId: inputs.gatewayId,
    NatGatewayId: inputs.natGatewayId,
  };
}

async function readRoute(_id: string, { routeTableId, destinationCidrBlock }: RouteArgs) {
  const table = await describeRouteTable(routeTableId);
  const there = table?.Routes?.find((r) => r.DestinationCidrBlock === destinationCidrBlock);
  return (
    there && {
      routeTableId,
      destinationCidrBlock,
      gatewayId: there.GatewayId,
      natGatewayId: there.NatGatewayId,
      origin: there.Origin,
      state: there.State,
    }
  );
}
