"""Nodes of clusters: their types, and how many a cluster may have.

https://docs.aws.amazon.com/redshift/latest/mgmt/working-with-clusters.html#rs-ra3-node-types
"""

from __future__ import annotations

from typing import Any, NamedTuple

from local.cloud.services.redshift.faults import combined, invalid, unsupported


class _Limits(NamedTuple):
    #: Nodes of a new cluster.
    least: int
    most: int
    #: After an elastic resize.
    most_resized: int


_TYPES = {
    "dc2.large": _Limits(1, 32, 32),
    "dc2.8xlarge": _Limits(2, 128, 128),
    "ra3.large": _Limits(1, 16, 16),
    "ra3.xlplus": _Limits(1, 16, 32),
    "ra3.4xlarge": _Limits(2, 32, 64),
    "ra3.16xlarge": _Limits(2, 128, 128),
}

#: Those of which the pages tell no limits yet.
_NOT_RUN = ("rg.large", "rg.xlarge", "rg.4xlarge", "rg.12xlarge")


def is_ra3(node_type: str) -> bool:
    """Whether the storage of a type is Redshift's own, apart from the nodes."""
    return node_type.startswith("ra3.")


def number(content: dict[str, Any], resized: bool = False) -> int:
    """The number of nodes that a request asks for.

    Args:
        content: with NodeType, and ClusterType and NumberOfNodes where they are given.
        resized: whether the cluster is there already.

    Raises:
        ServiceError: where there is no such cluster.
    """
    node_type, kind = content["NodeType"], content.get("ClusterType")
    given = content.get("NumberOfNodes")
    if node_type in _NOT_RUN:
        raise unsupported(f"the node type {node_type}")
    if node_type not in _TYPES:
        raise invalid(f"Invalid node type: {node_type}. Valid types: {', '.join(_TYPES)}")
    if kind not in (None, "single-node", "multi-node"):
        raise invalid(f"Invalid cluster type: {kind}. Valid types: single-node, multi-node")
    if kind == "multi-node" and (given or 0) < 2:
        raise combined(
            "Number of nodes for cluster type multi-node must be greater than or equal to 2"
        )
    if kind == "single-node" and given not in (None, 1):
        raise combined(f"Number of nodes for cluster type single-node must be 1, not {given}")
    count = 1 if given is None else given
    limits = _TYPES[node_type]
    most = limits.most_resized if resized else limits.most
    if not limits.least <= count <= most:
        raise invalid(
            f"Number of nodes for node type {node_type} must be from {limits.least} to {most}, "
            f"not {count}"
        )
    return count


def listed(count: int) -> list[dict[str, str]]:
    """The nodes of a cluster, as it is described. Without addresses: nothing listens there."""
    if count == 1:
        return [{"NodeRole": "SHARED"}]
    return [{"NodeRole": "LEADER"}, *({"NodeRole": f"COMPUTE-{n}"} for n in range(count))]
