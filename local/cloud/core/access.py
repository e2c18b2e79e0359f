"""Which grants of the roles let calls through, and which calls were refused for want of one.

Each decision on a call of a role is taken note of: a request of the role's, or a question that a
service asks in its place ("may this role write the query's results?"). Notes outlive the process.
"""

from __future__ import annotations

import contextvars
import json
import re
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ministack.core import iam_evaluator
from ministack.services import iam

#: Name of this module's file among the saved state.
STATE = "access"

#: Refusals that are remembered.
_MOST_DENIALS = 1000

#: What a condition of iam:PassRole looks at.
PASSED_TO = "iam:PassedToService"

#: Different resources that are remembered of the calls by one grant.
_MOST_EXAMPLES = 3

#: Refusals that a failure is explained by.
_MOST_EXPLAINED = 3

#: Where one grant ends and the next begins in a key of `_uses`.
_SEPARATOR = "\t"

#: What the amazon provider's hooks add to the user agent: a UUID of the DAG's id.
_DAG = re.compile(r"\bDagRunKey/([0-9a-f-]{36})")

#: What a role did by a grant: how often, and examples of either. The keys are `Grant.key`.
_uses: dict[str, dict[str, Any]] = {}
_denials: deque[dict[str, Any]] = deque(maxlen=_MOST_DENIALS)
_number = 0

#: The action of the request that is being served, for the questions that it leads to.
_request: contextvars.ContextVar[str] = contextvars.ContextVar("access_request", default="")
#: Whether a service asks, in the place of the role.
_asked: contextvars.ContextVar[bool] = contextvars.ContextVar("access_asked", default=False)
#: The DAG whose task makes the request, as the amazon provider's hooks name it; else empty.
_caller: contextvars.ContextVar[str] = contextvars.ContextVar("access_caller", default="")
#: What was decided on last.
_decided: contextvars.ContextVar[Any] = contextvars.ContextVar("access_decided", default=None)


@dataclass(frozen=True)
class Grant:
    """One action on one resource (or all but it), by one statement of a role's own policies."""

    role: str
    policy: str
    statement: str
    action: str
    resource: str

    @property
    def key(self) -> str:
        """What names it in the saved state."""
        return _SEPARATOR.join((self.role, self.policy, self.statement, self.action, self.resource))


@dataclass(frozen=True)
class _Statement:
    policy: str
    parsed: iam_evaluator.ParsedStatement


def called_by(user_agent: str) -> None:
    """Take note of who makes the request that is served now."""
    found = _DAG.search(user_agent)
    # Outside of a task the hooks know no DAG.
    _caller.set(found[1] if found and found[1] != str(uuid.UUID(int=0)) else "")


def noting_context(plain: Callable[..., Any]) -> Callable[..., Any]:
    """Around `iam_evaluator.evaluate`: what is decided on."""

    def evaluate(context: Any, policies: Any, *limits: Any) -> Any:
        _decided.set(context)
        return plain(context, policies, *limits)

    return evaluate


def noting_decision(plain: Callable[..., Any]) -> Callable[..., Any]:
    """Around `iam_evaluator.enforce`: every decision is taken note of."""

    def enforce(access_key_id: str, iam_action: str, *rest: Any, **more: Any) -> Any:
        _decided.set(None)
        result = plain(access_key_id, iam_action, *rest, **more)
        asked = _asked.get()
        if not asked:
            _request.set(iam_action)
        context = _decided.get()
        if context is not None and context.principal_type == "AssumedRole":
            _note(context, result, asked)
        return result

    return enforce


def ask(*arguments: Any, **more: Any) -> Any:
    """Ask in the place of a role whether it may do something; as `iam_evaluator.enforce`."""
    token = _asked.set(True)
    try:
        return iam_evaluator.enforce(*arguments, **more)
    finally:
        _asked.reset(token)


def _note(context: Any, result: Any, asked: bool) -> None:
    role = iam_evaluator._role_name_from_assumed_arn(context.principal_arn)
    if result is not None:
        if isinstance(result, iam_evaluator.EvalResult):
            _note_denial(context, role, asked, result)
        return
    kind = "checked" if asked else "called"
    by = _request.get()
    for statement in _statements(role):
        for action, resource in _matching(statement, context):
            grant = Grant(role, statement.policy, statement.parsed.sid, action, resource)
            use = _uses.setdefault(grant.key, {"called": 0, "checked": 0, "examples": []})
            use[kind] += 1
            example = {"how": kind, "resource": context.resource_arn, "by": by}
            alike = [one for one in use["examples"] if one.get("how") == kind]
            if len(alike) < _MOST_EXAMPLES and example not in alike:
                use["examples"].append(example)


def _note_denial(context: Any, role: str, asked: bool, result: Any) -> None:
    global _number
    _number += 1
    _denials.append(
        {
            "number": _number,
            "time": time.time(),
            "role": role,
            "action": context.action,
            "resource": context.resource_arn,
            "by": _request.get() if asked else "",
            "dag": _caller.get(),
            "explicit": result.decision == "Deny",
            "needed": needed(
                context.principal_arn,
                context.action,
                context.resource_arn,
                context.service_context.get(PASSED_TO.lower()),
            ),
        }
    )


