"""Clusters: created, described and deleted.

https://docs.aws.amazon.com/redshift/latest/mgmt/working-with-clusters.html
"""

from __future__ import annotations

import time
import uuid
from typing import Any

from local.cloud.core.service import Request
from local.cloud.core.settings import REGION
from local.cloud.services.redshift import (
    names,
    network,
    nodes,
    parameter_groups,
    parameters,
    roles,
    settings,
    snapshots,
    state,
    tags,
)
from local.cloud.services.redshift.faults import combined, fault, invalid
from local.cloud.services.redshift.listing import page, tagged
from local.cloud.services.redshift_data import engine

#: Members of a request that a cluster tells as they are, with their defaults.
PLAIN: dict[str, Any] = {
    "AllowVersionUpgrade": True,
    "AutomatedSnapshotRetentionPeriod": 1,
    "ClusterVersion": "1.0",
    "EnhancedVpcRouting": False,
    "MaintenanceTrackName": "current",
    "ManualSnapshotRetentionPeriod": -1,
    "PreferredMaintenanceWindow": "sun:05:00-sun:05:30",
    "PubliclyAccessible": False,
}


def find(identifier: str) -> dict[str, Any]:
    """The cluster of an identifier.

    Raises:
        ServiceError: where there is none.
    """
    state.settle()
    found = state.clusters.get(identifier)
    if found is None:
        raise fault("ClusterNotFoundFault", f"Cluster {identifier} not found.")
    return found


def require_available(entry: dict[str, Any], *others: str) -> None:
    """Look whether a cluster can be changed: it is available, or in one of some other states.

    Raises:
        ServiceError: where it is not.
    """
    if entry["ClusterStatus"] not in ("available", *others):
        raise fault(
            "InvalidClusterStateFault",
            "There is an operation running on the Cluster. Please try to do it at a later time. "
            f"({entry['ClusterIdentifier']} is {entry['ClusterStatus']})",
        )


def _create(request: Request) -> dict[str, Any]:
    content = request.content
    identifier = content["ClusterIdentifier"].lower()
    names.identifier("ClusterIdentifier", identifier)
    state.settle()
    if identifier in state.clusters:
        raise fault("ClusterAlreadyExistsFault", f"Cluster {identifier} already exists.")
    database = names.database(content.get("DBName") or "dev")
    user = names.user(content["MasterUsername"])
    count = nodes.number(content)
    settings.require(content, content["NodeType"])
    if content.get("Encrypted") is False:
        raise invalid("Encrypted is false: a new cluster is encrypted.")
    if not content.get("ManageMasterPassword") and content.get("MasterUserPassword") is None:
        raise combined("Give MasterUserPassword, or ManageMasterPassword as true.")
    default = content.get("DefaultIamRoleArn") or None
    roles.require(request, content.get("IamRoles") or [], default)
    entry = {
        "ClusterIdentifier": identifier,
        "ClusterNamespaceArn": state.arn_of("namespace", str(uuid.uuid4())),
        "ClusterCreateTime": time.time(),
        "DBName": database,
        "MasterUsername": user,
        "NodeType": content["NodeType"],
        "NumberOfNodes": count,
        "Encrypted": True,
        "KmsKeyId": settings.key(content.get("KmsKeyId")),
        "IamRoles": list(dict.fromkeys(content.get("IamRoles") or [])),
        "DefaultIamRoleArn": default,
        "AvailabilityZoneRelocationStatus": _switch(content.get("AvailabilityZoneRelocation")),
        "MultiAZ": "Disabled",
        "IpAddressType": "ipv4",
        "_port": content.get("Port", 5439),
        "_logging": {"LoggingEnabled": False},
        **{member: content.get(member, value) for member, value in PLAIN.items()},
    }
    entry["PreferredMaintenanceWindow"] = entry["PreferredMaintenanceWindow"].lower()
    entry |= _placed(content)
    entry |= settings.password(content, entry)
    tags.keep(state.arn_of("cluster", identifier), content.get("Tags"))
    state.clusters[identifier] = entry
    state.passing(entry, "creating", "available")
    return {"Cluster": shown(entry)}


def _switch(on: bool | None) -> str:
    return "enabled" if on else "disabled"


