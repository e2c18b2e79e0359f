"""What services answer with: content in AWS's JSON protocols, or an error."""

from __future__ import annotations

import json
from typing import Any

#: status, headers, body
Response = tuple[int, dict[str, str], bytes]


class ServiceError(Exception):
    """An error as AWS's JSON protocol answers it."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


def json_answer(content: dict[str, Any], status: int = 200) -> Response:
    """Answer in AWS's JSON protocol."""
    return status, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(content).encode()


def json_error(error: ServiceError) -> Response:
    """Answer an error in AWS's JSON protocol."""
    return json_answer({"__type": error.code, "message": str(error)}, error.status)
