"""Whether an environment reaches AWS from its subnets: its creation needs that, and each call.

https://docs.aws.amazon.com/mwaa/latest/userguide/networking-about.html
"""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Any

from ministack.core import iam_evaluator
from ministack.services import ec2, mwaa

from local.cloud.core.settings import ACCOUNT, REGION
from local.cloud.services.ec2.parameters import live_nat_gateways

#: Without a way to the internet, each needs an endpoint in the VPC.
#: https://docs.aws.amazon.com/mwaa/latest/userguide/vpc-vpe-create-access.html
_SERVICES = ("s3", "monitoring", "logs", "sqs", "kms")

#: Where a route may lead to other networks, of which nothing is known here.
_ELSEWHERE = ("TransitGatewayId", "VpcPeeringConnectionId", "InstanceId")

#: The port of AWS's APIs.
_HTTPS = 443

#: Sessions of an environment's role, by the service that took it: Airflow and its tasks.
_SESSIONS = ("airflow", "airflow-env")


def lacking(network: dict[str, Any]) -> str | None:
    """Why AWS cannot be reached from a subnet; None where it can."""
    return _without_way(network, _SERVICES)


def blocked(access_key: str, service: str) -> str | None:
    """Why a call of an environment's does not arrive; None where it does, or is another's.

    Args:
        access_key: the caller's.
        service: what the request is signed for, which is the end of its endpoint's name.
    """
    caller = iam_evaluator.resolve_credential(access_key, ACCOUNT)
    if not isinstance(caller, iam_evaluator.ResolvedCredential):
        return None
    kind, *rest = caller.principal_arn.rsplit(":", 1)[-1].split("/")
    # MWAA's own calls to itself are on the environment's own endpoints.
    if kind != "assumed-role" or rest[-1] not in _SESSIONS or service == "airflow":
        return None
    reasons = [
        _without_way(environment["NetworkConfiguration"], (service,))
        for environment in mwaa._environments.values()
        if environment["ExecutionRoleArn"].rsplit("/", 1)[-1] == rest[0]
    ]
    # A role may be several environments'.
    return None if None in reasons else next(iter(reasons), None)


def _without_way(network: dict[str, Any], services: tuple[str, ...]) -> str | None:
    for identifier in network["SubnetIds"]:
        subnet = ec2._subnets.get(identifier)
        if subnet is None:
            return f"{identifier} is not there any more"
        vpc, table = subnet["VpcId"], _table_of(identifier, subnet["VpcId"])
        if any(map(_leads_out, table.get("Routes", []))):
            continue
        groups = network.get("SecurityGroupIds", [])
        without = [one for one in services if not _has_endpoint(one, subnet, table, groups)]
        if without:
            return (
                f"{identifier} has no route to a NAT gateway, and {vpc} no endpoint of "
                f"{', '.join(without)} that admits {', '.join(groups)} on port {_HTTPS}"
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


def _has_endpoint(
    service: str, subnet: dict[str, Any], table: dict[str, Any], groups: list[str]
) -> bool:
    return any(
        table.get("RouteTableId") in endpoint["RouteTableIds"]
        if endpoint["VpcEndpointType"] == "Gateway"
        else endpoint.get("PrivateDnsEnabled", False) and _admits(endpoint, subnet, groups)
        for endpoint in ec2._vpc_endpoints.values()
        if (endpoint["VpcId"], endpoint["ServiceName"])
        == (subnet["VpcId"], f"com.amazonaws.{REGION}.{service}")
    )


def _admits(endpoint: dict[str, Any], subnet: dict[str, Any], groups: list[str]) -> bool:
    """Whether a group of an endpoint lets the environment in, by its group or its addresses."""
    return any(
        _takes_https(rule)
        and (
            any(pair.get("GroupId") in groups for pair in rule.get("UserIdGroupPairs") or [])
            or any(_covers(block["CidrIp"], subnet) for block in rule.get("IpRanges") or [])
        )
        for group in endpoint.get("SecurityGroupIds", [])
        for rule in ec2._security_groups.get(group, {}).get("IpPermissions", [])
    )


def _takes_https(rule: dict[str, Any]) -> bool:
    if str(rule.get("IpProtocol")) == "-1":
        return True
    ports = range(int(rule.get("FromPort", 0)), int(rule.get("ToPort", -1)) + 1)
    return str(rule.get("IpProtocol")) in ("tcp", "6") and _HTTPS in ports


def _covers(block: str, subnet: dict[str, Any]) -> bool:
    # `IpRanges` are of IPv4 alone.
    return IPv4Network(subnet["CidrBlock"]).subnet_of(IPv4Network(block, strict=False))
