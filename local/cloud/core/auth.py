"""Who may do what: one key is root, and roles are lent only to services they trust."""

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

from local.cloud.core import access, seam
from local.cloud.core.settings import ACCOUNT, REGION, Settings

#: Seconds that a service's credentials are good for.
SESSION_SECONDS = 3600


#: Services that do not say for whom they take a role.
_WITHOUT_SOURCE = ("ec2.amazonaws.com",)


class Denied(Exception):
    """A role cannot be had, or a call may not be made; the message says what is missing."""


def install(settings: Settings) -> None:
    """Make the administrator's key the only root, and its secret count."""

    def is_root(access_key_id: str) -> bool:
        return access_key_id == settings.access_key_id

    # ministack takes the key "test", every 12-digit key and a missing one for root as well, and
    # looks at the signature of none of them: `pin_signed_request` and `caller_verified` ask
    # `_is_root_key` whether to check at all, all else asks `is_root_access_key` for rights.
    iam_evaluator.is_root_access_key = is_root
    sts.is_root_access_key = is_root
    iam_evaluator._is_root_key = lambda _access_key_id: False
    plain_resolve = iam_evaluator.resolve_principal

    def resolve_principal(access_key_id: str, account_id: str | None = None, *rest: Any) -> Any:
        if is_root(access_key_id):
            return iam_evaluator.PrincipalInfo(
                arn=f"arn:aws:iam::{ACCOUNT}:root", type="Root", account=ACCOUNT, policies=None
            )
        return plain_resolve(access_key_id, account_id, *rest)

    iam_evaluator.resolve_principal = resolve_principal
    _tell_role_of_session()
    _patch_resource_arns()
    _refuse_calls_without_action()
    _keep_root_from_roles()
    _name_resource_in_denials()
    access.install()


def _refuse_calls_without_action() -> None:
    """Leave what IAM has no name for to the administrator: ministack lets everybody call it."""
    plain = iam_actions.extract_iam_action

    def extract_iam_action(service: str, method: str, path: str, *rest: Any) -> str:
        found = plain(service, method, path, *rest)
        # No policy can allow it: the service's prefix is none of AWS's.
        return found or f"unknown-{service}:{method}"

    iam_actions.extract_iam_action = extract_iam_action


def _keep_root_from_roles() -> None:
    """Have trust policies count for the administrator too: ministack takes root for any service.

    https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html: root cannot.
    """
    plain = iam_evaluator._trust_principal_matches

    def trust_principal_matches(principal: Any, caller_arn: str, federated: bool) -> bool:
        return not caller_arn.endswith(":root") and plain(principal, caller_arn, federated)

    iam_evaluator._trust_principal_matches = trust_principal_matches


def _tell_role_of_session() -> None:
    """Have `aws:PrincipalArn` name the role, as AWS does, where ministack names the session of it.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn
    """
    plain = iam_evaluator._resolve_condition_key

    def resolve(key: str, context: Any) -> Any:
        found = plain(key, context)
        if key.lower() == "aws:principalarn" and ":assumed-role/" in str(found):
            name = found.split("/")[1]
            role = iam._roles.get(name)
            return role["Arn"] if role else found
        return found

    iam_evaluator._resolve_condition_key = resolve


def _name_resource_in_denials() -> None:
    """Say on which resource an action was denied, as AWS does, for every service."""
    plain = iam_actions.access_denied_response

    def access_denied_response(
        service: str, action: str, principal_arn: str, request_id: str, **more: Any
    ) -> Any:
        if not (more.get("error_code") or more.get("message") or more.get("resource_policy_arn")):
            resource = more.get("resource_arn", "*")
            explicit = more.get("explicit_deny", False)
            more["message"] = _denial(principal_arn, action, resource, explicit)
        return plain(service, action, principal_arn, request_id, **more)

    iam_actions.access_denied_response = access_denied_response


