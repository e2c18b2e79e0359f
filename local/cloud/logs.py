"""CloudWatch Logs: the key of a log group, which ministack takes only when the group is made."""

from __future__ import annotations

from typing import Any

from ministack.services import cloudwatch_logs

import seam


def install() -> None:
    """Add what is missing to ministack's own."""
    plain = cloudwatch_logs.handle_request

    async def handle_request(
        method: str, path: str, headers: dict[str, str], body: bytes, query_params: dict
    ) -> seam.Response:
        operation = headers.get("x-amz-target", "").rsplit(".", 1)[-1]
        if operation in _OPERATIONS:
            return await seam.dispatch(_OPERATIONS, headers, body)
        return await plain(method, path, headers, body, query_params)

    cloudwatch_logs.handle_request = handle_request


def _group(content: dict[str, Any]) -> dict[str, Any]:
    name = content.get("logGroupName")
    group = cloudwatch_logs._log_groups.get(name)
    if group is None:
        raise seam.ServiceError(
            "ResourceNotFoundException", f"The specified log group does not exist: {name}"
        )
    return group


def _associate(content: dict[str, Any]) -> dict[str, Any]:
    _group(content)["kmsKeyId"] = content["kmsKeyId"]
    return {}


def _disassociate(content: dict[str, Any]) -> dict[str, Any]:
    _group(content).pop("kmsKeyId", None)
    return {}


_OPERATIONS = {"AssociateKmsKey": _associate, "DisassociateKmsKey": _disassociate}
