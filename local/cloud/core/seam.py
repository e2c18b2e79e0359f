"""What services share: errors and answers, the caller of a request, and word of changes."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from ministack.core import router

from local.cloud.core.answers import Response, ServiceError, json_answer, json_error

__all__ = ["Response", "ServiceError", "json_answer"]


async def dispatch(
    operations: dict[str, Callable[[dict[str, Any]], Any]], headers: dict[str, str], body: bytes
) -> Response:
    """Serve one operation of a JSON service by its name in X-Amz-Target."""
    operation = headers.get("x-amz-target", "").rsplit(".", 1)[-1]
    serve = operations.get(operation)
    if serve is None:
        return json_answer(
            {
                "__type": "UnknownOperationException",
                "message": f"the local cloud has no operation {operation}",
            },
            400,
        )
    try:
        content = json.loads(body or b"{}")
        answer = serve(content)
        if isinstance(answer, Awaitable):
            answer = await answer
    except ServiceError as error:
        return json_error(error)
    return json_answer(answer)


_listeners: list[Callable[[], object]] = []


def on_change(listener: Callable[[], object]) -> None:
    """Call it, from any thread, whenever something has changed outside of a request."""
    _listeners.append(listener)


def changed() -> None:
    """Say that something has changed outside of a request, so that it is saved."""
    for listener in _listeners:
        listener()


def caller(headers: dict[str, str], query_params: dict[str, list[str]]) -> str:
    """The access key that a request is signed with."""
    return router.extract_access_key_id(headers, query_params)
