"""Task states: each attempt is a call, made as the state machine's role, that may be waited for.

https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html
"""

from __future__ import annotations

import json
import threading
from typing import Any

from ministack.core.responses import new_uuid
from ministack.services import stepfunctions as sfn

from local.cloud.core import auth
from local.cloud.core.settings import REGION
from local.cloud.services.stepfunctions import calls, flow, integrations, jobs, jsonata, paths
from local.cloud.services.stepfunctions.attempts import Call
from local.cloud.services.stepfunctions.runs import ExecutionError


def attempt(
    state: dict[str, Any], data: Any, execution: dict[str, Any], ctx: dict[str, Any]
) -> flow.Outcome:
    """Make one attempt of a task.

    Raises:
        ExecutionError: where it fails.
        runs.Ended: as soon as the execution, or the branch, is ended.
    """
    resource = state["Resource"]
    if resource.endswith(".waitForTaskToken"):
        ctx["Task"] = {"Token": new_uuid()}
    arguments = flow.arguments(state, data, ctx)
    call = Call(execution, resource, arguments, _limits(state, data, ctx))
    call.event("TaskScheduled", region=REGION, parameters=json.dumps(arguments), **call.limit())
    call.event("TaskStarted")
    try:
        result = _called(resource, call, ctx)
        # JSON as the next state will have it.
        result = json.loads(json.dumps(result, default=str))
    except ExecutionError as error:
        timed_out = error.error in ("States.Timeout", "States.HeartbeatTimeout")
        name = "TaskTimedOut" if timed_out else "TaskFailed"
        call.event(name, error=error.error, cause=error.cause)
        raise
    call.event("TaskSucceeded", output=json.dumps(result))
    return flow.passed_on(state, data, result, ctx)


def _limits(state: dict[str, Any], data: Any, ctx: dict[str, Any]) -> dict[str, float | None]:
    """Seconds that a task may take, and may be silent for."""
    found: dict[str, float | None] = {}
    for member in ("TimeoutSeconds", "HeartbeatSeconds"):
        value = state.get(member)
        if f"{member}Path" in state:
            value = paths.resolve(state[f"{member}Path"], data, ctx)
        elif isinstance(value, str):
            value = jsonata.member(state, member, "number", data, ctx)
        found[member] = value
    return found


def _called(resource: str, call: Call, ctx: dict[str, Any]) -> Any:
    """Make the call of a task as the state machine's role; what it gives."""
    try:
        if ":activity:" in resource:
            token = _expected(new_uuid())
            sfn._activity_tasks[resource].append(
                {"taskToken": token, "input": json.dumps(call.arguments)}
            )
            return _awaited(token, call)
        integration = integrations.integration(resource)
        if integration.pattern.startswith("sync"):
            return jobs.ended(integration, call)
        if integration.pattern == "waitForTaskToken":
            token = _expected(ctx["Task"]["Token"])
            calls.requested(integration, call.arguments, call)
            return _awaited(token, call)
        return calls.requested(integration, call.arguments, call)
    except auth.Denied as denied:
        raise ExecutionError("States.Permissions", str(denied)) from denied


def _expected(token: str) -> str:
    """Take note of a token that a worker will answer with."""
    sfn._task_tokens[token] = {
        "event": threading.Event(),
        "result": None,
        "error": None,
        "heartbeat": None,
    }
    return token


def _awaited(token: str, call: Call) -> Any:
    """Wait for SendTaskSuccess or SendTaskFailure."""
    known = sfn._task_tokens[token]
    beat = None
    try:
        while not known["event"].is_set():
            if known["heartbeat"] != beat:
                beat = known["heartbeat"]
                call.heard()
            call.wait()
    finally:
        sfn._task_tokens.pop(token, None)
    if known["error"]:
        raise ExecutionError(known["error"]["Error"], known["error"]["Cause"])
    return json.loads(known["result"])
