"""CloudWatch Logs: what a log group can be called, and its key.

The emulator takes a key only when the group is created.
"""

from __future__ import annotations

from typing import Any

from ministack.services import cloudwatch_logs, kms

from local.cloud.core import auth
from local.cloud.core.answers import Response, ServiceError
from local.cloud.core.service import Request
from local.cloud.core.settings import ACCOUNT, REGION

#: What CloudWatch Logs does with the key of a group.
#: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
_KEY_ACTIONS = ("Encrypt", "Decrypt", "ReEncryptFrom", "GenerateDataKey", "DescribeKey")


def _group(request: Request) -> dict[str, Any]:
    name = request.content.get("logGroupName")
    group = cloudwatch_logs._log_groups.get(name)
    if group is None:
        raise ServiceError(
            "ResourceNotFoundException", f"The specified log group does not exist: {name}"
        )
    return group


def _associate_kms_key(request: Request) -> dict[str, Any]:
    group = _group(request)
    _require_key(request)
    group["kmsKeyId"] = request.content["kmsKeyId"]
    return {}


def _require_key(request: Request) -> None:
    """Refuse a key that CloudWatch Logs may not use for the group."""
    arn = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{request.content['logGroupName']}"
    key = kms._resolve_key(request.content["kmsKeyId"])
    if key is None or key["KeyState"] != "Enabled" or not _admitted(key, arn):
        raise ServiceError(
            "InvalidParameterException",
            "The specified KMS Key Id does not exist, is not enabled, or is not allowed to be used "
            f"with Arn '{arn}'",
        )


def _admitted(key: dict[str, Any], arn: str) -> bool:
    context = {"kms:encryptioncontext:aws:logs:arn": arn}
    return any(
        all(
            auth.admits(key["Policy"], service, f"kms:{action}", key["Arn"], context)
            for action in _KEY_ACTIONS
        )
        for service in ("logs.amazonaws.com", f"logs.{REGION}.amazonaws.com")
    )


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
    if request.content.get("kmsKeyId"):
        _require_key(request)
    return await request.emulated()


OPERATIONS = {
    "AssociateKmsKey": _associate_kms_key,
    "CreateLogGroup": _create_log_group,
    "DisassociateKmsKey": _disassociate_kms_key,
}
