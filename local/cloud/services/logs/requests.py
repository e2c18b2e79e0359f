"""CloudWatch Logs: the key of a log group, which the emulator takes only when it is created."""

from __future__ import annotations

from typing import Any

from ministack.services import cloudwatch_logs

from local.cloud.core.answers import ServiceError
from local.cloud.core.service import Request


def _group(request: Request) -> dict[str, Any]:
    name = request.content.get("logGroupName")
    group = cloudwatch_logs._log_groups.get(name)
    if group is None:
        raise ServiceError(
            "ResourceNotFoundException", f"The specified log group does not exist: {name}"
        )
    return group


def _associate_kms_key(request: Request) -> dict[str, Any]:
    _group(request)["kmsKeyId"] = request.content["kmsKeyId"]
    return {}


def _disassociate_kms_key(request: Request) -> dict[str, Any]:
    _group(request).pop("kmsKeyId", None)
    return {}


OPERATIONS = {"AssociateKmsKey": _associate_kms_key, "DisassociateKmsKey": _disassociate_kms_key}
