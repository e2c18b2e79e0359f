"""Logs of Glue in CloudWatch: their streams, and the key that encrypts them."""

from __future__ import annotations

import contextlib
from typing import Any

from ministack.services import glue

from local.cloud.core.answers import ServiceError


def require_security(security: str | None) -> None:
    """Refuse a security configuration that is not there."""
    if security and security not in glue._security_configs:
        raise ServiceError(
            "EntityNotFoundException", f"Security configuration {security} not found"
        )


def log_key(security: str | None) -> str | None:
    """ARN of the key that a security configuration encrypts logs by.

    What a run writes to S3 is encrypted as its bucket says: over plain HTTP, which the loopback is,
    the SDK in Spark sends no key.
    """
    known = glue._security_configs.get(security) if security else None
    encryption = (known or {}).get("EncryptionConfiguration", {}).get("CloudWatchEncryption") or {}
    if encryption.get("CloudWatchEncryptionMode") != "SSE-KMS":
        return None
    return encryption.get("KmsKeyArn")


def path_and_name(role: str) -> str:
    """A role as Glue knows it, of its ARN, of its name, or of both path and name."""
    return role.rsplit(":role/", 1)[-1].lstrip("/")


def open_stream(logs: Any, group: str, stream: str, key: str | None) -> None:
    """Make a log stream, and its group where that is not there; put the key on the group."""
    known = logs.exceptions.ResourceAlreadyExistsException
    try:
        with contextlib.suppress(known):
            logs.create_log_stream(logGroupName=group, logStreamName=stream)
    except logs.exceptions.ResourceNotFoundException:
        with contextlib.suppress(known):
            logs.create_log_group(logGroupName=group)
        with contextlib.suppress(known):
            logs.create_log_stream(logGroupName=group, logStreamName=stream)
    if key is not None:
        logs.associate_kms_key(logGroupName=group, kmsKeyId=key)
