"""Security groups: what their names and descriptions may be, and no rule twice."""

from __future__ import annotations

import dataclasses
import re
from typing import Any
from urllib.parse import urlencode

from ministack.services import ec2

from local.cloud.core.answers import Response, ServiceError
from local.cloud.core.service import Operation, Request
from local.cloud.services.ec2.parameters import filters, of_ids, one

#: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html
_ALLOWED = "a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*"
_TEXT = re.compile(r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{0,255}")


#: https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
_MOST_RULES = 60


def _peers(rule: dict[str, Any]) -> int:
    """How many rules one entry counts as: one for each network, list and group."""
    kinds = ("IpRanges", "Ipv6Ranges", "PrefixListIds", "UserIdGroupPairs")
    return sum(len(rule.get(kind) or []) for kind in kinds)


async def _create_security_group(request: Request) -> Response:
    """The description is required by EC2, and cannot be changed afterwards."""
    name, description = one(request, "GroupName"), one(request, "GroupDescription")
    _require_text(name, "security group name")
    _require_text(description, "security group description")
    if name.lower().startswith("sg-"):
        raise ServiceError(
            "InvalidParameterValue",
            f"Invalid group name '{name}': group names may not be in the format sg-*",
        )
    return await request.emulated()


async def _describe_security_groups(request: Request) -> Response:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSecurityGroups.html

    The emulator does not know the filter `group-id`, which leaves out groups that are not there.
    """
    wanted = filters(request).get("group-id")
    if wanted is None:
        return await request.emulated()
    there = [group for group in wanted if group in ec2._security_groups]
    if not there:
        body = "<securityGroupInfo></securityGroupInfo>"
        return ec2._xml(200, "DescribeSecurityGroupsResponse", body)
    return await of_ids(request, "GroupId", there).emulated()


def _authorizing(direction: str) -> Operation:
    async def authorize(request: Request) -> Response:
        """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html"""
        request = _without_ports(request)
        group = ec2._security_groups.get(one(request, "GroupId"))
        rules = ec2._parse_ip_permissions(request.content, "IpPermissions")
        there = group[direction] if group is not None else []
        if sum(map(_peers, [*there, *rules])) > _MOST_RULES:
            raise ServiceError(
                "RulesPerSecurityGroupLimitExceeded",
                "The maximum number of rules per security group has been reached.",
            )
        for rule in rules:
            _require_right(rule)
            if any(ec2._rules_match(rule, other) for other in there):
                raise ServiceError(
                    "InvalidPermission.Duplicate",
                    f'the specified rule "{_peer(rule)}" already exists',
                )
        return await request.emulated()

    return authorize


async def _revoke(request: Request) -> Response:
    """A rule is found whichever ports a request gives that has all protocols."""
    return await _without_ports(request).emulated()


def _without_ports(request: Request) -> Request:
    """The request, without the ports of permissions for all protocols, which have none.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html
    """
    every = {
        name.removesuffix("IpProtocol")
        for name, value in request.content.items()
        if name.endswith(".IpProtocol") and value == "-1"
    }
    content = {
        name: value
        for name, value in request.content.items()
        if not any(name in (f"{prefix}FromPort", f"{prefix}ToPort") for prefix in every)
    }
    if len(content) == len(request.content):
        return request
    return dataclasses.replace(request, content=content, body=urlencode(content).encode())


def _require_right(rule: dict[str, Any]) -> None:
    protocol, low, high = rule["IpProtocol"], rule.get("FromPort"), rule.get("ToPort")
    if protocol in ("tcp", "udp", "6", "17"):
        if low is None or high is None:
            raise ServiceError(
                "InvalidParameterValue", "Invalid value for portRange. Must specify both ports."
            )
        if not 0 <= low <= high <= 65535:
            raise ServiceError(
                "InvalidParameterValue", f"Invalid TCP/UDP port range ({low}:{high})"
            )
    for pair in rule["UserIdGroupPairs"]:
        if pair.get("GroupId") not in ec2._security_groups:
            raise ServiceError(
                "InvalidGroup.NotFound",
                f"The security group '{pair.get('GroupId')}' does not exist",
            )
    for peer in [*rule["IpRanges"], *rule["UserIdGroupPairs"]]:
        _require_text(peer.get("Description", ""), "rule description")


def _peer(rule: dict[str, Any]) -> str:
    peers = [
        *[peer["CidrIp"] for peer in rule["IpRanges"]],
        *[peer["GroupId"] for peer in rule["UserIdGroupPairs"]],
    ]
    ports = f"from port: {rule.get('FromPort')}, to port: {rule.get('ToPort')}"
    return f"peer: {', '.join(peers)}, {rule['IpProtocol'].upper()}, {ports}, ALLOW"


def _require_text(text: str, what: str) -> None:
    if not _TEXT.fullmatch(text):
        raise ServiceError(
            "InvalidParameterValue",
            f"Invalid {what}. Valid ones are strings less than 256 characters from the following "
            f"set:  {_ALLOWED}",
        )


OPERATIONS = {
    "AuthorizeSecurityGroupEgress": _authorizing("IpPermissionsEgress"),
    "AuthorizeSecurityGroupIngress": _authorizing("IpPermissions"),
    "DescribeSecurityGroups": _describe_security_groups,
    "CreateSecurityGroup": _create_security_group,
    "RevokeSecurityGroupEgress": _revoke,
    "RevokeSecurityGroupIngress": _revoke,
}
