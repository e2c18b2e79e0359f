"""The networks of clusters: groups of subnets, and security groups.

https://docs.aws.amazon.com/redshift/latest/mgmt/working-with-cluster-subnet-groups.html
"""

from __future__ import annotations

import re
from typing import Any

from ministack.services import ec2

from local.cloud.core.service import Request
from local.cloud.services.redshift import state, tags
from local.cloud.services.redshift.faults import fault, invalid
from local.cloud.services.redshift.listing import page, tagged

#: Of the default VPC's subnets: a cluster for which no group is named is there.
DEFAULT = "default"

_MOST_SUBNETS = 20

#: https://docs.aws.amazon.com/redshift/latest/APIReference/API_CreateClusterSubnetGroup.html
_NAME = re.compile(r"[a-z0-9-]{1,255}")


def group(name: str) -> dict[str, Any]:
    """The group of subnets of a name, with VpcId and `_subnets`.

    Raises:
        ServiceError: where there is none.
    """
    found = state.subnet_groups.get(name.lower())
    if found is None and name.lower() == DEFAULT:
        found = _default()
    if found is None:
        raise fault("ClusterSubnetGroupNotFoundFault", f"Cluster subnet group {name} not found.")
    return found


def _default() -> dict[str, Any] | None:
    vpc = next((one["VpcId"] for one in ec2._vpcs.values() if one.get("IsDefault")), None)
    subnets = [key for key, one in ec2._subnets.items() if one["VpcId"] == vpc]
    if not subnets:
        return None
    return {
        "ClusterSubnetGroupName": DEFAULT,
        "Description": DEFAULT,
        "VpcId": vpc,
        "_subnets": subnets,
    }


def zones(of: dict[str, Any]) -> list[str]:
    """The Availability Zones of a group's subnets."""
    found = (ec2._subnets.get(one) for one in of["_subnets"])
    return sorted({one["AvailabilityZone"] for one in found if one is not None})


def security_groups(vpc: str, given: list[str] | None) -> list[str]:
    """The security groups of a cluster: those that are given, or the default one of its VPC.

    Raises:
        ServiceError: where one is not there, or is of another VPC.
    """
    for identifier in given or []:
        known = ec2._security_groups.get(identifier)
        if known is None:
            raise invalid(f"The security group {identifier} does not exist.")
        if known["VpcId"] != vpc:
            raise invalid(f"The security group {identifier} is not in {vpc}, the cluster's VPC.")
    if given:
        return list(given)
    return [
        key
        for key, one in ec2._security_groups.items()
        if one["VpcId"] == vpc and one["GroupName"] == "default"
    ]


def used(cluster: dict[str, Any]) -> list[str]:
    """The subnets and security groups in which a cluster has network interfaces."""
    found = group(cluster["ClusterSubnetGroupName"])["_subnets"]
    zone = cluster["AvailabilityZone"]
    subnets = [one for one in found if ec2._subnets.get(one, {}).get("AvailabilityZone") == zone]
    return [*subnets, *cluster["VpcSecurityGroups"]]


def _vpc_of(subnets: list[str]) -> str:
    """The VPC of all of a group's subnets."""
    if not subnets:
        raise invalid("A cluster subnet group needs one subnet at least.")
    if len(subnets) > _MOST_SUBNETS:
        raise fault(
            "ClusterSubnetQuotaExceededFault",
            f"A cluster subnet group has {_MOST_SUBNETS} subnets at most, not {len(subnets)}.",
        )
    missing = [one for one in subnets if one not in ec2._subnets]
    if missing:
        raise fault("InvalidSubnet", f"Some input subnets in {missing} are invalid.")
    vpcs = sorted({ec2._subnets[one]["VpcId"] for one in subnets})
    if len(vpcs) > 1:
        raise fault("InvalidSubnet", f"The subnets are in several VPCs: {', '.join(vpcs)}.")
    return vpcs[0]


