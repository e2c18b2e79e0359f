"""CloudWatch Logs: what a log group can be called, and its key.

The emulator takes a key only when the group is created.
"""

from __future__ import annotations

from typing import Any

from ministack.services import cloudwatch_logs

from local.cloud.core.answers import Response, ServiceError
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


async def _create_log_group(request: Request) -> Response:
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html"""
    name = request.content["logGroupName"]
    if name.startswith("aws/"):
        raise ServiceError(
            "InvalidParameterException", f"Log group names can't start with the string aws/: {name}"
        )
    for key in request.content.get("tags") or {}:
        if key.lower().startswith("aws:"):
            raise ServiceError(
                "InvalidParameterException", f"Tag keys that begin with aws: are reserved: {key}"
            )
    return await request.emulated()


OPERATIONS = {
    "AssociateKmsKey": _associate_kms_key,
    "CreateLogGroup": _create_log_group,
    "DisassociateKmsKey": _disassociate_kms_key,
}
