"""Decryption by a service in the place of its caller, as with a key of the caller's choice."""

from __future__ import annotations

from ministack.services import kms

from local.cloud.core import auth
from local.cloud.core.settings import REGION


def refusal(
    access_key: str, service: str, key_id: str | None, context: dict[str, str]
) -> str | None:
    """Why a caller may not have something decrypted; None where it may.

    With the service's own key whoever may read may have it decrypted:
    https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#aws-managed-cmk

    Args:
        access_key: the caller's.
        service: the service that asks, as its endpoint is named.
        key_id: the key, by id, ARN or alias; None for the service's own.
        context: what conditions may look at of the encryption context.
    """
    key = kms._resolve_key(key_id) if key_id else None
    if key is None:
        return None
    via = {"kms:ViaService": f"{service}.{REGION}.amazonaws.com"}
    return auth.refusal(access_key, "kms:Decrypt", key["Arn"], "kms", {**via, **context})
