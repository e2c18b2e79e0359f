"""Route tables: one way to each destination, one table a subnet."""

from __future__ import annotations

from ministack.services import ec2

from local.cloud.core.answers import Response, ServiceError
from local.cloud.core.service import Request
from local.cloud.services.ec2.parameters import (
    filters,
    live_nat_gateways,
    of_ids,
    one,
    require_named,
)


async def _create_route(request: Request) -> Response:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateRoute.html"""
    require_named(request)
    _require_target(request)
    table = ec2._route_tables[one(request, "RouteTableId")]
    destination = one(request, "DestinationCidrBlock")
    if any(route.get("DestinationCidrBlock") == destination for route in table["Routes"]):
        raise ServiceError(
            "RouteAlreadyExists", f"The route identified by {destination} already exists."
        )
    return await request.emulated()


async def _replace_route(request: Request) -> Response:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReplaceRoute.html"""
    require_named(request)
    _require_target(request)
    table = ec2._route_tables[one(request, "RouteTableId")]
    destination = one(request, "DestinationCidrBlock")
    if all(route.get("DestinationCidrBlock") != destination for route in table["Routes"]):
        raise ServiceError(
            "InvalidParameterValue",
            f"There is no route defined for '{destination}' in the route table. Use CreateRoute "
            "instead.",
        )
    return await request.emulated()


def _require_target(request: Request) -> None:
    """The gateway that a route leads to, in the same network."""
    nat, gateway = one(request, "NatGatewayId"), one(request, "GatewayId")
    if nat and nat not in [there["NatGatewayId"] for there in live_nat_gateways()]:
        raise ServiceError(
            "InvalidNatGatewayID.NotFound", f"The natGateway ID '{nat}' does not exist"
        )
    if not gateway.startswith("igw-"):
        return
    there = ec2._internet_gateways.get(gateway)
    if there is None:
        raise ServiceError(
            "InvalidGatewayID.NotFound", f"The gateway ID '{gateway}' does not exist"
        )
    table = one(request, "RouteTableId")
    vpc = ec2._route_tables[table]["VpcId"]
    if all(attachment["VpcId"] != vpc for attachment in there["Attachments"]):
        raise ServiceError(
            "InvalidParameterValue",
            f"route table {table} and network gateway {gateway} belong to different networks",
        )


async def _associate_route_table(request: Request) -> Response:
    """https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html: one a subnet."""
    require_named(request)
    subnet = one(request, "SubnetId")
    table = one(request, "RouteTableId")
    if subnet and ec2._subnets[subnet]["VpcId"] != ec2._route_tables[table]["VpcId"]:
        raise ServiceError(
            "InvalidParameterValue",
            f"Route table {table} and subnet {subnet} belong to different networks",
        )
    for other in ec2._route_tables.values():
        if subnet in [association.get("SubnetId") for association in other["Associations"]]:
            raise ServiceError(
                "Resource.AlreadyAssociated",
                f"the specified association for route table {table} conflicts with an existing "
                "association",
            )
    return await request.emulated()


async def _delete_route_table(request: Request) -> Response:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteRouteTable.html"""
    require_named(request)
    identifier = one(request, "RouteTableId")
    if ec2._route_tables[identifier]["Associations"]:
        raise ServiceError(
            "DependencyViolation",
            f"The routeTable '{identifier}' has dependencies and cannot be deleted.",
        )
    return await request.emulated()


async def _describe_route_tables(request: Request) -> Response:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeRouteTables.html

    The emulator does not know the filter `route-table-id`.
    """
    wanted = filters(request).get("route-table-id")
    return await (request if wanted is None else of_ids(request, "RouteTableId", wanted)).emulated()


OPERATIONS = {
    "AssociateRouteTable": _associate_route_table,
    "CreateRoute": _create_route,
    "DescribeRouteTables": _describe_route_tables,
    "DeleteRouteTable": _delete_route_table,
    "ReplaceRoute": _replace_route,
}
