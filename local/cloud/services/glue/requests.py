"""The operations of Glue.

https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api.html
"""

from __future__ import annotations

import inspect
import json
from typing import Any

from ministack.services import glue

from local.cloud.core.answers import Response
from local.cloud.core.service import Operation, Request
from local.cloud.services.glue import partitions, rights
from local.cloud.services.glue.crawlers import requests as crawlers
from local.cloud.services.glue.jobs import requests as jobs


def _permitted(serve: Operation) -> Operation:
    """Look at the rights that Glue asks for beside the action on the resource."""

    async def operation(request: Request) -> dict[str, Any] | Response:
        rights.require_ancestors(request)
        rights.require_role(request)
        answer = serve(request)
        return await answer if inspect.isawaitable(answer) else answer

    return operation


async def _emulated(request: Request) -> Response:
    """Have the emulator answer: on the loop, as the state is copied there to be saved as well."""
    if not request.operation:
        # Of the Iceberg REST catalog, which calls S3.
        return await request.emulated()
    return _without_blanks(
        glue._handle_request_sync(
            request.method, request.path, request.headers, request.body, request.query
        )
    )


def _without_blanks(answer: Response) -> Response:
    """Leave out what a table has not, as Glue does: a client sends a table back as it was read."""
    status, headers, body = answer
    content = json.loads(body) if status == 200 and body else {}
    tables = [content["Table"]] if "Table" in content else content.get("TableList", [])
    for table in tables:
        if table.get("Owner") == "":
            table.pop("Owner")
        for column in (table.get("StorageDescriptor") or {}).get("Columns") or []:
            if column.get("Comment", "") is None:
                column.pop("Comment")
    return (status, headers, json.dumps(content).encode()) if tables else answer


OPERATIONS: dict[str, Operation] = {
    name: _permitted(serve)
    for name, serve in {
        **crawlers.OPERATIONS,
        **jobs.OPERATIONS,
        **partitions.OPERATIONS,
    }.items()
}

#: Of the Data Catalog.
EMULATED = _permitted(_emulated)
