"""The settings of a cluster that are given when it is created, and changed later.

https://docs.aws.amazon.com/redshift/latest/APIReference/API_CreateCluster.html
"""

from __future__ import annotations

import re
from typing import Any

from ministack.services import kms

from local.cloud.core.settings import ACCOUNT, REGION
from local.cloud.services.redshift import names, nodes
from local.cloud.services.redshift.faults import combined, fault, invalid, unsupported

#: Shown of a cluster that is encrypted with a key of the service's.
SERVICE_KEY = "AWS_OWNED_KMS_KEY"

#: What is not there, and the values that mean that it is not wanted.
_NOT_RUN: dict[str, tuple[Any, ...]] = {
    "AdditionalInfo": (),
    "CatalogName": (),
    "ClusterSecurityGroups": ([],),
    "ElasticIp": ("",),
    "ExtraComputeForAutomaticOptimization": (False,),
    "HsmClientCertificateIdentifier": ("",),
    "HsmConfigurationIdentifier": ("",),
    "IpAddressType": ("ipv4",),
    "LoadSampleData": ("false",),
    "MultiAZ": (False,),
    "NewClusterIdentifier": (),
    "RedshiftIdcApplicationArn": ("",),
    "SnapshotScheduleIdentifier": ("",),
}

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WINDOW = re.compile(r"([a-z]{3}):(\d\d):(\d\d)-([a-z]{3}):(\d\d):(\d\d)")
_WEEK_MINUTES = 7 * 24 * 60


def require(content: dict[str, Any], node_type: str) -> None:
    """Look at the settings of a request.

    Args:
        content: the request.
        node_type: of the cluster, as it is after the request.

    Raises:
        ServiceError: where the cluster may not have them.
    """
    for member, unwanted in _NOT_RUN.items():
        if member in content and content[member] not in unwanted:
            raise unsupported(f"{member} {content[member]}")
    _require_periods(content, node_type)
    port = content.get("Port", 5439)
    ra3 = 5431 <= port <= 5455 or 8191 <= port <= 8215
    if not (ra3 if nodes.is_ra3(node_type) else 1150 <= port <= 65535):
        allowed = "5431-5455 or 8191-8215" if nodes.is_ra3(node_type) else "1150-65535"
        raise invalid(f"Invalid port {port} for node type {node_type}. Valid are: {allowed}")
    if content.get("ClusterVersion", "1.0") != "1.0":
        raise invalid(f"Invalid cluster version: {content['ClusterVersion']}. Valid is: 1.0")
    track = content.get("MaintenanceTrackName", "current")
    if track not in ("current", "trailing"):
        raise fault("InvalidClusterTrackFault", f"The maintenance track {track} does not exist.")
    if "PreferredMaintenanceWindow" in content:
        _require_window(content["PreferredMaintenanceWindow"])
    if content.get("AvailabilityZoneRelocation") and not nodes.is_ra3(node_type):
        raise invalid(f"Clusters of {node_type} nodes cannot be relocated.")


def _require_periods(content: dict[str, Any], node_type: str) -> None:
    days = content.get("AutomatedSnapshotRetentionPeriod", 1)
    least = 1 if nodes.is_ra3(node_type) else 0
    if not least <= days <= 35:
        raise invalid(
            f"AutomatedSnapshotRetentionPeriod must be from {least} to 35 for {node_type} nodes, "
            f"not {days}."
        )
    days = content.get("ManualSnapshotRetentionPeriod", -1)
    if days != -1 and not 1 <= days <= 3653:
        raise fault(
            "InvalidRetentionPeriodFault",
            f"The manual snapshot retention period must be -1, or from 1 to 3653, not {days}.",
        )


def _require_window(text: str) -> None:
    found = _WINDOW.fullmatch(text.lower())
    if found is None or not {found[1], found[4]} <= set(_DAYS):
        raise invalid(f"Invalid maintenance window: {text}. Its format is ddd:hh24:mi-ddd:hh24:mi")
    begin, end = (
        (_DAYS.index(day) * 24 + int(hour)) * 60 + int(minute)
        for day, hour, minute in (found.groups()[:3], found.groups()[3:])
    )
    hours, minutes = (int(found[2]), int(found[5])), (int(found[3]), int(found[6]))
    if max(hours) > 23 or max(minutes) > 59 or (end - begin) % _WEEK_MINUTES < 30:
        raise invalid(f"Invalid maintenance window: {text}. It must have 30 minutes at least")


def key(given: str | None) -> str:
    """The key that a cluster is encrypted with: its ARN, or that it is the service's.

    Raises:
        ServiceError: where there is no such key.
    """
    if not given or given == SERVICE_KEY:
        return SERVICE_KEY
    found = kms._resolve_key(given)
    if found is None:
        raise invalid(f"The KMS key {given} does not exist.")
    return str(found["Arn"])


def password(content: dict[str, Any], cluster: dict[str, Any]) -> dict[str, Any]:
    """What changes of a cluster with the password that a request gives or has managed.

    The password itself is not kept: there is no port to log in at.

    Args:
        content: the request.
        cluster: as it is before, or is created.

    Raises:
        ServiceError: where the request has both or what belongs to the other.
    """
    managed, given = content.get("ManageMasterPassword"), content.get("MasterUserPassword")
    secret_key = content.get("MasterPasswordSecretKmsKeyId")
    if managed and given is not None:
        raise combined("You can't specify MasterUserPassword when ManageMasterPassword is true.")
    if secret_key and managed is not True and not cluster.get("MasterPasswordSecretArn"):
        raise combined(
            "You can only use MasterPasswordSecretKmsKeyId if ManageMasterPassword is true."
        )
    if given is not None:
        names.require_password(given)
    elif managed is False and cluster.get("MasterPasswordSecretArn"):
        raise combined("Give MasterUserPassword where ManageMasterPassword becomes false.")
    if managed is False or given is not None:
        return {"MasterPasswordSecretArn": None, "MasterPasswordSecretKmsKeyId": None}
    changed: dict[str, Any] = {}
    if managed and not cluster.get("MasterPasswordSecretArn"):
        changed["MasterPasswordSecretArn"] = _secret(cluster)
    if secret_key:
        changed["MasterPasswordSecretKmsKeyId"] = key(secret_key)
    return changed


def _secret(cluster: dict[str, Any]) -> str:
    name = f"redshift!{cluster['ClusterIdentifier']}-{cluster['MasterUsername']}"
    random = str(cluster["ClusterNamespaceArn"])[-6:]
    return f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{name}-{random}"
