"""What states do alike: their input and output in both query languages, Retry and Catch."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from ministack.services import stepfunctions as sfn

from local.cloud.services.stepfunctions import jsonata, paths, runs
from local.cloud.services.stepfunctions.runs import ExecutionError

#: What a state ends with: its output, and the name of the state that follows.
Outcome = tuple[Any, str | None]


def uses_jsonata(state: dict[str, Any], ctx: dict[str, Any]) -> bool:
    """Whether a state has JSONata as its query language; JSONPath it is else."""
    return (state.get("QueryLanguage") or ctx["QueryLanguage"]) == "JSONata"


def arguments(state: dict[str, Any], data: Any, ctx: dict[str, Any]) -> Any:
    """What a state that does something is given for it."""
    if uses_jsonata(state, ctx):
        return jsonata.arguments(state, data, ctx)
    return paths.arguments(state, data, ctx)


def passed_on(state: dict[str, Any], data: Any, result: Any, ctx: dict[str, Any]) -> Outcome:
    """The output of a state from what it has got."""
    if uses_jsonata(state, ctx):
        output = jsonata.output(state, data, ctx, result=result, default=result)
        jsonata.assign(state, data, ctx, result=result)
    else:
        output = paths.output(state, data, result, ctx)
    return output, following(state)


def following(state: dict[str, Any]) -> str | None:
    """The state that follows by Next; None where the state is the last."""
    return None if state.get("End") else state.get("Next")


def with_retry_and_catch(
    state: dict[str, Any], data: Any, ctx: dict[str, Any], attempt: Callable[[], Outcome]
) -> Outcome:
    """Try it, again as Retry says, and go on as Catch says.

    https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
    """
    entered = ctx["State"]
    tries: dict[int, int] = {}
    while True:
        ctx["State"] = {**entered, "RetryCount": sum(tries.values())}
        try:
            return attempt()
        except ExecutionError as error:
            number = _first(state.get("Retry", []), error.error)
            if number is not None:
                rule, count = state["Retry"][number], tries.get(number, 0)
                if count < rule.get("MaxAttempts", 3):
                    tries[number] = count + 1
                    runs.scope.get().wait(_delay(rule, count))
                    continue
            number = _first(state.get("Catch", []), error.error)
            if number is None:
                raise
            catcher = state["Catch"][number]
            language = "JSONata" if uses_jsonata(state, ctx) else "JSONPath"
            told = {"Error": error.error, "Cause": error.cause}
            return sfn._apply_catcher(catcher, data, ctx, language, told), catcher["Next"]


def _first(rules: list[dict[str, Any]], error: str) -> int | None:
    """The number of the first rule that is about an error. No other counts."""
    for number, rule in enumerate(rules):
        if _is_meant(rule["ErrorEquals"], error):
            return number
    return None


def _is_meant(wanted: list[str], error: str) -> bool:
    """Whether ErrorEquals names an error."""
    if error in wanted:
        return True
    if error in ("States.Runtime", "States.DataLimitExceeded"):
        # No rule but one that names it.
        return False
    if "States.Timeout" in wanted and error == "States.HeartbeatTimeout":
        return True
    return "States.ALL" in wanted or ("States.TaskFailed" in wanted and error != "States.Timeout")


def _delay(rule: dict[str, Any], count: int) -> float:
    delay = rule.get("IntervalSeconds", 1) * rule.get("BackoffRate", 2.0) ** count
    delay = min(delay, rule.get("MaxDelaySeconds", 31_622_400))
    if rule.get("JitterStrategy") == "FULL":
        delay *= random.random()  # noqa: S311 - it spreads load, and keeps no secret
    return delay
