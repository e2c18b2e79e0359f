"""Who may do what: one key is root, and roles are vended only to services that they trust."""

from __future__ import annotations

import hmac
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from ministack.core import iam_actions, iam_evaluator
from ministack.services import iam, sts

from local.cloud.core import access, model
from local.cloud.core.answers import ServiceError
from local.cloud.core.settings import ACCOUNT, REGION, Settings

#: Seconds that a service's credentials are good for.
SESSION_SECONDS = 3600


#: Services that do not say for whom they take a role.
_WITHOUT_SOURCE = ("ec2.amazonaws.com",)


class Denied(Exception):
    """A role cannot be had, or a call may not be made; the message says what is missing."""


#: For a service: the ARN that a call is about.
RESOURCES: dict[str, Callable[[str, dict[str, Any]], str]] = {}


def resources_of(service: str, named: Callable[[str, dict[str, Any]], str]) -> None:
    """Say how the ARN of a service's call is found.

    Args:
        service: what requests are signed for.
        named: gives it from the operation (in REST, the path) and the content.
    """
    RESOURCES[service] = named


#: For the prefix of a service's actions: what conditions may look at.
CONDITION_KEYS: dict[str, Callable[[str, dict[str, Any]], dict[str, Any]]] = {}


def condition_keys_of(service: str, keys: Callable[[str, dict[str, Any]], dict[str, Any]]) -> None:
    """Say what conditions may look at in a service's calls.

    Args:
        service: what requests are signed for, which is also the prefix of its actions.
        keys: gives them, by their names, from the ARN of the resource and from those of ministack.
    """
    # Without its model ministack finds no tags in a request.
    iam_actions._BOTOCORE_SERVICE_MAP[service] = [model.SERVICES[service]]
    CONDITION_KEYS[service] = keys


@dataclass(frozen=True)
class Credentials:
    """Temporary credentials of a role."""

    access_key_id: str
    secret_access_key: str
    session_token: str
    expiration: float


def role_named(arn: str) -> dict[str, Any]:
    """The role of an ARN.

    Raises:
        Denied: where there is none.
    """
    role = iam._roles.get(arn.rsplit("/", 1)[-1])
    if role is None or role.get("Arn") != arn:
        raise Denied(f"there is no role {arn}")
    return role


def assume(role_arn: str, service: str, source_arn: str | None = None) -> Credentials:
    """Vend credentials of a role to a service, after a look at the role's trust policy.

    Args:
        role_arn: the role.
        service: the service's principal, such as `redshift.amazonaws.com`.
        source_arn: the resource that the service acts for, where it is known.

    Raises:
        Denied: where the role is not there or does not trust the service, with what was asked for.
    """
    role = role_named(role_arn)
    context: dict[str, Any] = {}
    if service not in _WITHOUT_SOURCE:
        context["aws:sourceaccount"] = ACCOUNT
        if source_arn is not None:
            context["aws:sourcearn"] = source_arn
    trust = role["AssumeRolePolicyDocument"]
    document = json.loads(trust) if isinstance(trust, str) else json.loads(json.dumps(trust))
    statements = document.get("Statement", [])
    for statement in statements if isinstance(statements, list) else [statements]:
        # A trust policy names no resource; the evaluator wants one.
        statement.setdefault("Resource", "*")
    if not admits(document, service, "sts:AssumeRole", role_arn, context):
        raise Denied(
            f"{service} is not authorized to perform: sts:AssumeRole on resource: {role_arn} "
            f"(its trust policy must allow the service{_source(source_arn)})"
        )
    return _session(role, service)


def admits(
    policy: dict[str, Any] | str, service: str, action: str, resource: str, context: dict[str, Any]
) -> bool:
    """Whether the policy of a resource lets a service do something.

    Args:
        policy: the document.
        service: the service's principal.
        action: such as `kms:Encrypt`.
        resource: the ARN of what has the policy.
        context: what conditions look at, by keys in small letters.
    """
    decision = iam_evaluator.evaluate_resource_policy(
        policy,
        iam_evaluator.EvalContext(
            principal_arn=f"service:{service}",
            principal_type="Service",
            principal_account=ACCOUNT,
            action=action,
            resource_arn=resource,
            region=REGION,
            secure_transport=True,
            service_context=context,
        ),
        service=service,
    )
    return decision.decision == "Allow"


