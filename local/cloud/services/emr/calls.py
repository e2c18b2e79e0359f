"""What operations of EMR do alike: who calls and may, which cluster is meant, pages of lists."""

from __future__ import annotations

import secrets
import string
from collections.abc import Iterable
from typing import Any

from ministack.services import emr

from local.cloud.core import auth, model
from local.cloud.core.answers import ServiceError
from local.cloud.core.service import Request

#: Entries that a listing gives at once; https://docs.aws.amazon.com/emr/latest/APIReference/API_ListSteps.html
PAGE = 50


def identifier(prefix: str, length: int = 13) -> str:
    """An id for something new."""
    return prefix + "".join(
        secrets.choice(string.ascii_uppercase + string.digits) for _ in range(length)
    )


def require(
    request: Request, action: str, resource: str, context: dict[str, Any] | None = None
) -> None:
    """Raises ServiceError where the caller may not do this as well."""
    refused = auth.refusal(
        request.access_key,
        f"elasticmapreduce:{action}",
        resource,
        "elasticmapreduce",
        context,
    )
    if refused is not None:
        raise ServiceError("AccessDeniedException", refused)


def require_tagging(request: Request, resource: str, tags: list[dict[str, str]]) -> None:
    """Raises ServiceError where the caller may not give these tags to what it makes."""
    if tags:
        named = {f"aws:RequestTag/{tag['Key']}": tag.get("Value", "") for tag in tags}
        require(
            request, "AddTags", resource, {**named, "aws:TagKeys": [tag["Key"] for tag in tags]}
        )


def known(identifier: str) -> dict[str, Any]:
    """A cluster; raises ServiceError where there is none."""
    cluster = emr._clusters.get(identifier)
    if cluster is None:
        raise ServiceError("InvalidRequestException", f"Cluster id '{identifier}' is not valid.")
    return cluster


def public(record: dict[str, Any], shape: str) -> dict[str, Any]:
    """The members of a record that the API knows."""
    members = model.shape_members("emr", shape)
    return {key: value for key, value in record.items() if key in members}


def page(content: dict[str, Any], member: str, entries: Iterable[dict]) -> dict[str, Any]:
    """The part of a listing that a request's Marker asks for, with the marker of the next."""
    listed = list(entries)
    marker = content.get("Marker") or "0"
    if not marker.isdigit():
        raise ServiceError("InvalidRequestException", f"Marker '{marker}' is not valid.")
    start = int(marker)
    answer: dict[str, Any] = {member: listed[start : start + PAGE]}
    if start + PAGE < len(listed):
        answer["Marker"] = str(start + PAGE)
    return answer


def moment(given: Any, default: float) -> float:
    """A time that a request may give, in seconds since 1970."""
    return float(given) if given is not None else default
