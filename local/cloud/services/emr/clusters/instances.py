"""Instance groups, instance fleets, and the nodes in them, which are all this machine."""

from __future__ import annotations

import secrets
import time
from typing import Any

from local.cloud.core.answers import ServiceError
from local.cloud.services.emr import calls
from local.cloud.services.emr.clusters import fleets


def groups_of(instances: dict[str, Any]) -> list[dict[str, Any]]:
    """The instance groups or fleets."""
    status = {
        "State": "PROVISIONING",
        "StateChangeReason": {},
        "Timeline": {"CreationDateTime": time.time()},
    }
    if instances.get("InstanceFleets"):
        for member in ("InstanceGroups", "MasterInstanceType", "SlaveInstanceType"):
            if instances.get(member):
                raise _invalid(f"Give either InstanceFleets or {member}, not both")
        fleets.require_fleets(instances["InstanceFleets"])
        return fleets.made(instances["InstanceFleets"], status)
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
            "RunningInstanceCount": 0,
            "Status": dict(status),
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
                else {"InstanceGroupId": group["Id"]}
            ),
            "Market": market,
            "InstanceType": instance_type,
            "_type": group.get("InstanceGroupType") or group.get("InstanceFleetType"),
        }
        for group in groups
        for market, instance_type in _wanted(group)
    ]


def _wanted(group: dict[str, Any]) -> list[tuple[str, str]]:
    """The market and the type of each instance of a group or fleet."""
    if "InstanceFleetType" in group:
        return fleets.wanted(group)
    return [(group["Market"], group["InstanceType"])] * group["RequestedInstanceCount"]


def enter(cluster: dict[str, Any], state: str) -> None:
    """Take note that all nodes of a cluster run, or that all have ended."""
    running = cluster["_instances"] if state == "RUNNING" else []
    moment = "ReadyDateTime" if state == "RUNNING" else "EndDateTime"
    for group in (*cluster["InstanceGroups"], *cluster["InstanceFleets"]):
        status = group["Status"]
        group["Status"] = {
            **status,
            "State": state,
            "Timeline": {**status["Timeline"], moment: time.time()},
        }
        if "InstanceFleetType" in group:
            fleets.provision(group, running)
        else:
            group["RunningInstanceCount"] = sum(
                node["InstanceGroupId"] == group["Id"] for node in running
            )


def _invalid(message: str) -> ServiceError:
    return ServiceError("ValidationException", message)
