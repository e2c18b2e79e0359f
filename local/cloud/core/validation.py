"""What AWS refuses although its API models allow it: in parameters and policies."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from local.cloud.core import limits
from local.cloud.core.limits import Refusal

_POLICY_MEMBERS = {
    "CreatePolicy": ("PolicyDocument", "identity"),
    "CreatePolicyVersion": ("PolicyDocument", "identity"),
    "CreateRole": ("AssumeRolePolicyDocument", "trust"),
    "PutRolePolicy": ("PolicyDocument", "identity"),
    "UpdateAssumeRolePolicy": ("PolicyDocument", "trust"),
}

#: Bytes of a parameter's value; https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html
_PARAMETER_BYTES = {"Standard": 4096, "Advanced": 8192, "Intelligent-Tiering": 8192}

#: Characters of a parameter's name; those that the model allows besides are for internal use.
#: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
_PARAMETER_NAME = 1011

#: Days that a log group can keep its events; a group that keeps them for ever has no retention.
#: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
_RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827),
    *(2192, 2557, 2922, 3288, 3653),
)


def refusal(service: str, operation: str, members: dict[str, Any]) -> Refusal | None:
    """Why AWS would refuse a request that is right by its model; None where it would not."""
    if (service, operation) == ("ssm", "PutParameter"):
        found = _parameter(members)
        return ("ValidationException", found) if found else None
    if (service, operation) == ("logs", "PutRetentionPolicy"):
        days = members["retentionInDays"]
        if days not in _RETENTION_DAYS:
            allowed = ", ".join(map(str, _RETENTION_DAYS))
            return "InvalidParameterException", f"retentionInDays is {days}; allowed: {allowed}"
    if service == "iam" and operation in _POLICY_MEMBERS:
        member, kind = _POLICY_MEMBERS[operation]
        found = policy_problem(members[member], kind)
        if found:
            return "MalformedPolicyDocument", found
    return limits.refusal(service, operation, members)


def _parameter(members: dict[str, Any]) -> str | None:
    """https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html"""
    name, value = members["Name"], members["Value"]
    if not value:
        return (
            "1 validation error detected: Value '' at 'value' failed to satisfy constraint: "
            "Member must have length greater than or equal to 1."
        )
    limit = _PARAMETER_BYTES[members.get("Tier", "Standard")]
    if len(value.encode()) > limit:
        return f"The value of the parameter {name} has more than {limit} bytes"
    levels = name.removeprefix("/").split("/")
    if levels[0].lower().startswith(("aws", "ssm")):
        return f'Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive): {name}'
    if not all(re.fullmatch(r"[A-Za-z0-9_.-]+", level) for level in levels):
        return (
            f"Parameter name {name}: each sub-path can be formed as a mix of letters, numbers and "
            "the following 3 symbols .-_"
        )
    if len(levels) > 1 and not name.startswith("/"):
        return f"Parameter name: must be a fully qualified name, which begins with /: {name}"
    if len(name) > _PARAMETER_NAME:
        return f"Parameter name: {name} has more than {_PARAMETER_NAME} characters"
    if len(levels) > 15:
        return f"Parameter name: a hierarchy has 15 levels at most: {name}"
    return None


def policy_problem(document: str, kind: str, bucket: str = "") -> str | None:
    """What is wrong with a policy document.

    Args:
        document: the policy.
        kind: `identity`, `trust`, or `bucket`.
        bucket: whose policy it is.
    """
    try:
        policy = json.loads(document)
    except ValueError:
        return "This policy contains invalid Json"
    if not isinstance(policy, dict):
        return "Syntax errors in policy."
    return next(_policy_problems(policy, kind, bucket), None)


def _policy_problems(policy: dict[str, Any], kind: str, bucket: str) -> Iterator[str]:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html"""
    if other := sorted(set(policy) - {"Version", "Id", "Statement"}):
        yield f"Syntax errors in policy: {other[0]} is no element of a policy"
    if policy.get("Version", "2012-10-17") not in ("2012-10-17", "2008-10-17"):
        yield f"The policy's Version {policy['Version']!r} must be 2012-10-17 or 2008-10-17"
    statements = _list(policy.get("Statement"))
    if not statements:
        yield "Syntax errors in policy: there is no Statement"
    seen: set[str] = set()
    for statement in statements:
        if not isinstance(statement, dict):
            yield "Syntax errors in policy: a Statement is no object"
            continue
        sid = statement.get("Sid")
        if sid is not None:
            if sid in seen:
                yield f"Statement IDs (SID) in a single policy must be unique: {sid}"
            seen.add(sid)
        yield from _statement_problems(statement, kind, bucket)


_ELEMENTS = {
    *("Sid", "Effect", "Action", "NotAction", "Resource", "NotResource"),
    *("Principal", "NotPrincipal", "Condition"),
}


def _statement_problems(statement: dict[str, Any], kind: str, bucket: str) -> Iterator[str]:
    if other := sorted(set(statement) - _ELEMENTS):
        yield f"Syntax errors in policy: {other[0]} is no element of a Statement"
    if kind != "bucket" and not re.fullmatch(r"[A-Za-z0-9]*", statement.get("Sid", "")):
        yield f"Statement IDs (SID) must be alpha-numeric: {statement['Sid']}"
    if statement.get("Effect") not in ("Allow", "Deny"):
        yield f"The Effect {statement.get('Effect')!r} must be Allow or Deny"
    if ("Action" in statement) == ("NotAction" in statement):
        yield "A Statement must have either Action or NotAction"
    for action in _list(statement.get("Action", statement.get("NotAction"))):
        if action != "*" and not re.fullmatch(r"[A-Za-z0-9-]+:[A-Za-z0-9*?]+", str(action)):
            yield f"Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2: {action}"
    named = {"Principal", "NotPrincipal"} & set(statement)
    if kind == "identity" and named:
        yield "Policy document should not specify a principal."
    if kind != "identity" and not named:
        yield "Missing required field Principal"
    resources = {"Resource", "NotResource"} & set(statement)
    if kind == "trust" and resources:
        yield "Has prohibited field Resource"
    if kind != "trust" and len(resources) != 1:
        yield "Policy statement must contain resources."
    for resource in _list(statement.get("Resource", statement.get("NotResource"))):
        if kind == "bucket":
            if not re.fullmatch(rf"arn:aws[a-z-]*:s3:::{re.escape(bucket)}(/.*)?", str(resource)):
                yield f"Policy has invalid resource: {resource}"
        elif resource != "*" and not re.fullmatch(r"arn:[^:]*:[^:]+:[^:]*:[^:]*:.+", str(resource)):
            yield f'Resource {resource} must be in ARN format or "*".'
    conditions = statement.get("Condition", {})
    if not isinstance(conditions, dict) or not all(
        isinstance(keys, dict) for keys in conditions.values()
    ):
        yield "Syntax errors in policy: a Condition is an operator with keys and values"


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
