"""The operations of IAM that have a quota, or names that are taken in another case.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

from __future__ import annotations

import re

from ministack.services import iam

from local.cloud.core import principals
from local.cloud.core.answers import Response, ServiceError
from local.cloud.core.service import Operation, Request

#: Characters of a role's inline policies together, without white space.
_INLINE = 10_240
#: Characters of a managed policy, without white space.
_MANAGED = 6_144
#: Characters of a role's trust policy, as long as nobody asked for more.
_TRUST = 2_048
#: Managed policies of a role, as long as nobody asked for more.
_ATTACHED = 10


def _size(document: str) -> int:
    """Characters that count: white space does not."""
    return len(re.sub(r"\s", "", document))


def _one(request: Request, name: str) -> str:
    return request.content.get(name, "")


def _require_size(what: str, document: str, most: int) -> None:
    if _size(document) > most:
        raise ServiceError("LimitExceeded", f"Cannot exceed quota for {what}: {most}", 409)


async def _create_role(request: Request) -> Response:
    name = _one(request, "RoleName")
    _require_free("Role", name, list(iam._roles))
    _require_tags(request)
    _require_trust(_one(request, "AssumeRolePolicyDocument"))
    return await request.emulated()


async def _update_assume_role_policy(request: Request) -> Response:
    _require_trust(_one(request, "PolicyDocument"))
    return await request.emulated()


def _require_trust(document: str) -> None:
    _require_size("ACLSizePerRole", document, _TRUST)
    missing = principals.missing(document)
    if missing is not None:
        raise ServiceError(
            "MalformedPolicyDocument", f'Invalid principal in policy: "AWS":"{missing}"'
        )


async def _put_role_policy(request: Request) -> Response:
    role = iam._roles.get(_one(request, "RoleName"))
    if role is not None:
        others = {**role["InlinePolicies"]}
        others.pop(_one(request, "PolicyName"), None)
        size = sum(map(_size, others.values())) + _size(_one(request, "PolicyDocument"))
        if size > _INLINE:
            raise ServiceError(
                "LimitExceeded",
                f"Maximum policy size of {_INLINE} bytes exceeded for role {role['RoleName']}",
                409,
            )
    return await request.emulated()


async def _create_policy(request: Request) -> Response:
    names = [policy["PolicyName"] for policy in iam._policies.values()]
    _require_free("A policy", _one(request, "PolicyName"), names)
    _require_tags(request)
    _require_size("PolicySize", _one(request, "PolicyDocument"), _MANAGED)
    return await request.emulated()


async def _create_policy_version(request: Request) -> Response:
    _require_size("PolicySize", _one(request, "PolicyDocument"), _MANAGED)
    return await request.emulated()


async def _attach_role_policy(request: Request) -> Response:
    arn = _one(request, "PolicyArn")
    # Of AWS's own policies the emulator knows some.
    if not arn.startswith("arn:aws:iam::aws:") and arn not in iam._policies:
        raise ServiceError(
            "NoSuchEntity", f"Policy {arn} does not exist or is not attachable.", 404
        )
    role = iam._roles.get(_one(request, "RoleName"))
    if role is not None and len({*role["AttachedPolicies"], arn}) > _ATTACHED:
        raise ServiceError(
            "LimitExceeded", f"Cannot exceed quota for PoliciesPerRole: {_ATTACHED}", 409
        )
    return await request.emulated()


async def _create_instance_profile(request: Request) -> Response:
    _require_free(
        "Instance Profile", _one(request, "InstanceProfileName"), list(iam._instance_profiles)
    )
    _require_tags(request)
    return await request.emulated()


def _require_free(what: str, name: str, taken: list[str]) -> None:
    """Names are kept as they are given, and not told apart by their case."""
    if other := [one for one in taken if one.lower() == name.lower()]:
        raise ServiceError(
            "EntityAlreadyExists", f"{what} with name {other[0]} already exists.", 409
        )


def _tagging() -> Operation:
    async def tag(request: Request) -> Response:
        _require_tags(request)
        return await request.emulated()

    return tag


def _require_tags(request: Request) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html"""
    for name, key in request.content.items():
        if re.fullmatch(r"Tags\.member\.\d+\.Key", name) and key.lower().startswith("aws:"):
            raise ServiceError(
                "InvalidInput", f"Tag keys that begin with aws: are reserved for AWS: {key}"
            )


OPERATIONS = {
    "AttachRolePolicy": _attach_role_policy,
    "CreateInstanceProfile": _create_instance_profile,
    "CreatePolicy": _create_policy,
    "CreatePolicyVersion": _create_policy_version,
    "CreateRole": _create_role,
    "PutRolePolicy": _put_role_policy,
    "TagInstanceProfile": _tagging(),
    "TagPolicy": _tagging(),
    "TagRole": _tagging(),
    "UpdateAssumeRolePolicy": _update_assume_role_policy,
}
