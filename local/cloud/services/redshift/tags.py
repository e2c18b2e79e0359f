"""Tags of clusters, groups and snapshots.

https://docs.aws.amazon.com/redshift/latest/mgmt/amazon-redshift-tagging.html
"""

from __future__ import annotations

from typing import Any

from local.cloud.core.limits import MOST_TAGS, bad_tag
from local.cloud.core.service import Request
from local.cloud.services.redshift import state
from local.cloud.services.redshift.faults import combined, fault, invalid
from local.cloud.services.redshift.listing import page, tagged

#: Types of resources as DescribeTags names them, by the kind in their ARNs.
_TYPES = {
    "cluster": "Cluster",
    "parametergroup": "Parameter group",
    "snapshot": "Snapshot",
    "subnetgroup": "Subnet group",
}


def keep(arn: str, given: list[dict[str, str]] | None) -> None:
    """Add tags to those of a resource.

    Raises:
        ServiceError: where it may not have them.
    """
    pairs = [(tag.get("Key", ""), tag.get("Value", "")) for tag in given or []]
    if (wrong := bad_tag(pairs)) is not None:
        raise fault("InvalidTagFault", wrong)
    if any(not 1 <= len(key) <= 128 or len(value) > 256 for key, value in pairs):
        raise fault(
            "InvalidTagFault", "A tag key has 1 to 128 characters, and its value 256 at most."
        )
    tags = {**state.tags.get(arn, {}), **dict(pairs)}
    if len(tags) > MOST_TAGS:
        raise fault("TagLimitExceededFault", f"A resource has {MOST_TAGS} tags at most.")
    if tags:
        state.tags[arn] = tags


def _require(arn: str) -> None:
    """Look whether a resource is there.

    Raises:
        ServiceError: where it is not.
    """
    if arn not in _resources():
        raise fault("ResourceNotFoundFault", f"The resource {arn} is not found.")


def _resources() -> list[str]:
    """The ARNs of all that can have tags."""
    state.settle()
    kinds = {
        "cluster": state.clusters,
        "parametergroup": state.parameter_groups,
        "subnetgroup": state.subnet_groups,
    }
    return [
        *(state.arn_of(kind, name) for kind, store in kinds.items() for name in store),
        *(snapshot["SnapshotArn"] for snapshot in state.snapshots.values()),
    ]


def _create_tags(request: Request) -> dict[str, Any]:
    _require(request.content["ResourceName"])
    keep(request.content["ResourceName"], request.content["Tags"])
    return {}


def _delete_tags(request: Request) -> dict[str, Any]:
    arn = request.content["ResourceName"]
    _require(arn)
    for key in request.content["TagKeys"]:
        state.tags.get(arn, {}).pop(key, None)
    return {}


def _describe_tags(request: Request) -> dict[str, Any]:
    content = request.content
    arn, kind = content.get("ResourceName"), content.get("ResourceType")
    if arn and kind:
        raise combined("ResourceName and ResourceType are not given together.")
    if arn:
        _require(arn)
    wanted = {name.lower(): of for of, name in _TYPES.items()}
    if kind and kind.lower() not in wanted:
        known = ", ".join(_TYPES.values())
        raise invalid(f"The local cloud has no resources of type {kind}. It has: {known}")
    found = [
        {"Tag": tag, "ResourceName": one, "ResourceType": _TYPES[one.split(":")[5]]}
        for one in ([arn] if arn else _resources())
        if (not kind or one.split(":")[5] == wanted[kind.lower()]) and tagged(content, one)
        for tag in state.tag_list(one)
    ]
    return page(content, "TaggedResources", found)


OPERATIONS = {
    "CreateTags": _create_tags,
    "DeleteTags": _delete_tags,
    "DescribeTags": _describe_tags,
}
