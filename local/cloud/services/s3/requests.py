"""The operations of S3 that are looked at, and how they are told from the others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ministack.services import s3

from local.cloud.core import validation
from local.cloud.core.answers import Response, ServiceError
from local.cloud.core.protocols import Query
from local.cloud.core.service import Request


class Paths:
    """S3's REST: method, path and query string tell the operation. Bodies are not read here."""

    def read(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes, query: Query
    ) -> tuple[str, dict[str, Any]]:
        """See `protocols.Wire`; the operation is empty where it is left to the emulator."""
        bucket, _, key = path.strip("/").partition("/")
        if method == "PUT" and "policy" in query and not key:
            return "PutBucketPolicy", {"Bucket": bucket}
        return "", {}

    def answer(self, content: dict[str, Any]) -> Response:
        """Not for content: what is answered is XML of the emulator's."""
        raise TypeError("an operation of S3's answers with XML of its own")

    def error(self, error: ServiceError) -> Response:
        """See `protocols.Wire`."""
        return s3._error(error.code, str(error), error.status)


async def _put_bucket_policy(request: Request) -> Response:
    bucket = request.content["Bucket"]
    if bucket in s3._buckets:
        document = request.body.decode(errors="replace")
        problem = validation.policy_problem(document, "bucket", bucket)
        if problem is not None:
            return s3._error("MalformedPolicy", problem, 400, f"/{bucket}")
    return await request.emulated()


OPERATIONS = {"PutBucketPolicy": _put_bucket_policy}
