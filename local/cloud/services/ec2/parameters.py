"""Parameters of EC2 requests, which are flat, and what they name."""

from __future__ import annotations

import dataclasses
from typing import Any
from urllib.parse import urlencode

from ministack.services import ec2

from local.cloud.core.answers import ServiceError
from local.cloud.core.service import Request

#: Parameter, what it names by id, and the code where that is not there.
_NAMED = (
    ("SubnetId", ec2._subnets, "InvalidSubnetID.NotFound"),
    ("SecurityGroupId", ec2._security_groups, "InvalidGroup.NotFound"),
    ("RouteTableId", ec2._route_tables, "InvalidRouteTableID.NotFound"),
    ("AllocationId", ec2._addresses, "InvalidAllocationID.NotFound"),
    ("VpcId", ec2._vpcs, "InvalidVpcID.NotFound"),
)


def one(request: Request, name: str) -> str:
    """The value of a parameter; empty where it is not given."""
    return request.content.get(name, "")


def many(request: Request, name: str) -> list[str]:
    """The values of a parameter that is a list."""
    return ec2._parse_member_list(request.content, name)


def require_named(request: Request) -> None:
    """Refuse a request that names a subnet, group, table, address or VPC that is not there.

    Raises:
        ServiceError: naming the first.
    """
    for name, store, code in _NAMED:
        single = one(request, name)
        for identifier in many(request, name) or ([single] if single else []):
            if identifier not in store:
                raise ServiceError(code, f"The ID '{identifier}' does not exist")


def live_nat_gateways() -> list[dict[str, Any]]:
    """The NAT gateways that are not deleted."""
    return [nat for nat in ec2._nat_gateways.values() if nat["State"] != "deleted"]


def filters(request: Request) -> dict[str, list[str]]:
    """The values of each filter of a request, by its name."""
    return ec2._parse_filters(request.content)


def of_ids(request: Request, name: str, ids: list[str]) -> Request:
    """The request, for some things by their ids alone."""
    given = {f"{name}.{index}": identifier for index, identifier in enumerate(ids, 1)}
    content = {**request.content, **given}
    return dataclasses.replace(request, content=content, body=urlencode(content).encode())
