"""Groups of parameters, and the clusters that have them.

https://docs.aws.amazon.com/redshift/latest/mgmt/working-with-parameter-groups.html
"""

from __future__ import annotations

from typing import Any

from local.cloud.core.service import Request
from local.cloud.services.redshift import names, parameters, state, tags
from local.cloud.services.redshift.faults import combined, fault, invalid
from local.cloud.services.redshift.listing import page, tagged

#: Parameters of one change at most.
_MOST_AT_ONCE = 20

#: The groups that are always there, and cannot be changed.
_DEFAULTS = {
    f"default.{family}": {
        "ParameterGroupName": f"default.{family}",
        "ParameterGroupFamily": family,
        "Description": f"Default parameter group for {family}",
        "_values": {},
    }
    for family in parameters.FAMILIES
}


def group(name: str) -> dict[str, Any]:
    """The group of a name.

    Raises:
        ServiceError: where there is none.
    """
    found = state.parameter_groups.get(name.lower()) or _DEFAULTS.get(name.lower())
    if found is None:
        raise fault("ClusterParameterGroupNotFoundFault", f"ParameterGroup not found: {name}")
    return found


def _own(name: str) -> dict[str, Any]:
    """A group that may be changed."""
    found = group(name)
    if found["ParameterGroupName"] in _DEFAULTS:
        raise fault(
            "InvalidClusterParameterGroupStateFault",
            f"The default parameter group {name} cannot be modified or deleted.",
        )
    return found


def _create(request: Request) -> dict[str, Any]:
    content = request.content
    name, family = content["ParameterGroupName"].lower(), content["ParameterGroupFamily"]
    names.identifier("ParameterGroupName", name, 255)
    if family not in parameters.FAMILIES:
        known = ", ".join(parameters.FAMILIES)
        raise invalid(f"ParameterGroupFamily {family} is not a valid family. Valid are: {known}")
    if name in state.parameter_groups:
        raise fault(
            "ClusterParameterGroupAlreadyExistsFault", f"ParameterGroup {name} already exists."
        )
    tags.keep(state.arn_of("parametergroup", name), content.get("Tags"))
    entry = {
        "ParameterGroupName": name,
        "ParameterGroupFamily": family,
        "Description": content["Description"],
        "_values": {},
    }
    state.parameter_groups[name] = entry
    return {"ClusterParameterGroup": _shown(entry)}


def _delete(request: Request) -> dict[str, Any]:
    entry = _own(request.content["ParameterGroupName"])
    name = entry["ParameterGroupName"]
    for cluster in _users(name):
        raise fault(
            "InvalidClusterParameterGroupStateFault",
            f"ParameterGroup {name} is used by the cluster {cluster['ClusterIdentifier']}.",
        )
    del state.parameter_groups[name]
    state.tags.pop(state.arn_of("parametergroup", name), None)
    return {}


def _describe(request: Request) -> dict[str, Any]:
    content = request.content
    name = content.get("ParameterGroupName")
    found = [group(name)] if name else [*_DEFAULTS.values(), *state.parameter_groups.values()]
    shown = [
        _shown(entry)
        for entry in found
        if tagged(content, state.arn_of("parametergroup", entry["ParameterGroupName"]))
    ]
    return page(content, "ParameterGroups", shown)


def _shown(entry: dict[str, Any]) -> dict[str, Any]:
    shown = {key: value for key, value in entry.items() if not key.startswith("_")}
    arn = state.arn_of("parametergroup", entry["ParameterGroupName"])
    return {**shown, "Tags": state.tag_list(arn)}


def _describe_parameters(request: Request) -> dict[str, Any]:
    content = request.content
    entry, source = group(content["ParameterGroupName"]), content.get("Source") or ""
    if source not in ("", "user", "engine-default"):
        raise invalid(f"Invalid source: {source}. Valid are: user, engine-default")
    own = entry["_values"]
    found = [
        parameters.described(name, own.get(name, value), name in own)
        for name, value in parameters.defaults(entry["ParameterGroupFamily"]).items()
        if not source or (source == "user") == (name in own)
    ]
    return page(content, "Parameters", found)


def _modify(request: Request) -> dict[str, Any]:
    entry, given = _own(request.content["ParameterGroupName"]), request.content["Parameters"]
    _require_few(given)
    changed: dict[str, str] = {}
    for one in given:
        name = parameters.require_named(one.get("ParameterName"))
        if one.get("ParameterValue") is None:
            raise invalid(f"The parameter {name} has no ParameterValue.")
        parameters.require(name, one["ParameterValue"])
        changed[name] = one["ParameterValue"]
    return _changed(entry, {**entry["_values"], **changed})


def _reset(request: Request) -> dict[str, Any]:
    content = request.content
    entry, given = _own(content["ParameterGroupName"]), content.get("Parameters") or []
    every = content.get("ResetAllParameters", not given)
    if every == bool(given):
        raise combined("Give either ResetAllParameters or the names of Parameters.")
    _require_few(given)
    named = [parameters.require_named(one.get("ParameterName")) for one in given]
    kept = {} if every else {n: v for n, v in entry["_values"].items() if n not in named}
    return _changed(entry, kept)


def _require_few(given: list[dict[str, Any]]) -> None:
    if len(given) > _MOST_AT_ONCE:
        raise invalid(f"A request changes {_MOST_AT_ONCE} parameters at most, not {len(given)}.")


def _changed(entry: dict[str, Any], values: dict[str, str]) -> dict[str, Any]:
    """Have a group have values; clusters take most of them up when they are rebooted."""
    name = entry["ParameterGroupName"]
    default = parameters.defaults(entry["ParameterGroupFamily"])
    entry["_values"] = {key: value for key, value in values.items() if value != default[key]}
    for cluster in _users(name):
        cluster["ClusterParameterGroups"] = [applied(name, "pending-reboot")]
    return {
        "ParameterGroupName": name,
        "ParameterGroupStatus": "Your parameter group has been updated. If you changed only "
        "dynamic parameters, associated clusters are being modified now. If you changed static "
        "parameters, all updates, including dynamic parameters, will be applied when you reboot "
        "the associated clusters.",
    }


def applied(name: str, status: str) -> dict[str, Any]:
    """How far a cluster has a group's parameters: `in-sync` or `pending-reboot`."""
    return {"ParameterGroupName": name, "ParameterApplyStatus": status}


def _users(name: str) -> list[dict[str, Any]]:
    return [
        one
        for one in state.there()
        if any(group["ParameterGroupName"] == name for group in one["ClusterParameterGroups"])
    ]


OPERATIONS = {
    "CreateClusterParameterGroup": _create,
    "DeleteClusterParameterGroup": _delete,
    "DescribeClusterParameterGroups": _describe,
    "DescribeClusterParameters": _describe_parameters,
    "ModifyClusterParameterGroup": _modify,
    "ResetClusterParameterGroup": _reset,
}
