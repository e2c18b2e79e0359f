"""Instance groups, instance fleets, and the nodes in them, which are all this machine."""

from __future__ import annotations

import secrets
import time
from typing import Any

from local.cloud.core.answers import ServiceError
from local.cloud.services.emr import calls


def groups_of(instances: dict[str, Any]) -> list[dict[str, Any]]:
    """The instance groups or fleets."""
    now = time.time()
    status = {"State": "PROVISIONING", "StateChangeReason": {}}
    timeline = {"Timeline": {"CreationDateTime": now}}
    if instances.get("InstanceGroups") and instances.get("InstanceFleets"):
        raise _invalid("Give either InstanceGroups or InstanceFleets, not both")
    if instances.get("InstanceFleets"):
        return [
            {
                "Id": calls.identifier("if-"),
                "Name": fleet.get("Name", fleet["InstanceFleetType"]),
                "InstanceFleetType": fleet["InstanceFleetType"],
                "Status": {**status, **timeline},
                **{
                    f"{kind}{market}Capacity": fleet.get(f"Target{market}Capacity", 0)
                    for kind in ("Target", "Provisioned")
                    for market in ("OnDemand", "Spot")
                },
                "InstanceTypeSpecifications": fleet.get("InstanceTypeConfigs", []),
            }
            for fleet in instances["InstanceFleets"]
        ]
    given = instances.get("InstanceGroups") or _simple(instances)
    masters = [g for g in given if g["InstanceRole"] == "MASTER"]
    if len(masters) != 1:
        raise _invalid("There must be exactly one instance group with the role MASTER")
    if masters[0]["InstanceCount"] not in (1, 3):
        raise _invalid(
            f"The MASTER instance group has {masters[0]['InstanceCount']} instances; "
            "it must have 1 or 3"
        )
    return [
        {
            "Id": calls.identifier("ig-"),
            "Name": group.get("Name", group["InstanceRole"]),
            "Market": group.get("Market", "ON_DEMAND"),
            "InstanceGroupType": group["InstanceRole"],
            "InstanceType": group["InstanceType"],
            "RequestedInstanceCount": group["InstanceCount"],
            "RunningInstanceCount": group["InstanceCount"],
            "Status": {**status, **timeline},
        }
        for group in given
    ]


def _simple(instances: dict[str, Any]) -> list[dict[str, Any]]:
    """Groups of a request that gives two types and a count."""
    if not instances.get("MasterInstanceType") or not instances.get("InstanceCount"):
        raise _invalid(
            "Give InstanceGroups, InstanceFleets, or MasterInstanceType with InstanceCount"
        )
    count = instances["InstanceCount"]
    master = {
        "InstanceRole": "MASTER",
        "InstanceType": instances["MasterInstanceType"],
        "InstanceCount": 1,
    }
    if count == 1:
        return [master]
    core_type = instances.get("SlaveInstanceType", instances["MasterInstanceType"])
    core = {"InstanceRole": "CORE", "InstanceType": core_type, "InstanceCount": count - 1}
    return [master, core]


def nodes_of(groups: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The nodes, which are all this machine."""
    return [
        {
            "Id": f"ci-{secrets.token_hex(8).upper()}",
            "Ec2InstanceId": f"i-{secrets.token_hex(8)}1",
            "PrivateDnsName": "localhost",
            "PrivateIpAddress": "127.0.0.1",
            **(
                {"InstanceFleetId": group["Id"]}
                if "InstanceFleetType" in group
                else {
                    "InstanceGroupId": group["Id"],
                    "Market": group["Market"],
                    "InstanceType": group["InstanceType"],
                }
            ),
            "_type": group.get("InstanceGroupType") or group.get("InstanceFleetType"),
        }
        for group in groups
        for _ in range(
            group.get("RequestedInstanceCount")
            or group["TargetOnDemandCapacity"] + group["TargetSpotCapacity"]
        )
    ]


def _invalid(message: str) -> ServiceError:
    return ServiceError("ValidationException", message)
