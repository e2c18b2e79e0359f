"""KMS: AWS managed keys, and the key that a call by an alias is about."""

from __future__ import annotations

import uuid
from typing import Any

from ministack.core import iam_actions
from ministack.services import kms

from local.cloud.core.answers import Response
from local.cloud.core.service import Request
from local.cloud.core.settings import ACCOUNT, REGION
from local.cloud.services.kms import policies

#: https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#aws-managed-cmk
_PREDEFINED = "alias/aws/"

#: When the account got its managed keys: before everything else.
_CREATED = 1_577_836_800


def _managed_key_id(alias: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{ACCOUNT}/{REGION}/{alias}"))


def _alias_of(key: str) -> str:
    """The alias in what names a key; empty where a key is named otherwise."""
    name = key.rsplit(":", 1)[-1]
    return name if name.startswith("alias/") else ""


async def _describe_key(request: Request) -> dict[str, Any] | Response:
    """A predefined alias has a key of AWS's as soon as somebody asks.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeKey.html
    """
    alias = _alias_of(request.content["KeyId"])
    if not alias.startswith(_PREDEFINED):
        return await request.emulated()
    key_id = _managed_key_id(alias)
    return {
        "KeyMetadata": {
            "AWSAccountId": ACCOUNT,
            "Arn": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{key_id}",
            "CreationDate": _CREATED,
            "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
            "Enabled": True,
            "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
            "KeyId": key_id,
            "KeyManager": "AWS",
            "KeySpec": "SYMMETRIC_DEFAULT",
            "KeyState": "Enabled",
            "KeyUsage": "ENCRYPT_DECRYPT",
            "MultiRegion": False,
            "Origin": "AWS_KMS",
        }
    }


def resource(_operation: str, content: dict[str, Any]) -> str:
    """The ARN that a call is about: by an alias it is about the alias's key.

    https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html
    """
    key = content.get("KeyId") or iam_actions._kms_key_id_from_ciphertext(
        content.get("CiphertextBlob") or ""
    )
    if not key:
        return "*"
    alias = _alias_of(key)
    if alias.startswith(_PREDEFINED):
        key = _managed_key_id(alias)
    elif alias:
        key = (kms._resolve_key(key) or {}).get("KeyId", key)
    return key if key.startswith("arn:") else f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{key}"


OPERATIONS = {"DescribeKey": _describe_key, **policies.OPERATIONS}
