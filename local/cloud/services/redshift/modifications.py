"""Changes of clusters: their settings, their roles, and whether they run.

https://docs.aws.amazon.com/redshift/latest/APIReference/API_ModifyCluster.html
"""

from __future__ import annotations

from typing import Any

from local.cloud.core.service import Request
from local.cloud.services.redshift import network, nodes, parameter_groups, roles, settings, state
from local.cloud.services.redshift.clusters import PLAIN, find, require_available, shown
from local.cloud.services.redshift.faults import combined, invalid
from local.cloud.services.redshift_data import engine

#: Members whose change takes a while; the others are changed with the request.
_SLOW = ("EnhancedVpcRouting", "PubliclyAccessible")


def _modify(request: Request) -> dict[str, Any]:
    content = request.content
    entry = find(content["ClusterIdentifier"])
    if set(content) == {"ClusterIdentifier"}:
        raise combined("No modifications were requested.")
    settings.require(content, content.get("NodeType") or entry["NodeType"])
    now, later = _settings(content, entry), _resized(content, entry)
    resizes = bool(later)
    later |= {member: content[member] for member in _SLOW if member in content}
    if content.get("Encrypted") is False:
        raise invalid("Encrypted is false: the local cloud keeps clusters encrypted.")
    if "KmsKeyId" in content or content.get("Encrypted"):
        key = settings.key(content.get("KmsKeyId") or entry["KmsKeyId"])
        later |= {"KmsKeyId": key} if key != entry["KmsKeyId"] else {}
    require_available(entry)
    later = {member: value for member, value in later.items() if entry.get(member) != value}
    entry.update(now)
    if later:
        entry["_pending"] = later
        state.passing(entry, "resizing" if resizes else "modifying", "available")
    return {"Cluster": shown(entry)}


def _settings(content: dict[str, Any], entry: dict[str, Any]) -> dict[str, Any]:
    """What changes of a cluster with the request itself."""
    changed = {m: content[m] for m in PLAIN if m in content and m not in _SLOW}
    if "PreferredMaintenanceWindow" in changed:
        changed["PreferredMaintenanceWindow"] = changed["PreferredMaintenanceWindow"].lower()
    if "Port" in content:
        changed["_port"] = content["Port"]
    if "AvailabilityZoneRelocation" in content:
        on = content["AvailabilityZoneRelocation"]
        changed["AvailabilityZoneRelocationStatus"] = "enabled" if on else "disabled"
    if content.get("AvailabilityZone") not in (None, entry["AvailabilityZone"]):
        changed["AvailabilityZone"] = _relocated(content["AvailabilityZone"], entry)
    if content.get("VpcSecurityGroupIds"):
        changed["VpcSecurityGroups"] = network.security_groups(
            entry["VpcId"], content["VpcSecurityGroupIds"]
        )
    if content.get("ClusterParameterGroupName"):
        name = parameter_groups.group(content["ClusterParameterGroupName"])["ParameterGroupName"]
        if name != entry["ClusterParameterGroups"][0]["ParameterGroupName"]:
            applied = parameter_groups.applied(name, "pending-reboot")
            changed["ClusterParameterGroups"] = [applied]
    return changed | settings.password(content, entry)


def _relocated(zone: str, entry: dict[str, Any]) -> str:
    if entry["AvailabilityZoneRelocationStatus"] != "enabled":
        raise combined("The cluster can be relocated where AvailabilityZoneRelocation is enabled.")
    zones = network.zones(network.group(entry["ClusterSubnetGroupName"]))
    if zone not in zones:
        raise invalid(f"The subnets of the group are in {', '.join(zones)}, not in {zone}.")
    return zone


def _resized(content: dict[str, Any], entry: dict[str, Any]) -> dict[str, Any]:
    """The nodes of a cluster where the request changes them.

    https://docs.aws.amazon.com/redshift/latest/mgmt/rs-resize-tutorial.html
    """
    given = [m for m in ("ClusterType", "NodeType", "NumberOfNodes") if m in content]
    if not given:
        return {}
    if "NodeType" not in content:
        raise combined(f"Give NodeType with {' and '.join(given)}.")
    if "NumberOfNodes" not in content and content.get("ClusterType") != "single-node":
        raise combined("Give NumberOfNodes with NodeType.")
    count = nodes.number(content, resized=True)
    found = {"NodeType": content["NodeType"], "NumberOfNodes": count}
    return {member: value for member, value in found.items() if entry[member] != value}


def _modify_roles(request: Request) -> dict[str, Any]:
    content = request.content
    entry = find(content["ClusterIdentifier"])
    removed = content.get("RemoveIamRoles") or []
    kept = [role for role in entry["IamRoles"] if role not in removed]
    added = content.get("AddIamRoles") or []
    found = kept + [role for role in dict.fromkeys(added) if role not in kept]
    default = content.get("DefaultIamRoleArn", entry["DefaultIamRoleArn"]) or None
    if "DefaultIamRoleArn" not in content and default not in found:
        default = None
    roles.require(request, found, default)
    require_available(entry)
    entry.update({"IamRoles": found, "DefaultIamRoleArn": default})
    return {"Cluster": shown(entry)}


def _reboot(request: Request) -> dict[str, Any]:
    """Sessions end, and the cluster has the parameters of its group then."""
    entry = find(request.content["ClusterIdentifier"])
    require_available(entry)
    engine.disconnect(state.namespace_id(entry))
    name = entry["ClusterParameterGroups"][0]["ParameterGroupName"]
    entry["_pending"] = {
        "ClusterParameterGroups": [parameter_groups.applied(name, "in-sync")],
    }
    state.passing(entry, "rebooting", "available")
    return {"Cluster": shown(entry)}


def _pause(request: Request) -> dict[str, Any]:
    entry = find(request.content["ClusterIdentifier"])
    require_available(entry)
    engine.disconnect(state.namespace_id(entry))
    state.passing(entry, "pausing", "paused")
    return {"Cluster": shown(entry)}


def _resume(request: Request) -> dict[str, Any]:
    entry = find(request.content["ClusterIdentifier"])
    if entry["ClusterStatus"] != "paused":
        require_available({**entry, "ClusterStatus": f"{entry['ClusterStatus']}, not paused"})
    state.passing(entry, "resuming", "available")
    return {"Cluster": shown(entry)}


OPERATIONS = {
    "ModifyCluster": _modify,
    "ModifyClusterIamRoles": _modify_roles,
    "PauseCluster": _pause,
    "RebootCluster": _reboot,
    "ResumeCluster": _resume,
}