def _patch_resource_arns() -> None:
    """Give IAM the resource of calls for which ministack knows none, or too coarse a one."""
    plain = iam_actions.extract_resource_arn

    def extract_resource_arn(
        service: str, method: str, path: str, headers: dict, body: bytes, *rest: Any
    ) -> str:
        named = _RESOURCES.get(service)
        if named is not None:
            try:
                content = json.loads(body or b"{}")
            except ValueError:
                content = {}
            operation = headers.get("x-amz-target", "").rsplit(".", 1)[-1]
            return named(operation or path, content)
        arn = plain(service, method, path, headers, body, *rest)
        if service == "logs" and headers.get("x-amz-target", "").endswith(_OF_STREAMS):
            # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html
            stream = json.loads(body or b"{}").get("logStreamName")
            return f"{arn.removesuffix(':*')}:log-stream:{stream}"
        # A key may end in a slash, which ministack takes away.
        if service == "s3" and path.endswith("/") and "/" in path.strip("/"):
            return f"{arn}/"
        return arn

    iam_actions.extract_resource_arn = extract_resource_arn


#: Calls that are about a stream, where ministack asks about its group.
_OF_STREAMS = (".CreateLogStream", ".GetLogEvents", ".PutLogEvents")

#: For a service: the ARN that a call is about.
_RESOURCES: dict[str, Callable[[str, dict[str, Any]], str]] = {}


def resources_of(service: str, named: Callable[[str, dict[str, Any]], str]) -> None:
    """Say how the ARN of a service's call is found.

    Args:
        service: what requests are signed for.
        named: gives it from the operation (in REST, the path) and the content.
    """
    _RESOURCES[service] = named


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
    """Lend a role to a service, after a look at the role's trust policy.

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
    decision = iam_evaluator.evaluate_resource_policy(
        document,
        iam_evaluator.EvalContext(
            principal_arn=f"service:{service}",
            principal_type="Service",
            principal_account=ACCOUNT,
            action="sts:AssumeRole",
            resource_arn=role_arn,
            region=REGION,
            secure_transport=True,
            service_context=context,
        ),
        service=service,
    )
    if decision.decision != "Allow":
        raise Denied(
            f"{service} is not authorized to perform: sts:AssumeRole on resource: {role_arn} "
            f"(its trust policy must allow the service{_source(source_arn)})"
        )
    return _session(role, service)


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
    """What opens the route that lends this role to this service, and for this resource alone."""
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
    return _denial(principal, action, resource_arn, getattr(denied, "decision", "") == "Deny")


#: An action, the resource that it is for, and what conditions may look at.
Asked = tuple[str, str, dict[str, str]]


def first_refusal(lent: Credentials, asked: list[Asked]) -> str | None:
    """Why a role may not do one of these; None where it may do them all."""
    for action, resource, context in asked:
        namespace = action.split(":", 1)[0]
        refused = refusal(lent.access_key_id, action, resource, namespace, context)
        if refused is not None:
            return refused
    return None


def _denial(principal_arn: str, action: str, resource_arn: str, explicit: bool) -> str:
    """Who may not do what, in AWS's words, and the statement that is missing."""
    said = iam_actions.identity_denial_message(action, principal_arn, resource_arn, explicit)
    if explicit or ":assumed-role/" not in principal_arn:
        return said
    return f"{said}; {access.needed(principal_arn, action, resource_arn)}"


def require_pass_role(
    headers: dict[str, str], query_params: dict[str, list[str]], role_arn: str, service: str
) -> None:
    """As `require_pass_role_of`, for the caller of a request."""
    require_pass_role_of(seam.caller(headers, query_params), role_arn, service)


def require_pass_role_of(access_key: str, role_arn: str, service: str) -> None:
    """Check `iam:PassRole`, which ministack never does.

    Args:
        access_key: the caller's.
        role_arn: the role.
        service: the principal that the role is passed to.

    Raises:
        ServiceError: AccessDeniedException with caller, role and service.
    """
    message = refusal(access_key, "iam:PassRole", role_arn, "iam", {"iam:PassedToService": service})
    if message is not None:
        raise seam.ServiceError(
            "AccessDeniedException", f"{message} (iam:PassedToService: {service})", 403
        )


def misnamed_action(headers: dict[str, str], query_string: str) -> bool:
    """Whether a JSON request names an action in its query string, which ministack reads first."""
    return "x-amz-target" in headers and "Action=" in query_string