def _statements(role: str) -> Iterator[_Statement]:
    """The Allow statements of a role's own policies: AWS's managed ones are not the program's."""
    record = iam._roles.get(role) or {}
    documents = dict(record.get("InlinePolicies") or {})
    for arn in record.get("AttachedPolicies", []):
        if ":iam::aws:" not in arn:
            document = iam_evaluator._resolve_managed_policy_document(arn, arn.split(":")[4])
            documents[arn.rsplit("/", 1)[-1]] = document or {}
    for name, document in documents.items():
        for parsed in iam_evaluator.parse_policy_document(document):
            if parsed.effect == "Allow":
                yield _Statement(name, parsed)


def _matching(statement: _Statement, context: Any) -> Iterator[tuple[str, str]]:
    parsed = statement.parsed
    actions = [
        action
        for action in parsed.actions
        if iam_evaluator._action_matches(context.action, [action], [])
    ]
    if not actions or not iam_evaluator._conditions_met(statement.parsed.conditions, context):
        return
    for resource, listed, unlisted in _resources(parsed):
        if iam_evaluator._resource_matches(context.resource_arn, listed, unlisted):
            for action in actions:
                yield action, resource


def _resources(
    parsed: iam_evaluator.ParsedStatement,
) -> Iterator[tuple[str, list[str], list[str]]]:
    """Each resource of a statement: how it is shown, and as a match of its own."""
    for resource in parsed.resources:
        yield resource, [resource], []
    if parsed.not_resources:
        yield f"not {', '.join(parsed.not_resources)}", [], parsed.not_resources


def needed(principal_arn: str, action: str, resource: str, passed_to: str | None = None) -> str:
    """The statement that would have allowed a call, and where it belongs, on one line.

    Args:
        principal_arn: who made it.
        action: of IAM's.
        resource: the ARN that it is about.
        passed_to: the service that a role is passed to: to no other is it to be.
    """
    role = iam_evaluator._role_name_from_assumed_arn(principal_arn)
    statement: dict[str, Any] = {"Effect": "Allow", "Action": action, "Resource": resource}
    if passed_to is not None:
        statement["Condition"] = {"StringEquals": {PASSED_TO: passed_to}}
    return f"needed in role {role}: {json.dumps(statement)}{_near(role, action)}"


def _near(role: str, action: str) -> str:
    """Statements that have the action, for another resource or under a condition."""
    having = [
        statement
        for statement in _statements(role)
        if statement.parsed.sid
        and statement.parsed.actions
        and iam_evaluator._action_matches(action, statement.parsed.actions, [])
    ]
    if not having:
        return f" (no statement of the role has {action})"
    names = ", ".join(statement.parsed.sid for statement in having)
    return f" ({names}: for other resources{_under(having)})"


def _under(statements: list[_Statement]) -> str:
    conditions = [keys for one in statements for keys in one.parsed.conditions.values()]
    keys = sorted({key for keys in conditions for key in keys})
    return f", or other values of {', '.join(keys)}" if keys else ""


def explained(said: str, role_arn: str, since: float) -> str:
    """Why work failed, with what its role was refused where the work does not say so.

    An answer to HEAD has no body, so that Hadoop's file system knows of a refusal no more than 403.

    Args:
        said: what the work itself says.
        role_arn: the role that it worked as.
        since: when it began, in seconds since 1970.
    """
    role = role_arn.rsplit("/", 1)[-1]
    refused = dict.fromkeys(
        (denial["action"], denial["resource"], denial["needed"])
        for denial in _denials
        if denial["role"] == role and denial["time"] >= since
    )
    unsaid = [
        f"{role} is not authorized to perform: {action} on resource: {resource}; {statement}"
        for action, resource, statement in refused
        if f"{action} on resource: {resource}" not in said
    ]
    return "\n".join([*unsaid[:_MOST_EXPLAINED], said])


def report(since: int = 0, dag_id: str = "") -> dict[str, Any]:
    """All grants of all roles with what they were used for, and the refusals after a number.

    Args:
        since: refusals after the one of this number are given.
        dag_id: refusals of calls that another DAG's task is known to have made are marked as such.
            What a service does for a DAG, such as a step, is not known to be anybody's.
    """
    own = ("", str(uuid.uuid5(uuid.NAMESPACE_OID, dag_id)))
    grants = []
    for role, record in sorted(iam._roles.items()):
        for statement in _statements(role):
            parsed = statement.parsed
            for action in parsed.actions:
                for resource, _, _ in _resources(parsed):
                    grant = Grant(role, statement.policy, parsed.sid, action, resource)
                    use = _uses.get(grant.key, {"called": 0, "checked": 0, "examples": []})
                    grants.append(
                        {
                            "role": role,
                            "description": record.get("Description", ""),
                            "policy": statement.policy,
                            "statement": parsed.sid,
                            "action": action,
                            "resource": resource,
                            "conditions": statement.parsed.conditions,
                            **use,
                        }
                    )
    return {
        "grants": grants,
        "denials": [
            {**denial, "ofOtherDag": dag_id != "" and denial.get("dag", "") not in own}
            for denial in _denials
            if denial["number"] > since
        ],
        "last": _number,
    }


class State:
    """What is saved of the notes."""

    @staticmethod
    def get_state() -> dict[str, Any]:
        """What is saved."""
        return {"uses": _uses, "denials": list(_denials), "number": _number}

    @staticmethod
    def load_persisted_state(data: dict[str, Any]) -> None:
        """Take what was saved."""
        global _number
        _uses.update(data["uses"])
        _denials.extend(data["denials"])
        _number = data["number"]

    @staticmethod
    def reset() -> None:
        """Forget everything."""
        _uses.clear()
        _denials.clear()
