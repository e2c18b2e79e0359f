"""Secrets that a key of the account encrypts: who reads one decrypts it with that key.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
"""

from __future__ import annotations

from ministack.services import secretsmanager

from local.cloud.core.answers import Response, ServiceError
from local.cloud.core.service import Request
from local.cloud.services.kms import decryption


async def _get_secret_value(request: Request) -> Response:
    _, secret = secretsmanager._resolve(request.content["SecretId"])
    if secret is not None:
        context = {"kms:EncryptionContext:SecretARN": secret["ARN"]}
        message = decryption.refusal(
            request.access_key, "secretsmanager", secret.get("KmsKeyId"), context
        )
        if message is not None:
            raise ServiceError("AccessDeniedException", f"Access to KMS is not allowed: {message}")
    return await request.emulated()


OPERATIONS = {"GetSecretValue": _get_secret_value}
