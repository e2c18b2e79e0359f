"""The operations of Redshift Serverless."""

from __future__ import annotations

from typing import Any

from local.cloud.core.service import Request
from local.cloud.services.redshift_serverless import namespaces, state, workgroups


def _list_tags(request: Request) -> dict[str, Any]:
    tags = state.tags.get(request.content["resourceArn"], {})
    return {"tags": [{"key": key, "value": value} for key, value in tags.items()]}


def _tag_resource(request: Request) -> dict[str, Any]:
    state.keep_tags(request.content["resourceArn"], request.content["tags"])
    return {}


def _untag_resource(request: Request) -> dict[str, Any]:
    for key in request.content["tagKeys"]:
        state.tags.get(request.content["resourceArn"], {}).pop(key, None)
    return {}


OPERATIONS = {
    **namespaces.OPERATIONS,
    **workgroups.OPERATIONS,
    "ListTagsForResource": _list_tags,
    "TagResource": _tag_resource,
    "UntagResource": _untag_resource,
}


def resource(_operation: str, content: dict[str, Any]) -> str:
    """The ARN that a call is about."""
    if "resourceArn" in content:
        return str(content["resourceArn"])
    for kind, store, member in (
        ("workgroup", state.workgroups, "workgroupName"),
        ("namespace", state.namespaces, "namespaceName"),
    ):
        if member in content:
            entry = store.get(content[member])
            return entry[f"{kind}Arn"] if entry else state.arn_of(kind, "*")
    return "*"
