"""NAT gateways, their addresses, and the internet gateway behind them."""

from __future__ import annotations

import itertools
from typing import Any

from ministack.services import ec2

from local.cloud.core.answers import Response, ServiceError
from local.cloud.core.service import Request
from local.cloud.services.ec2.parameters import live_nat_gateways, one, require_named


async def _create_nat_gateway(request: Request) -> Response:
    require_named(request)
    address = one(request, "AllocationId")
    if (one(request, "ConnectivityType") or "public") == "public" and not address:
        raise ServiceError("MissingParameter", "A public NAT gateway needs an AllocationId")
    for nat in live_nat_gateways():
        if address and nat["AllocationId"] == address:
            raise ServiceError(
                "Resource.AlreadyAssociated", f"{address} is associated with {nat['NatGatewayId']}"
            )
    return await request.emulated()


async def _describe_nat_gateways(request: Request) -> Response:
    status, headers, body = await request.emulated()
    items = body.decode().split("<natGatewayAddressSet/>")
    filled = items[0]
    for before, after in itertools.pairwise(items):
        identifier = before.rsplit("<natGatewayId>", 1)[1].split("<", 1)[0]
        filled += _addresses_xml(ec2._nat_gateways[identifier]) + after
    return status, headers, filled.encode()


def _addresses_xml(nat: dict[str, Any]) -> str:
    address = ec2._addresses.get(nat["AllocationId"])
    if address is None:
        return "<natGatewayAddressSet/>"
    return (
        f"<natGatewayAddressSet><item><allocationId>{address['AllocationId']}</allocationId>"
        f"<publicIp>{address['PublicIp']}</publicIp><isPrimary>true</isPrimary>"
        "<status>succeeded</status></item></natGatewayAddressSet>"
    )


async def _release_address(request: Request) -> Response:
    address = one(request, "AllocationId")
    for nat in live_nat_gateways():
        if address and nat["AllocationId"] == address:
            raise ServiceError(
                "InvalidIPAddress.InUse", f"{address} is used by {nat['NatGatewayId']}"
            )
    return await request.emulated()


async def _detach_internet_gateway(request: Request) -> Response:
    vpc = one(request, "VpcId")
    for nat in live_nat_gateways():
        if nat["VpcId"] == vpc and nat["AllocationId"]:
            raise ServiceError(
                "DependencyViolation",
                f"Network {vpc} has some mapped public address(es): {nat['NatGatewayId']}. "
                "Please unmap those public address(es) before detaching the gateway.",
            )
    return await request.emulated()


OPERATIONS = {
    "CreateNatGateway": _create_nat_gateway,
    "DescribeNatGateways": _describe_nat_gateways,
    "DetachInternetGateway": _detach_internet_gateway,
    "ReleaseAddress": _release_address,
}
