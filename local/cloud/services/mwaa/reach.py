"""Whether an environment reaches AWS from its subnets, without which its creation fails.

https://docs.aws.amazon.com/mwaa/latest/userguide/networking-about.html
"""

from __future__ import annotations

from typing import Any

from ministack.services import ec2

from local.cloud.core.settings import REGION
from local.cloud.services.ec2.parameters import live_nat_gateways

#: Without a way to the internet, each needs an endpoint in the VPC.
#: https://docs.aws.amazon.com/mwaa/latest/userguide/vpc-vpe-create-access.html
_SERVICES = ("s3", "monitoring", "logs", "sqs", "kms")

#: Where a route may lead to other networks, of which nothing is known here.
_ELSEWHERE = ("TransitGatewayId", "VpcPeeringConnectionId", "InstanceId")


def lacking(network: dict[str, Any]) -> str | None:
    """Why AWS cannot be reached from a subnet; None where it can."""
    for identifier in network["SubnetIds"]:
        vpc = ec2._subnets[identifier]["VpcId"]
        table = _table_of(identifier, vpc)
        if any(map(_leads_out, table.get("Routes", []))):
            continue
        without = [name for name in _SERVICES if not _has_endpoint(name, vpc, table)]
        if without:
            return (
                f"{identifier} has no route to a NAT gateway, and {vpc} no endpoint of "
                f"{', '.join(without)}"
            )
    return None


def _table_of(subnet: str, vpc: str) -> dict[str, Any]:
    """The route table of a subnet: that of its VPC where it has none of its own."""
    main: dict[str, Any] = {}
    for table in ec2._route_tables.values():
        for association in table["Associations"]:
            if association.get("SubnetId") == subnet:
                return table
            if association.get("Main") and table["VpcId"] == vpc:
                main = table
    return main


def _leads_out(route: dict[str, Any]) -> bool:
    """An internet gateway does not: the interfaces of an environment have no public address."""
    if route.get("DestinationCidrBlock") != "0.0.0.0/0":
        return False
    live = [nat["NatGatewayId"] for nat in live_nat_gateways()]
    return route.get("NatGatewayId") in live or any(route.get(kind) for kind in _ELSEWHERE)


def _has_endpoint(service: str, vpc: str, table: dict[str, Any]) -> bool:
    return any(
        table.get("RouteTableId") in endpoint["RouteTableIds"]
        if endpoint["VpcEndpointType"] == "Gateway"
        else endpoint.get("PrivateDnsEnabled", False)
        for endpoint in ec2._vpc_endpoints.values()
        if (endpoint["VpcId"], endpoint["ServiceName"])
        == (vpc, f"com.amazonaws.{REGION}.{service}")
    )
