"""Parameters of clusters, with their defaults.

https://docs.aws.amazon.com/redshift/latest/mgmt/working-with-parameter-groups.html#default-param-group-values
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

from local.cloud.services.redshift.faults import invalid

#: Families of groups. The second one wants TLS unless a group says otherwise.
FAMILIES = ("redshift-1.0", "redshift-2.0")

#: What a cluster has for which no group is named.
DEFAULT_FAMILY = FAMILIES[1]

_BOOLEANS = "true,false"


class _Parameter(NamedTuple):
    default: str
    kind: str
    #: As the API tells what is allowed; None where it is not told.
    allowed: str | None
    description: str
    apply: str = "static"


_PARAMETERS = {
    "auto_analyze": _Parameter("true", "boolean", _BOOLEANS, "Use auto analyze"),
    "auto_mv": _Parameter("true", "boolean", _BOOLEANS, "Use auto mv"),
    "datestyle": _Parameter("ISO, MDY", "string", None, "Sets the display format of dates"),
    "enable_case_sensitive_identifier": _Parameter(
        "false", "boolean", _BOOLEANS, "Preserve case sensitivity of names"
    ),
    "enable_user_activity_logging": _Parameter(
        "false", "boolean", _BOOLEANS, "Log the statements of users"
    ),
    "extra_float_digits": _Parameter("0", "integer", "-15-2", "Digits of floating-point values"),
    "max_concurrency_scaling_clusters": _Parameter(
        "1", "integer", "0-10", "Concurrency scaling clusters at most"
    ),
    "max_cursor_result_set_size": _Parameter(
        "default", "integer", "0-14400000", "Size of a cursor's result, in megabytes"
    ),
    "query_group": _Parameter("default", "string", None, "Group of queries, in logs"),
    "require_ssl": _Parameter("false", "boolean", _BOOLEANS, "Require TLS of connections"),
    "search_path": _Parameter("$user, public", "string", None, "Order in which schemas are looked"),
    "statement_timeout": _Parameter(
        "0", "integer", "0,100-2147483647", "Milliseconds that a statement may take"
    ),
    "use_fips_ssl": _Parameter("false", "boolean", _BOOLEANS, "Use TLS as FIPS asks for"),
    "wlm_json_configuration": _Parameter(
        '[{"auto_wlm":true}]', "string", None, "Queues of queries", "dynamic"
    ),
}

_MOST_WLM = 8000


def defaults(family: str) -> dict[str, str]:
    """The parameters of the default group of a family."""
    found = {name: one.default for name, one in _PARAMETERS.items()}
    return {**found, "require_ssl": "true"} if family == FAMILIES[1] else found


def described(name: str, value: str, own: bool) -> dict[str, Any]:
    """A parameter as it is told; `own` where it is the group's and not the default."""
    one = _PARAMETERS[name]
    return {
        "ParameterName": name,
        "ParameterValue": value,
        "Description": one.description,
        "Source": "user" if own else "engine-default",
        "DataType": one.kind,
        "AllowedValues": one.allowed,
        "ApplyType": one.apply,
        "IsModifiable": True,
    }


def require_named(name: str | None) -> str:
    """The name of a parameter that there is.

    Raises:
        ServiceError: where there is none.
    """
    if name not in _PARAMETERS:
        raise invalid(f"Could not find parameter with name: {name}")
    return name


def require(name: str, value: str) -> None:
    """Look whether a parameter may have a value.

    Raises:
        ServiceError: where it may not.
    """
    one = _PARAMETERS[require_named(name)]
    right = True
    if one.kind == "boolean":
        right = value in ("true", "false")
    elif one.kind == "integer" and value != one.default:
        right = re.fullmatch(r"-?\d+", value) is not None and _within(int(value), one.allowed or "")
    elif name == "wlm_json_configuration":
        right = len(value) <= _MOST_WLM and _is_json(value)
    if not right:
        allowed = f". Allowed values: {one.allowed}" if one.allowed else ""
        raise invalid(f"Invalid parameter value: {value} for: {name}{allowed}")


def _within(value: int, allowed: str) -> bool:
    for part in allowed.split(","):
        low, _, high = part[1:].partition("-") if part.startswith("-") else part.partition("-")
        least = -int(low) if part.startswith("-") else int(low)
        if least <= value <= int(high or least):
            return True
    return False


def _is_json(text: str) -> bool:
    try:
        return isinstance(json.loads(text), list)
    except ValueError:
        return False
