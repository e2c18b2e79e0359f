"""Parameters that are there: of one type, never of a lower tier, and decrypted with their key.

https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
"""

from __future__ import annotations

import json
from typing import Any

from ministack.services import ssm

from local.cloud.core.answers import Response, ServiceError
from local.cloud.core.service import Request
from local.cloud.services.kms import decryption


async def _put_parameter(request: Request) -> Response:
    content = request.content
    there: dict[str, Any] | None = ssm._parameters.get(content["Name"])
    if there is not None and content.get("Overwrite"):
        kinds = {there["Type"], content.get("Type", there["Type"])}
        if "SecureString" in kinds and len(kinds) > 1:
            raise ServiceError(
                "HierarchyTypeMismatchException",
                f"The type of the parameter {content['Name']} can't be changed: create a new, "
                "unique parameter.",
            )
        if (there.get("Tier"), content.get("Tier")) == ("Advanced", "Standard"):
            raise ServiceError(
                "ValidationException",
                "This parameter uses the advanced-parameter tier. You can't downgrade a parameter "
                "from the advanced-parameter tier to the standard-parameter tier.",
            )
    return await request.emulated()


async def _decrypted(request: Request) -> Response:
    """Parameters, of which each that is encrypted is decrypted in the caller's place.

    https://docs.aws.amazon.com/systems-manager/latest/userguide/secure-string-parameter-kms-encryption.html
    """
    status, headers, body = await request.emulated()
    if status == 200 and request.content.get("WithDecryption"):
        answer = json.loads(body)
        for shown in answer.get("Parameters", [answer.get("Parameter") or {}]):
            if shown.get("Type") == "SecureString":
                _require_key(request, shown)
    return status, headers, body


def _require_key(request: Request, shown: dict[str, Any]) -> None:
    key = ssm._parameters.get(shown["Name"], {}).get("KeyId")
    context = {"kms:EncryptionContext:PARAMETER_ARN": shown["ARN"]}
    message = decryption.refusal(request.access_key, "ssm", key, context)
    if message is not None:
        raise ServiceError("AccessDeniedException", message)


OPERATIONS = {
    "GetParameter": _decrypted,
    "GetParameters": _decrypted,
    "GetParametersByPath": _decrypted,
    "PutParameter": _put_parameter,
}
