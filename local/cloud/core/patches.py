"""What is replaced in the emulator: all of it here, each name with its reason.

Services are not patched: they are registered whole (`service.py`). What is left is what the
emulator asks itself, before it asks a service: who calls, and whether they may. The names are
private, so that the emulator's version is pinned (`emulator.py`). `docs/upstream.md` has the text
of an issue for each fault that is not ours alone. The list can only get shorter.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from types import ModuleType
from typing import Any

from ministack.core import iam_actions, iam_evaluator
from ministack.services import iam, sts

from local.cloud.core import access, auth, reference
from local.cloud.core.settings import ACCOUNT, Settings

#: What is replaced, and why.
PATCHED = {
    "core.iam_actions.access_denied_response": "denials name the resource, of every service",
    "core.iam_actions.extract_iam_action": "what IAM has no name for is left to the administrator",
    "core.iam_actions.extract_resource_arn": "services tell which resource a call is about",
    "core.iam_actions.identity_denial_message": "denials tell the statement that is needed",
    "core.iam_evaluator._is_root_key": "no key is exempt from having its signature verified",
    "core.iam_evaluator._resolve_condition_key": "aws:PrincipalArn of a session is its role",
    "core.iam_evaluator._trust_principal_matches": "trust policies count for the root user too",
    "core.iam_evaluator.enforce": "every decision is noted; services add condition keys",
    "core.iam_evaluator.evaluate": "what is decided on is noted",
    "core.iam_evaluator.is_root_access_key": "the administrator's key is the only root",
    "core.iam_evaluator.resolve_principal": "the administrator's key is the only root",
    "services.stepfunctions._run_execution": "executions run here, whatever starts them",
    "services.sts.is_root_access_key": "the administrator's key is the only root",
}


def patch(module: ModuleType, name: str, around: Callable[[Any], Any]) -> None:
    """Replace a name of the emulator's.

    Args:
        module: the module that has it.
        name: its name there.
        around: gives what replaces it, from what is there.

    Raises:
        LookupError: where the name is not in the list.
    """
    listed = f"{module.__name__.removeprefix('ministack.')}.{name}"
    if listed not in PATCHED:
        raise LookupError(f"{listed} is not among PATCHED in {__name__}")
    setattr(module, name, around(getattr(module, name)))


def install(settings: Settings) -> None:
    """Replace all of them but those that services ask for."""
    _keep_one_root(settings)
    patch(iam_evaluator, "_resolve_condition_key", _telling_role_of_session)
    patch(iam_actions, "extract_resource_arn", _naming_resource)
    patch(iam_actions, "extract_iam_action", _refusing_calls_without_action)
    patch(iam_evaluator, "_trust_principal_matches", _keeping_root_from_roles)
    patch(iam_actions, "access_denied_response", _naming_resource_in_denials)
    patch(iam_actions, "identity_denial_message", _telling_what_is_needed)
    patch(iam_evaluator, "evaluate", access.noting_context)
    patch(iam_evaluator, "enforce", access.noting_decision)
    patch(iam_evaluator, "enforce", _adding_condition_keys)


def _keep_one_root(settings: Settings) -> None:
    """Make the administrator's key the only root, and its secret count.

    The emulator takes the key "test", every 12-digit key and a missing one for root as well, and
    looks at the signature of none of them: `pin_signed_request` and `caller_verified` ask
    `_is_root_key` whether to check at all, all else asks `is_root_access_key` for rights.
    """

    def is_root(access_key_id: str) -> bool:
        return access_key_id == settings.access_key_id

    def resolving(plain: Callable[..., Any]) -> Callable[..., Any]:
        def resolve_principal(access_key_id: str, account_id: str | None = None, *rest: Any) -> Any:
            if is_root(access_key_id):
                return iam_evaluator.PrincipalInfo(
                    arn=f"arn:aws:iam::{ACCOUNT}:root", type="Root", account=ACCOUNT, policies=None
                )
            return plain(access_key_id, account_id, *rest)

        return resolve_principal

    patch(iam_evaluator, "is_root_access_key", lambda _plain: is_root)
    patch(sts, "is_root_access_key", lambda _plain: is_root)
    patch(iam_evaluator, "_is_root_key", lambda _plain: lambda _access_key_id: False)
    patch(iam_evaluator, "resolve_principal", resolving)


def _refusing_calls_without_action(plain: Callable[..., Any]) -> Callable[..., Any]:
    """Leave what IAM has no name for to the administrator: the emulator lets everybody call it."""

    def extract_iam_action(service: str, method: str, path: str, *rest: Any) -> str:
        found = plain(service, method, path, *rest)
        # No policy can allow it: the service's prefix is none of AWS's.
        return found or f"unknown-{service}:{method}"

    return extract_iam_action


def _keeping_root_from_roles(plain: Callable[..., Any]) -> Callable[..., Any]:
    """Have trust policies count for root, which the emulator takes for any service.

    https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html: root cannot.
    """

    def trust_principal_matches(principal: Any, caller_arn: str, federated: bool) -> bool:
        return not caller_arn.endswith(":root") and plain(principal, caller_arn, federated)

    return trust_principal_matches


def _telling_role_of_session(plain: Callable[..., Any]) -> Callable[..., Any]:
    """Have `aws:PrincipalArn` name the role, where the emulator names the session of it.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn
    """

    def resolve_condition_key(key: str, context: Any) -> Any:
        found = plain(key, context)
        if key.lower() == "aws:principalarn" and ":assumed-role/" in str(found):
            role = iam._roles.get(found.split("/")[1])
            return role["Arn"] if role else found
        return found

    return resolve_condition_key


def _naming_resource_in_denials(plain: Callable[..., Any]) -> Callable[..., Any]:
    """Say on which resource an action was denied, as AWS does, for every service."""

    def access_denied_response(
        service: str, action: str, principal_arn: str, request_id: str, **more: Any
    ) -> Any:
        if not (more.get("error_code") or more.get("message") or more.get("resource_policy_arn")):
            resource = more.get("resource_arn", "*")
            explicit = more.get("explicit_deny", False)
            more["message"] = auth.denial(principal_arn, action, resource, explicit)
        return plain(service, action, principal_arn, request_id, **more)

    return access_denied_response


def _telling_what_is_needed(_: Callable[..., str]) -> Callable[..., str]:
    """Say it also where the emulator words a denial by itself, as for Systems Manager and Logs."""

    def identity_denial_message(
        action: str, principal_arn: str, resource: str, explicit_deny: bool
    ) -> str:
        return auth.denial(principal_arn, action, resource, explicit_deny)

    return identity_denial_message


#: Calls that are about a stream, where the emulator asks about its group.
_OF_STREAMS = (".CreateLogStream", ".GetLogEvents", ".PutLogEvents")


def _naming_resource(plain: Callable[..., Any]) -> Callable[..., Any]:
    """Give IAM the resource of calls for which the emulator knows none, or too coarse a one."""

    def extract_resource_arn(
        service: str,
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes,
        query: dict[str, list[str]],
        *rest: Any,
    ) -> str:
        named = auth.RESOURCES.get(service)
        if named is not None and "Action" in query:
            return named(*reference.content(headers, body, query))
        if named is not None:
            try:
                content = json.loads(body or b"{}")
            except ValueError:
                content = {}
            operation = headers.get("x-amz-target", "").rsplit(".", 1)[-1]
            return named(operation or path, content)
        arn = plain(service, method, path, headers, body, query, *rest)
        if arn == "*" and service != "s3":
            namespace = iam_actions.SERVICE_TO_IAM_NAMESPACE.get(service, service)
            return reference.resource(namespace, *reference.content(headers, body, query))
        if service == "logs" and headers.get("x-amz-target", "").endswith(_OF_STREAMS):
            # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html
            stream = json.loads(body or b"{}").get("logStreamName")
            return f"{arn.removesuffix(':*')}:log-stream:{stream}"
        # A key may end in a slash, which the emulator takes away.
        if service == "s3" and path.endswith("/") and "/" in path.strip("/"):
            return f"{arn}/"
        return arn

    return extract_resource_arn


def _adding_condition_keys(plain: Callable[..., Any]) -> Callable[..., Any]:
    """Give IAM what conditions may look at, where a service knows more of it than the emulator."""

    def enforce(
        access_key_id: str,
        iam_action: str,
        service: str,
        region: str,
        resource_arn: str = "*",
        service_context: dict[str, Any] | None = None,
    ) -> Any:
        keys = auth.CONDITION_KEYS.get(iam_action.split(":", 1)[0])
        if keys is not None:
            service_context = keys(resource_arn, service_context or {})
        return plain(access_key_id, iam_action, service, region, resource_arn, service_context)

    return enforce
