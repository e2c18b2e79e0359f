"""Parameters that are there: of one type, and never of a lower tier.

https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
"""

from __future__ import annotations

from typing import Any

from ministack.services import ssm

from local.cloud.core.answers import Response, ServiceError
from local.cloud.core.service import Request


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


OPERATIONS = {"PutParameter": _put_parameter}
