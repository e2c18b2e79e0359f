"""VPC endpoints: their security groups and their private DNS names, which the emulator forgets."""

from __future__ import annotations

import itertools
from typing import Any
from xml.sax.saxutils import escape

from ministack.services import ec2

from local.cloud.core.answers import Response, ServiceError
from local.cloud.core.service import Request
from local.cloud.services.ec2.parameters import filters, many, of_ids, one, require_named

#: Of an interface: https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
_MOST_GROUPS = 5


async def _create_vpc_endpoint(request: Request) -> Response:
    require_named(request)
    _require_free(request)
    before = set(ec2._vpc_endpoints)
    groups = many(request, "SecurityGroupId")
    if len(groups) > _MOST_GROUPS:
        raise ServiceError(
            "SecurityGroupsPerInterfaceLimitExceeded",
            "The maximum number of security groups per interface has been reached.",
        )
    private = one(request, "PrivateDnsEnabled") == "true"
    answer = await request.emulated()
    for identifier in set(ec2._vpc_endpoints) - before:
        endpoint = ec2._vpc_endpoints[identifier]
        if endpoint["VpcEndpointType"] == "Interface":
            default = [
                group["GroupId"]
                for group in ec2._security_groups.values()
                if (group["VpcId"], group["GroupName"]) == (endpoint["VpcId"], "default")
            ]
            endpoint |= {"SecurityGroupIds": groups or default, "PrivateDnsEnabled": private}
    return _completed(answer)


def _require_free(request: Request) -> None:
    """Refuse a second way to a service: a route, or a private name in the VPC.

    https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html
    https://docs.aws.amazon.com/vpc/latest/privatelink/manage-dns-names.html
    """
    vpc, service = one(request, "VpcId"), one(request, "ServiceName")
    tables = many(request, "RouteTableId")
    private = one(request, "PrivateDnsEnabled") == "true"
    for endpoint in ec2._vpc_endpoints.values():
        if (endpoint["VpcId"], endpoint["ServiceName"]) != (vpc, service):
            continue
        if twice := [table for table in tables if table in endpoint["RouteTableIds"]]:
            raise ServiceError(
                "RouteAlreadyExists",
                f"route table {twice[0]} already has a route with the destination of {service}",
            )
        if private and endpoint.get("PrivateDnsEnabled"):
            raise ServiceError(
                "InvalidParameter",
                "private-dns-enabled cannot be set because there is already a conflicting DNS "
                f"domain for {service} in the VPC {vpc}",
            )


async def _modify_vpc_endpoint(request: Request) -> Response:
    answer = await request.emulated()
    endpoint = ec2._vpc_endpoints.get(one(request, "VpcEndpointId"))
    if endpoint is None or answer[0] >= 300:
        return answer
    removed = many(request, "RemoveSecurityGroupId")
    kept = [g for g in endpoint.get("SecurityGroupIds", []) if g not in removed]
    added = [g for g in many(request, "AddSecurityGroupId") if g not in kept]
    endpoint["SecurityGroupIds"] = kept + added
    if private := one(request, "PrivateDnsEnabled"):
        endpoint["PrivateDnsEnabled"] = private == "true"
    return answer


#: Filters of DescribeVpcEndpoints, by the members of an endpoint that they look at.
_FILTERS = {
    "service-name": "ServiceName",
    "vpc-endpoint-id": "VpcEndpointId",
    "vpc-endpoint-state": "State",
    "vpc-endpoint-type": "VpcEndpointType",
    "vpc-id": "VpcId",
}


async def _describe_vpc_endpoints(request: Request) -> Response:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcEndpoints.html

    The emulator knows no filters.
    """
    given = filters(request)
    if not given:
        return _completed(await request.emulated())
    if others := sorted(set(given) - set(_FILTERS)):
        raise ServiceError(
            "InvalidParameterValue", f"The filter '{others[0]}' is invalid for the local cloud"
        )
    there = [
        identifier
        for identifier, endpoint in ec2._vpc_endpoints.items()
        if all(endpoint[_FILTERS[name]] in values for name, values in given.items())
    ]
    if not there:
        body = "<vpcEndpointSet></vpcEndpointSet>"
        return ec2._xml(200, "DescribeVpcEndpointsResponse", body)
    return _completed(await of_ids(request, "VpcEndpointId", there).emulated())


def _completed(answer: Response) -> Response:
    """The answer, with what the emulator leaves out of each endpoint."""
    status, headers, body = answer
    items = body.decode().split("<subnetIdSet>")
    text = items[0]
    for before, after in itertools.pairwise(items):
        identifier = before.rsplit("<vpcEndpointId>", 1)[1].split("<", 1)[0]
        text += f"{_members_xml(ec2._vpc_endpoints[identifier])}<subnetIdSet>{after}"
    return status, headers, text.encode()


def _members_xml(endpoint: dict[str, Any]) -> str:
    groups = "".join(
        f"<item><groupId>{group}</groupId><groupName>"
        f"{escape(ec2._security_groups.get(group, {}).get('GroupName', ''))}</groupName></item>"
        for group in endpoint.get("SecurityGroupIds", [])
    )
    private = str(endpoint.get("PrivateDnsEnabled", False)).lower()
    return f"<groupSet>{groups}</groupSet><privateDnsEnabled>{private}</privateDnsEnabled>"


OPERATIONS = {
    "CreateVpcEndpoint": _create_vpc_endpoint,
    "DescribeVpcEndpoints": _describe_vpc_endpoints,
    "ModifyVpcEndpoint": _modify_vpc_endpoint,
}