def _placed(content: dict[str, Any]) -> dict[str, Any]:
    """The network of a new cluster, and its parameters."""
    group = network.group(content.get("ClusterSubnetGroupName") or network.DEFAULT)
    zones = network.zones(group)
    zone = content.get("AvailabilityZone") or zones[0]
    if zone not in zones:
        raise invalid(f"The subnets of the group are in {', '.join(zones)}, not in {zone}.")
    name = content.get("ClusterParameterGroupName") or f"default.{parameters.DEFAULT_FAMILY}"
    parameter_group = parameter_groups.group(name)["ParameterGroupName"]
    return {
        "ClusterSubnetGroupName": group["ClusterSubnetGroupName"],
        "VpcId": group["VpcId"],
        "AvailabilityZone": zone,
        "VpcSecurityGroups": network.security_groups(
            group["VpcId"], content.get("VpcSecurityGroupIds")
        ),
        "ClusterParameterGroups": [parameter_groups.applied(parameter_group, "in-sync")],
    }


def _describe(request: Request) -> dict[str, Any]:
    content = request.content
    identifier = content.get("ClusterIdentifier")
    found = [find(identifier)] if identifier else state.there()
    described = [
        shown(one)
        for one in found
        if tagged(content, state.arn_of("cluster", one["ClusterIdentifier"]))
    ]
    return page(content, "Clusters", described)


def _delete(request: Request) -> dict[str, Any]:
    """The databases are gone with the request: what is deleted cannot be had back."""
    content = request.content
    entry = find(content["ClusterIdentifier"])
    kept = content.get("FinalClusterSnapshotIdentifier")
    if content.get("SkipFinalClusterSnapshot"):
        if kept:
            raise combined(
                "FinalClusterSnapshotIdentifier cannot be specified when "
                "SkipFinalClusterSnapshot is true."
            )
    elif not kept:
        raise combined(
            "FinalClusterSnapshotIdentifier is required unless SkipFinalClusterSnapshot is "
            "specified."
        )
    require_available(entry, "paused")
    if kept:
        snapshots.take(entry, kept, content.get("FinalClusterSnapshotRetentionPeriod", -1))
        state.passing(entry, "final-snapshot", "deleting", state.GONE)
    else:
        engine.drop(state.namespace_id(entry))
        state.passing(entry, "deleting", state.GONE)
    return {"Cluster": shown(entry)}


def shown(entry: dict[str, Any]) -> dict[str, Any]:
    """A cluster as the API tells it."""
    status, pending = entry["ClusterStatus"], entry.get("_pending", {})
    told = {key: value for key, value in entry.items() if not key.startswith("_")}
    told |= {
        "ClusterAvailabilityStatus": _availability(status),
        "ClusterNodes": nodes.listed(entry["NumberOfNodes"]),
        "VpcSecurityGroups": [
            {"VpcSecurityGroupId": one, "Status": "active"} for one in entry["VpcSecurityGroups"]
        ],
        "IamRoles": roles.shown(entry["IamRoles"]),
        "PendingModifiedValues": {
            member: pending[member] for member in _PENDING if member in pending
        },
        "Tags": state.tag_list(state.arn_of("cluster", entry["ClusterIdentifier"])),
    }
    if status != "creating":
        # As much as a cluster has of a name of its own; nothing listens there.
        own = state.namespace_id(entry).replace("-", "")[:12]
        address = f"{entry['ClusterIdentifier']}.{own}.{REGION}.redshift.amazonaws.com"
        told["Endpoint"] = {"Address": address, "Port": entry["_port"]}
    return told


#: What PendingModifiedValues tells.
_PENDING = ("NodeType", "NumberOfNodes", "PubliclyAccessible", "EnhancedVpcRouting")


def _availability(status: str) -> str:
    """What a status means for queries.

    A cluster that is resized, or leaves a last snapshot, is on its way: the official Terraform
    provider goes by that alone, and its acceptance tests see the new nodes and a deletion's end
    (`TestAccRedshiftCluster_updateNodeCount`, `_withFinalSnapshot`).

    https://docs.aws.amazon.com/redshift/latest/APIReference/API_Cluster.html
    """
    if status == "available":
        return "Available"
    return "Unavailable" if status in ("paused", "rebooting") else "Modifying"


OPERATIONS = {
    "CreateCluster": _create,
    "DeleteCluster": _delete,
    "DescribeClusters": _describe,
}
