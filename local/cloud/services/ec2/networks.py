"""VPCs and subnets: which networks they can have, and where gateways are attached."""

from __future__ import annotations

import ipaddress
from typing import Any

from ministack.services import ec2

from local.cloud.core.answers import Response, ServiceError
from local.cloud.core.service import Request
from local.cloud.services.ec2.offerings import ZONES
from local.cloud.services.ec2.parameters import live_nat_gateways, one, require_named


async def _create_vpc(request: Request) -> Response:
    """https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html"""
    _network(one(request, "CidrBlock"), "InvalidVpc.Range")
    return await request.emulated()


async def _create_subnet(request: Request) -> Response:
    """https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html"""
    require_named(request)
    zone = one(request, "AvailabilityZone")
    if zone and zone not in ZONES:
        raise ServiceError(
            "InvalidParameterValue",
            f"Value ({zone}) for parameter availabilityZone is invalid. Subnets can currently only "
            f"be created in the following availability zones: {', '.join(ZONES)}.",
        )
    cidr, vpc = one(request, "CidrBlock"), one(request, "VpcId")
    network = _network(cidr, "InvalidSubnet.Range")
    if not network.subnet_of(ipaddress.IPv4Network(ec2._vpcs[vpc]["CidrBlock"], strict=False)):
        raise ServiceError("InvalidSubnet.Range", f"The CIDR '{cidr}' is invalid.")
    for subnet in ec2._subnets.values():
        if subnet["VpcId"] == vpc and network.overlaps(ipaddress.IPv4Network(subnet["CidrBlock"])):
            raise ServiceError(
                "InvalidSubnet.Conflict", f"The CIDR '{cidr}' conflicts with another subnet"
            )
    return await request.emulated()


#: Addresses of each subnet that AWS keeps: the first four and the last one.
#: https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
_RESERVED = 5


async def _describe_subnets(request: Request) -> Response:
    """With the addresses that are free, of which the emulator has the same number in each."""
    for identifier, subnet in ec2._subnets.items():
        used = [
            *(nat for nat in live_nat_gateways() if nat["SubnetId"] == identifier),
            *(one for one in ec2._vpc_endpoints.values() if identifier in one.get("SubnetIds", [])),
        ]
        size = ipaddress.IPv4Network(subnet["CidrBlock"], strict=False).num_addresses
        subnet["AvailableIpAddressCount"] = size - _RESERVED - len(used)
    return await request.emulated()


def _network(cidr: str, code: str) -> ipaddress.IPv4Network:
    """The network of a block: between /16 and /28; of an address inside, as EC2 makes it fit."""
    try:
        network = ipaddress.IPv4Network(cidr, strict=False)
    except ValueError as error:
        raise ServiceError(
            "InvalidParameterValue",
            f"Value ({cidr}) for parameter cidrBlock is invalid. This is not a valid CIDR block.",
        ) from error
    if not 16 <= network.prefixlen <= 28:
        raise ServiceError(code, f"The CIDR '{cidr}' is invalid.")
    return network


async def _attach_internet_gateway(request: Request) -> Response:
    """https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html: one a VPC."""
    vpc = one(request, "VpcId")
    for gateway in ec2._internet_gateways.values():
        other = gateway["InternetGatewayId"] != one(request, "InternetGatewayId")
        if other and vpc in _vpcs_of(gateway):
            raise ServiceError(
                "InvalidParameterValue",
                f"Network {vpc} already has an internet gateway attached",
            )
    return await request.emulated()


async def _delete_internet_gateway(request: Request) -> Response:
    identifier = one(request, "InternetGatewayId")
    gateway = ec2._internet_gateways.get(identifier)
    if gateway is not None and _vpcs_of(gateway):
        raise ServiceError(
            "DependencyViolation",
            f"The internetGateway '{identifier}' has dependencies and cannot be deleted.",
        )
    return await request.emulated()


def _vpcs_of(gateway: dict[str, Any]) -> list[str]:
    return [attachment["VpcId"] for attachment in gateway["Attachments"]]


OPERATIONS = {
    "AttachInternetGateway": _attach_internet_gateway,
    "CreateSubnet": _create_subnet,
    "CreateVpc": _create_vpc,
    "DescribeSubnets": _describe_subnets,
    "DeleteInternetGateway": _delete_internet_gateway,
}
