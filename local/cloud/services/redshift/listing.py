"""Lists in pages, by tags.

https://docs.aws.amazon.com/redshift/latest/APIReference/API_DescribeClusters.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from local.cloud.services.redshift import state
from local.cloud.services.redshift.faults import invalid

_FEWEST, _MOST = 20, 100


def page(content: dict[str, Any], member: str, entries: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The page of a list that a request asks for, with the marker of the next one.

    Args:
        content: the request, with Marker and MaxRecords where it has them.
        member: of the answer, that has the list.
        entries: the list.

    Raises:
        ServiceError: where the request asks for no page.
    """
    size = content.get("MaxRecords", _MOST)
    if not _FEWEST <= size <= _MOST:
        raise invalid(f"Invalid value {size} for MaxRecords. Must be between {_FEWEST} and {_MOST}")
    marker = content.get("Marker") or "0"
    if not marker.isdigit():
        raise invalid(f"Invalid marker: {marker}")
    end = int(marker) + size
    answer: dict[str, Any] = {member: entries[int(marker) : end]}
    if end < len(entries):
        answer["Marker"] = str(end)
    return answer


def tagged(content: dict[str, Any], arn: str) -> bool:
    """Whether a resource has one of the tag keys and one of the values that a request asks for."""
    tags = state.tags.get(arn, {})
    keys, values = content.get("TagKeys") or [], content.get("TagValues") or []
    return (not keys or any(key in tags for key in keys)) and (
        not values or any(value in values for value in tags.values())
    )
