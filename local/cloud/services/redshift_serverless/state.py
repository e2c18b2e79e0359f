"""Namespaces, workgroups and tags of Redshift Serverless."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any

from local.cloud.core.answers import ServiceError
from local.cloud.core.settings import ACCOUNT, REGION

#: By name.
namespaces: dict[str, dict[str, Any]] = {}
#: By name.
workgroups: dict[str, dict[str, Any]] = {}
#: By the ARN of what has them.
tags: dict[str, dict[str, str]] = {}


def get_state() -> dict[str, Any]:
    """What is saved."""
    return copy.deepcopy({"namespaces": namespaces, "workgroups": workgroups, "tags": tags})


def load_persisted_state(data: dict[str, Any]) -> None:
    """Take up what was saved."""
    namespaces.update(data.get("namespaces", {}))
    workgroups.update(data.get("workgroups", {}))
    tags.update(data.get("tags", {}))


def reset() -> None:
    """Forget everything."""
    for store in (namespaces, workgroups, tags):
        store.clear()


def now() -> str:
    """The time, as the API answers it."""
    # The model's timestamps are ISO 8601 here, not seconds.
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def arn_of(kind: str, identifier: str) -> str:
    """The ARN of a `namespace` or `workgroup`."""
    return f"arn:aws:redshift-serverless:{REGION}:{ACCOUNT}:{kind}/{identifier}"


def namespace_of(workgroup_name: str) -> dict[str, Any]:
    """The namespace behind a workgroup.

    Raises:
        ServiceError: where there is no such workgroup.
    """
    return namespace(workgroup(workgroup_name)["namespaceName"])


def namespace(name: str) -> dict[str, Any]:
    """The namespace of a name; raises ResourceNotFoundException."""
    if name not in namespaces:
        raise ServiceError("ResourceNotFoundException", f"Namespace {name} not found.")
    return namespaces[name]


def workgroup(name: str) -> dict[str, Any]:
    """The workgroup of a name; raises ResourceNotFoundException."""
    if name not in workgroups:
        raise ServiceError("ResourceNotFoundException", f"Workgroup {name} not found.")
    return workgroups[name]


def keep_tags(arn: str, given: list[dict[str, str]] | None) -> None:
    """Add tags to those of a namespace or workgroup."""
    tags.setdefault(arn, {}).update({tag["key"]: tag["value"] for tag in given or []})