def _create(request: Request) -> dict[str, Any]:
    content = request.content
    name = content["ClusterSubnetGroupName"].lower()
    if name == DEFAULT:
        raise invalid("A cluster subnet group cannot have the name default.")
    if _NAME.fullmatch(name) is None:
        raise invalid(
            f"The parameter ClusterSubnetGroupName is not a valid name: {name}. It must have 1 to "
            "255 letters, digits and hyphens."
        )
    if name in state.subnet_groups:
        raise fault(
            "ClusterSubnetGroupAlreadyExistsFault", f"Cluster subnet group {name} already exists."
        )
    entry = {
        "ClusterSubnetGroupName": name,
        "Description": content["Description"],
        "VpcId": _vpc_of(content["SubnetIds"]),
        "_subnets": list(dict.fromkeys(content["SubnetIds"])),
    }
    tags.keep(state.arn_of("subnetgroup", name), content.get("Tags"))
    state.subnet_groups[name] = entry
    return {"ClusterSubnetGroup": _shown(entry)}


def _modify(request: Request) -> dict[str, Any]:
    content = request.content
    entry, subnets = group(content["ClusterSubnetGroupName"]), content["SubnetIds"]
    if entry["ClusterSubnetGroupName"] == DEFAULT:
        raise invalid("The default cluster subnet group cannot be modified.")
    vpc = _vpc_of(subnets)
    if vpc != entry["VpcId"]:
        raise fault("InvalidSubnet", f"The new subnets are in {vpc}, not in {entry['VpcId']}.")
    left = [zone for zone in zones(entry) if zone not in zones({"_subnets": subnets})]
    for cluster in _users(entry["ClusterSubnetGroupName"]):
        if cluster["AvailabilityZone"] in left:
            raise fault(
                "SubnetAlreadyInUse",
                f"The subnet in {cluster['AvailabilityZone']} is used by the cluster "
                f"{cluster['ClusterIdentifier']}.",
            )
    entry["_subnets"] = list(dict.fromkeys(subnets))
    entry["Description"] = content.get("Description", entry["Description"])
    return {"ClusterSubnetGroup": _shown(entry)}


def _delete(request: Request) -> dict[str, Any]:
    name = request.content["ClusterSubnetGroupName"].lower()
    if name == DEFAULT:
        raise fault(
            "InvalidClusterSubnetGroupStateFault", "The default subnet group cannot be deleted."
        )
    group(name)
    for cluster in _users(name):
        raise fault(
            "InvalidClusterSubnetGroupStateFault",
            f"Cluster subnet group {name} is being used by the cluster "
            f"{cluster['ClusterIdentifier']}.",
        )
    del state.subnet_groups[name]
    state.tags.pop(state.arn_of("subnetgroup", name), None)
    return {}


def _users(name: str) -> list[dict[str, Any]]:
    return [one for one in state.there() if one["ClusterSubnetGroupName"] == name]


def _describe(request: Request) -> dict[str, Any]:
    content = request.content
    name = content.get("ClusterSubnetGroupName")
    found = [group(name)] if name else list(state.subnet_groups.values())
    shown = [
        _shown(entry)
        for entry in found
        if tagged(content, state.arn_of("subnetgroup", entry["ClusterSubnetGroupName"]))
    ]
    return page(content, "ClusterSubnetGroups", shown)


def _shown(entry: dict[str, Any]) -> dict[str, Any]:
    subnets = [
        {
            "SubnetIdentifier": one,
            "SubnetAvailabilityZone": {"Name": ec2._subnets[one]["AvailabilityZone"]},
            "SubnetStatus": "Active",
        }
        for one in entry["_subnets"]
        if one in ec2._subnets
    ]
    shown = {key: value for key, value in entry.items() if not key.startswith("_")}
    arn = state.arn_of("subnetgroup", entry["ClusterSubnetGroupName"])
    return {
        **shown,
        "SubnetGroupStatus": "Complete",
        "Subnets": subnets,
        "SupportedClusterIpAddressTypes": ["ipv4"],
        "Tags": state.tag_list(arn),
    }


OPERATIONS = {
    "CreateClusterSubnetGroup": _create,
    "DeleteClusterSubnetGroup": _delete,
    "DescribeClusterSubnetGroups": _describe,
    "ModifyClusterSubnetGroup": _modify,
}