def _source(source_arn: str | None) -> str:
    return f", with aws:SourceAccount {ACCOUNT}" + (
        f" and aws:SourceArn {source_arn}" if source_arn else ""
    )


def _session(role: dict[str, Any], service: str) -> Credentials:
    credentials = Credentials(
        access_key_id="ASIA" + secrets.token_hex(8).upper(),
        secret_access_key=secrets.token_urlsafe(30),
        session_token=secrets.token_urlsafe(120),
        expiration=time.time() + SESSION_SECONDS,
    )
    session = service.split(".", 1)[0]
    sts.register_session(
        credentials.access_key_id,
        {
            "Arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{role['RoleName']}/{session}",
            "UserId": f"{role['RoleId']}:{session}",
            "SecretAccessKey": credentials.secret_access_key,
            "SessionToken": credentials.session_token,
            "Expiration": credentials.expiration,
            "AccountId": ACCOUNT,
            "PrincipalType": "AssumedRole",
        },
    )
    return credentials


def route_token(settings: Settings, service: str, role_arn: str, source_arn: str = "") -> str:
    """What opens the route that vends this role to this service, and for this resource alone."""
    message = f"{service}|{role_arn}" + (f"|{source_arn}" if source_arn else "")
    return hmac.new(settings.token.encode(), message.encode(), sha256).hexdigest()


def refusal(
    access_key: str,
    action: str,
    resource_arn: str,
    service: str,
    context: dict[str, Any] | None = None,
) -> str | None:
    """Why a caller may not do something; None where it may."""
    namespace = action.split(":", 1)[0]
    denied = access.ask(
        access_key, action, namespace, REGION, resource_arn=resource_arn, service_context=context
    )
    if denied is None:
        return None
    principal = getattr(denied, "principal_arn", "") or access_key
    explicit = getattr(denied, "decision", "") == "Deny"
    return denial(principal, action, resource_arn, explicit, (context or {}).get(access.PASSED_TO))


#: As the emulator has it, before it is made to say more by what is here.
_in_words_of_aws = iam_actions.identity_denial_message

#: An action, the resource that it is for, and what conditions may look at.
Asked = tuple[str, str, dict[str, str]]


def first_refusal(vended: Credentials, asked: list[Asked]) -> str | None:
    """Why a role may not do one of these; None where it may do them all."""
    for action, resource, context in asked:
        namespace = action.split(":", 1)[0]
        refused = refusal(vended.access_key_id, action, resource, namespace, context)
        if refused is not None:
            return refused
    return None


def denial(
    principal_arn: str,
    action: str,
    resource_arn: str,
    explicit: bool,
    passed_to: str | None = None,
) -> str:
    """Who may not do what, in AWS's words, and the statement that is missing."""
    said = _in_words_of_aws(action, principal_arn, resource_arn, explicit)
    if explicit or ":assumed-role/" not in principal_arn:
        return said
    return f"{said}; {access.needed(principal_arn, action, resource_arn, passed_to)}"


def require_pass_role(access_key: str, role_arn: str, service: str) -> None:
    """Check `iam:PassRole`, which ministack never does.

    Args:
        access_key: the caller's.
        role_arn: the role.
        service: the principal that the role is passed to.

    Raises:
        ServiceError: AccessDeniedException with caller, role and service.
    """
    message = refusal(access_key, "iam:PassRole", role_arn, "iam", {access.PASSED_TO: service})
    if message is not None:
        raise ServiceError(
            "AccessDeniedException", f"{message} (iam:PassedToService: {service})", 403
        )


def misnamed_action(headers: dict[str, str], query_string: str) -> bool:
    """Whether a JSON request names an action in its query string, which ministack reads first."""
    return "x-amz-target" in headers and "Action=" in query_string
