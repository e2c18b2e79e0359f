import { crc32 } from "node:zlib";

import { CreateRouteCommand, DeleteRouteCommand, ReplaceRouteCommand } from "@aws-sdk/client-ec2";
import type * as aws from "@pulumi/aws";

import { exactlyOne, ipv4Network } from "../checks";
import { Plain, ifThere, row } from "../row";
import { CONSISTENT, ec2, until } from "./client";
import { describeRouteTable } from "./routeTable";

type RouteArgs = Plain<aws.ec2.RouteArgs>;

const WAITS = { create: 5, update: 2 };

export const route = row<RouteArgs>({
  args: ["destinationCidrBlock", "gatewayId", "natGatewayId", "routeTableId"],
  replaceOn: ["destinationCidrBlock", "routeTableId"],
  computed: ["origin", "state"],
  checks: { destinationCidrBlock: ipv4Network() },
  together: (inputs) =>
    exactlyOne(inputs, "destinationCidrBlock") ?? exactlyOne(inputs, "gatewayId", "natGatewayId"),
  waits: WAITS,
  source: {
    file: "internal/service/ec2/vpc_route.go",
    differences: [
      CONSISTENT,
      "of all kinds of destinations and targets there are those that the program uses",
    ],
  },
  idOf: routeId,
  async create(inputs) {
    await ec2.send(new CreateRouteCommand(routeInput(inputs)));
    const id = routeId(inputs);
    await ready(WAITS.create, inputs);
    return { id, outputs: (await readRoute(id, inputs)) ?? {} };
  },
  read: readRoute,
  async update({ inputs }) {
    await ec2.send(new ReplaceRouteCommand(routeInput(inputs)));
    await ready(WAITS.update, inputs);
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
    );
  },
});

function routeId({ routeTableId, destinationCidrBlock }: RouteArgs): string {
  return `r-${routeTableId}${crc32(destinationCidrBlock ?? "")}`;
}

/** Waits until a route is in its table. */
async function ready(minutes: number, inputs: RouteArgs): Promise<void> {
  const id = routeId(inputs);
  await until(
    id,
    minutes,
    () => readRoute(id, inputs),
    (there) => there !== undefined,
  );
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
