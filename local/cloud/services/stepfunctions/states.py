"""States that call nothing: Pass, Wait, Choice, Succeed and Fail.

https://docs.aws.amazon.com/step-functions/latest/dg/workflow-states.html
"""

from __future__ import annotations

import datetime
import json
from typing import Any

from local.cloud.services.stepfunctions import choices, flow, jsonata, paths, runs
from local.cloud.services.stepfunctions.flow import Outcome
from local.cloud.services.stepfunctions.runs import ExecutionError

#: How much of a Wait state's seconds passes here. They leave time for what takes minutes on AWS and
#: seconds here; an instant that a state names is waited for as it is.
WAIT_SCALE = 0.1


def passing(state: dict[str, Any], data: Any, ctx: dict[str, Any]) -> Outcome:
    """Pass: the output is made of the input."""
    if flow.uses_jsonata(state, ctx):
        output = jsonata.output(state, data, ctx, default=data)
        jsonata.assign(state, data, ctx, result=output)
        return output, flow.following(state)
    result = state.get("Result", paths.arguments(state, data, ctx))
    return paths.output(state, data, result, ctx), flow.following(state)


def succeed(state: dict[str, Any], data: Any, ctx: dict[str, Any]) -> Outcome:
    """Succeed: the end of the machine or the branch."""
    return _through(state, data, ctx), None


def _through(state: dict[str, Any], data: Any, ctx: dict[str, Any]) -> Any:
    """The output of a state that does nothing to its input."""
    if flow.uses_jsonata(state, ctx):
        return jsonata.output(state, data, ctx, default=data)
    return paths.given_out(state, paths.taken_in(state, data, ctx), ctx)


def wait(state: dict[str, Any], data: Any, ctx: dict[str, Any]) -> Outcome:
    """Wait: for some seconds, or until an instant."""
    timestamp = seconds = None
    if flow.uses_jsonata(state, ctx):
        if "Seconds" in state:
            seconds = jsonata.seconds(state, data, ctx)
        else:
            timestamp = jsonata.timestamp(state, data, ctx)
    else:
        seconds, timestamp = (_named(state, name, data, ctx) for name in ("Seconds", "Timestamp"))
    if isinstance(seconds, (int, float)):
        runs.scope.get().wait(max(seconds, 0) * WAIT_SCALE)
    elif isinstance(timestamp, str):
        left = datetime.datetime.fromisoformat(timestamp) - datetime.datetime.now(datetime.UTC)
        runs.scope.get().wait(max(left.total_seconds(), 0))
    output = _through(state, data, ctx)
    jsonata.assign(state, data, ctx)
    return output, flow.following(state)


def _named(state: dict[str, Any], name: str, data: Any, ctx: dict[str, Any]) -> Any:
    """A member of a JSONPath state that is given as it is, or by a path; None where it is not."""
    path = state.get(f"{name}Path")
    if path is None:
        return state.get(name)
    return paths.selected(path, paths.taken_in(state, data, ctx), ctx)


def choice(state: dict[str, Any], data: Any, ctx: dict[str, Any]) -> Outcome:
    """Choice: the first rule that holds names the state that follows."""
    if flow.uses_jsonata(state, ctx):
        for rule in state["Choices"]:
            if jsonata.holds(rule, data, ctx):
                output = jsonata.output(rule, data, ctx, default=data)
                jsonata.assign(rule, data, ctx)
                return output, rule["Next"]
        _require_default(state)
        jsonata.assign(state, data, ctx)
        return data, state["Default"]
    taken = paths.taken_in(state, data, ctx)
    for rule in state["Choices"]:
        if choices.holds(rule, taken, ctx):
            return paths.given_out(state, taken, ctx), rule["Next"]
    _require_default(state)
    return paths.given_out(state, taken, ctx), state["Default"]


def _require_default(state: dict[str, Any]) -> None:
    if "Default" not in state:
        raise ExecutionError("States.NoChoiceMatched", "No choice rule matched and no Default")


def failure(state: dict[str, Any], data: Any, ctx: dict[str, Any]) -> Exception:
    """Fail: what the machine or the branch fails with."""
    return ExecutionError(
        _told(state, "Error", "States.Fail", data, ctx), _told(state, "Cause", "", data, ctx)
    )


def _told(state: dict[str, Any], name: str, default: str, data: Any, ctx: dict[str, Any]) -> str:
    if name in state and flow.uses_jsonata(state, ctx):
        return jsonata.member(state, name, "string", data, ctx)
    path = state.get(f"{name}Path")
    if path is None:
        return state.get(name, default)
    value = paths.selected(path, data, ctx)
    if not isinstance(value, str):
        raise ExecutionError(
            "States.Runtime",
            f"{name}Path must lead to a string, and leads to {json.dumps(value)}",
        )
    return value
