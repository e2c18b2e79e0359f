"""The last snapshots of clusters that were deleted, which stay until they are deleted themselves.

https://docs.aws.amazon.com/redshift/latest/mgmt/working-with-snapshots.html
"""

from __future__ import annotations

import time
from typing import Any

from local.cloud.core.service import Request
from local.cloud.core.settings import ACCOUNT
from local.cloud.services.redshift import names, state
from local.cloud.services.redshift.faults import fault, invalid
from local.cloud.services.redshift.listing import page, tagged
from local.cloud.services.redshift_data import engine

#: Members of a cluster that its snapshot tells as well.
_OF_CLUSTER = (
    *("AvailabilityZone", "ClusterCreateTime", "ClusterIdentifier", "ClusterVersion", "DBName"),
    *("Encrypted", "EnhancedVpcRouting", "KmsKeyId", "MaintenanceTrackName", "MasterUsername"),
    *("MasterPasswordSecretArn", "MasterPasswordSecretKmsKeyId", "NodeType", "NumberOfNodes"),
    "VpcId",
)


def take(cluster: dict[str, Any], identifier: str, days: int) -> None:
    """Have the databases of a cluster that is deleted become a snapshot.

    Args:
        cluster: which has none from then on.
        identifier: of the snapshot.
        days: for which it is kept; -1 for ever.

    Raises:
        ServiceError: where it cannot be taken.
    """
    name = names.identifier("FinalClusterSnapshotIdentifier", identifier, 255).lower()
    if name in state.snapshots:
        raise fault("ClusterSnapshotAlreadyExistsFault", f"Snapshot {name} already exists.")
    if days != -1 and not 1 <= days <= 3653:
        raise fault(
            "InvalidRetentionPeriodFault",
            f"The retention period must be -1, or from 1 to 3653 days, not {days}.",
        )
    owner = cluster["ClusterIdentifier"]
    now = time.time()
    snapshot = {
        **{member: cluster[member] for member in _OF_CLUSTER if member in cluster},
        "SnapshotIdentifier": name,
        "SnapshotArn": state.arn_of("snapshot", f"{owner}/{name}"),
        "SnapshotCreateTime": now,
        "SnapshotRetentionStartTime": now,
        "SnapshotType": "manual",
        "Status": "available",
        "OwnerAccount": ACCOUNT,
        "Port": cluster["_port"],
        "ManualSnapshotRetentionPeriod": days,
        "_namespace": state.namespace_id(cluster),
    }
    engine.close(snapshot["_namespace"])
    state.snapshots[name] = snapshot


def _describe(request: Request) -> dict[str, Any]:
    content = request.content
    name, owner = content.get("SnapshotIdentifier"), content.get("ClusterIdentifier")
    if name and name.lower() not in state.snapshots:
        raise fault("ClusterSnapshotNotFoundFault", f"Snapshot not found: {name}")
    if (kind := content.get("SnapshotType") or "manual") not in ("manual", "automated"):
        raise invalid(f"Invalid snapshot type: {kind}. Valid are: automated, manual")
    found = [
        _shown(one)
        for one in state.snapshots.values()
        if kind == one["SnapshotType"]
        and name in (None, "", one["SnapshotIdentifier"])
        and owner in (None, "", one["ClusterIdentifier"])
        and content.get("SnapshotArn") in (None, "", one["SnapshotArn"])
        and tagged(content, one["SnapshotArn"])
    ]
    return page(content, "Snapshots", found)


def _delete(request: Request) -> dict[str, Any]:
    content = request.content
    name, owner = content["SnapshotIdentifier"].lower(), content.get("SnapshotClusterIdentifier")
    found = state.snapshots.get(name)
    if found is None or owner not in (None, "", found["ClusterIdentifier"]):
        raise fault("ClusterSnapshotNotFoundFault", f"Snapshot not found: {name}")
    engine.drop(found["_namespace"])
    del state.snapshots[name]
    state.tags.pop(found["SnapshotArn"], None)
    return {"Snapshot": {**_shown(found), "Status": "deleted"}}


def _shown(entry: dict[str, Any]) -> dict[str, Any]:
    told = {key: value for key, value in entry.items() if not key.startswith("_")}
    return {**told, "Tags": state.tag_list(entry["SnapshotArn"])}


OPERATIONS = {
    "DeleteClusterSnapshot": _delete,
    "DescribeClusterSnapshots": _describe,
}
