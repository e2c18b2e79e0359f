"""What KMS refuses of key policies, of aliases, and of keys that are being deleted."""

from __future__ import annotations

import json
from typing import Any

from ministack.services import kms

from local.cloud.core import principals
from local.cloud.core.answers import Response, ServiceError
from local.cloud.core.service import Request
from local.cloud.core.settings import ACCOUNT

#: https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html
_MOST_ALIASES = 50

#: Who the administrator is, who calls: the account itself.
_ACCOUNT = ("*", ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root")


async def _with_policy(request: Request) -> Response:
    """https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html"""
    _require_usable(request)
    document = request.content.get("Policy")
    if document:
        try:
            policy = json.loads(document)
        except ValueError as error:
            raise ServiceError(
                "MalformedPolicyDocumentException", "The key policy is not JSON"
            ) from error
        bypass = request.content.get("BypassPolicyLockoutSafetyCheck")
        if not bypass and not any(map(_lets_change, _list(policy.get("Statement")))):
            raise ServiceError(
                "MalformedPolicyDocumentException",
                "The new key policy will not allow you to update the key policy in the future.",
            )
        if principals.missing(policy) is not None:
            raise ServiceError(
                "MalformedPolicyDocumentException",
                "Policy contains a statement with one or more invalid principals.",
            )
    return await request.emulated()


def _lets_change(statement: dict[str, Any]) -> bool:
    """Whether a statement lets the account change the policy again."""
    principal = statement.get("Principal")
    named = _list(principal.get("AWS") if isinstance(principal, dict) else principal)
    actions = [str(action).lower() for action in _list(statement.get("Action"))]
    return (
        statement.get("Effect") == "Allow"
        and any(one in _ACCOUNT for one in named)
        and any(action in ("*", "kms:*", "kms:put*", "kms:putkeypolicy") for action in actions)
    )


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _require_usable(request: Request) -> None:
    """Refuse a key that is being deleted.

    https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
    """
    key = kms._resolve_key(request.content.get("TargetKeyId") or request.content.get("KeyId"))
    if key is not None and key["KeyState"] == "PendingDeletion":
        raise ServiceError("KMSInvalidStateException", f"{key['Arn']} is pending deletion.")


async def _of_usable_key(request: Request) -> Response:
    _require_usable(request)
    return await request.emulated()


async def _create_alias(request: Request) -> Response:
    """https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html"""
    if request.content["AliasName"].startswith("alias/aws/"):
        raise ServiceError(
            "InvalidAliasNameException", "The prefix alias/aws/ is reserved for AWS managed keys"
        )
    _require_usable(request)
    key = kms._resolve_key(request.content["TargetKeyId"])
    if key is not None and list(kms._aliases.values()).count(key["KeyId"]) >= _MOST_ALIASES:
        raise ServiceError(
            "LimitExceededException", f"The key has {_MOST_ALIASES} aliases, the most that one has"
        )
    return await request.emulated()


OPERATIONS = {
    "CreateAlias": _create_alias,
    "CreateKey": _with_policy,
    "DisableKeyRotation": _of_usable_key,
    "EnableKeyRotation": _of_usable_key,
    "PutKeyPolicy": _with_policy,
    "ScheduleKeyDeletion": _of_usable_key,
    "TagResource": _of_usable_key,
    "UntagResource": _of_usable_key,
    "UpdateAlias": _of_usable_key,
    "UpdateKeyDescription": _of_usable_key,
}
