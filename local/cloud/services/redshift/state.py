"""Clusters of Redshift, their groups, snapshots and tags."""

from __future__ import annotations

import copy
import time
from typing import Any

from local.cloud.core import changes
from local.cloud.core.settings import ACCOUNT, REGION

#: Seconds for which a cluster is in a state on its way to another, such as `creating`.
PASSING_SECONDS = 0.5

#: Stands for the state after the last one, in which a cluster is not there.
GONE = ""

#: By identifier. Members are those of the API's `Cluster`; those with an underscore are not shown:
#: `_next`, the states to come with their times; `_pending`, what changes with the next of them;
#: `_logging`, as DescribeLoggingStatus tells it.
clusters: dict[str, dict[str, Any]] = {}
#: By name.
subnet_groups: dict[str, dict[str, Any]] = {}
#: By name; `_values` has the parameters that are not as in the default group.
parameter_groups: dict[str, dict[str, Any]] = {}
#: By identifier.
snapshots: dict[str, dict[str, Any]] = {}
#: By the ARN of what has them.
tags: dict[str, dict[str, str]] = {}

_STORES = {
    "clusters": clusters,
    "subnet_groups": subnet_groups,
    "parameter_groups": parameter_groups,
    "snapshots": snapshots,
    "tags": tags,
}


def get_state() -> dict[str, Any]:
    """What is saved."""
    settle()
    return copy.deepcopy(_STORES)


def load_persisted_state(data: dict[str, Any]) -> None:
    """Take up what was saved. A cluster on its way to a state comes to it."""
    for name, store in _STORES.items():
        store.update(data.get(name, {}))


def reset() -> None:
    """Forget everything."""
    for store in _STORES.values():
        store.clear()


def arn_of(kind: str, name: str) -> str:
    """The ARN of a `cluster`, `subnetgroup`, `parametergroup`, `snapshot`, `namespace`, …."""
    return f"arn:aws:redshift:{REGION}:{ACCOUNT}:{kind}:{name}"


def passing(entry: dict[str, Any], *statuses: str) -> None:
    """Have a cluster pass through states: it is in the first one now, and ends in the last one."""
    now = time.time()
    entry["ClusterStatus"] = statuses[0]
    entry["_next"] = [
        [now + PASSING_SECONDS * number, status] for number, status in enumerate(statuses) if number
    ]


def settle() -> None:
    """Have each cluster come to the states whose time has come."""
    now = time.time()
    changed = False
    for identifier, entry in list(clusters.items()):
        while entry["_next"] and entry["_next"][0][0] <= now:
            _, status = entry["_next"].pop(0)
            changed = True
            if status == GONE:
                del clusters[identifier]
                tags.pop(arn_of("cluster", identifier), None)
                break
            entry["ClusterStatus"] = status
            if not entry["_next"]:
                entry.update(entry.pop("_pending", {}))
    if changed:
        changes.notify()


def there() -> list[dict[str, Any]]:
    """The clusters that there are now."""
    settle()
    return list(clusters.values())


def namespace_id(cluster: dict[str, Any]) -> str:
    """The id of a cluster's namespace, which has its databases."""
    return str(cluster["ClusterNamespaceArn"]).rsplit(":", 1)[-1]


def tag_list(arn: str) -> list[dict[str, str]]:
    """The tags of a resource, as the API tells them."""
    return [{"Key": key, "Value": value} for key, value in tags.get(arn, {}).items()]
