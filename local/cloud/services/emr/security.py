"""Security configurations of EMR.

https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-security-configurations.html
"""

from __future__ import annotations

import json
import time
from typing import Any

from local.cloud.core.answers import ServiceError
from local.cloud.core.service import Operation, Request
from local.cloud.services.emr import calls, state


def _create(request: Request) -> dict[str, Any]:
    content = request.content
    name = content["Name"]
    if name in state.security_configurations:
        raise ServiceError(
            "InvalidRequestException", f"Security configuration with name '{name}' already exists."
        )
    try:
        given = json.loads(content["SecurityConfiguration"])
    except ValueError as error:
        raise ServiceError(
            "InvalidRequestException", f"The security configuration is no JSON: {error}"
        ) from error
    if not isinstance(given, dict) or not given:
        raise ServiceError(
            "InvalidRequestException", "The security configuration must be a JSON object"
        )
    entry = {
        "Name": name,
        "SecurityConfiguration": content["SecurityConfiguration"],
        "CreationDateTime": time.time(),
    }
    state.security_configurations[name] = entry
    return {"Name": name, "CreationDateTime": entry["CreationDateTime"]}


def _describe(request: Request) -> dict[str, Any]:
    content = request.content
    entry = state.security_configurations.get(content["Name"])
    if entry is None:
        raise ServiceError(
            "InvalidRequestException",
            f"Security configuration with name '{content['Name']}' does not exist.",
        )
    return entry


def _delete(request: Request) -> dict[str, Any]:
    del state.security_configurations[_describe(request)["Name"]]
    return {}


def _list(request: Request) -> dict[str, Any]:
    content = request.content
    listed = (
        {member: entry[member] for member in ("Name", "CreationDateTime")}
        for _, entry in sorted(state.security_configurations.items())
    )
    return calls.page(content, "SecurityConfigurations", listed)


OPERATIONS: dict[str, Operation] = {
    "CreateSecurityConfiguration": _create,
    "DeleteSecurityConfiguration": _delete,
    "DescribeSecurityConfiguration": _describe,
    "ListSecurityConfigurations": _list,
}
