"""What walks the states of a machine, of a branch, and of an item.

https://docs.aws.amazon.com/step-functions/latest/dg/concepts-states.html
"""

from __future__ import annotations

import contextvars
import copy
import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ministack.core.responses import now_iso

from local.cloud.services.stepfunctions import flow, jsonata, paths, runs, states, tasks
from local.cloud.services.stepfunctions.flow import Outcome
from local.cloud.services.stepfunctions.history import abort, add_event
from local.cloud.services.stepfunctions.runs import Ended, ExecutionError, Scope

#: Bytes of a state's input or output; https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
PAYLOAD_BYTES = 262_144


def walk(machine: dict[str, Any], data: Any, execution: dict[str, Any], ctx: dict[str, Any]) -> Any:
    """Run states from the first to the last; the last one's output.

    Raises:
        ExecutionError: where one fails, and nothing catches that.
        Ended: as soon as the execution, or the branch, is ended.
    """
    name: str | None = machine["StartAt"]
    while name is not None:
        runs.scope.get().wait()
        if runs.current.get().machine["status"] == runs.DELETING:
            abort(execution, {})
            runs.current.get().scope.end()
            raise Ended
        state = machine["States"][name]
        ctx["State"] = {"Name": name, "EnteredTime": now_iso(), "RetryCount": 0}
        kind = state["Type"]
        add_event(
            execution,
            f"{kind}StateEntered",
            {"stateEnteredEventDetails": {"name": name, "input": json.dumps(data)}},
        )
        if kind == "Fail":
            raise states.failure(state, data, ctx)
        try:
            data, following = _execute(state, data, execution, ctx)
        except Ended:
            add_event(execution, f"{kind}StateAborted", {})
            raise
        text = json.dumps(data)
        if len(text.encode()) > PAYLOAD_BYTES:
            raise ExecutionError(
                "States.DataLimitExceeded",
                f"The state/task '{name}' returned a result with a size exceeding the maximum "
                "number of bytes service limit.",
            )
        add_event(
            execution,
            f"{kind}StateExited",
            {"stateExitedEventDetails": {"name": name, "output": text}},
        )
        name = following
    return data


#: States that call nothing.
_PLAIN: dict[str, Callable[[dict[str, Any], Any, dict[str, Any]], Outcome]] = {
    "Choice": states.choice,
    "Pass": states.passing,
    "Succeed": states.succeed,
    "Wait": states.wait,
}


def _execute(
    state: dict[str, Any], data: Any, execution: dict[str, Any], ctx: dict[str, Any]
) -> Outcome:
    """Run one state."""
    plain = _PLAIN.get(state["Type"])
    if plain is not None:
        return plain(state, data, ctx)
    attempt = {"Map": _map, "Parallel": _parallel, "Task": tasks.attempt}[state["Type"]]
    return flow.with_retry_and_catch(state, data, ctx, lambda: attempt(state, data, execution, ctx))


def _parallel(
    state: dict[str, Any], data: Any, execution: dict[str, Any], ctx: dict[str, Any]
) -> Outcome:
    add_event(execution, "ParallelStateStarted", {})
    try:
        results = _branches(state["Branches"], flow.arguments(state, data, ctx), execution, ctx)
    except ExecutionError:
        add_event(execution, "ParallelStateFailed", {})
        raise
    add_event(execution, "ParallelStateSucceeded", {})
    return flow.passed_on(state, data, results, ctx)


def _branches(
    branches: list[dict[str, Any]], data: Any, execution: dict[str, Any], ctx: dict[str, Any]
) -> list[Any]:
    """Run branches at the same time. One that fails ends the others."""
    results: list[Any] = [None] * len(branches)
    failures: list[Exception] = []
    scope = Scope(runs.scope.get())

    def run(number: int, branch: dict[str, Any]) -> None:
        runs.scope.set(scope)
        own = {**ctx, "variables": copy.deepcopy(ctx["variables"])}
        try:
            results[number] = walk(branch, copy.deepcopy(data), execution, own)
        except Ended:
            pass
        except Exception as error:
            failures.append(error)
            scope.end()

    threads = [
        threading.Thread(target=contextvars.copy_context().run, args=(run, *branch), daemon=True)
        for branch in enumerate(branches)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    _raise_first(failures, "States.BranchFailed")
    return results


def _raise_first(failures: list[Exception], name: str) -> None:
    """Fail with what came first in branches or items, unless all of it has ended anyhow."""
    runs.scope.get().wait()
    if not failures:
        return
    if isinstance(failures[0], ExecutionError):
        raise failures[0]
    raise ExecutionError(name, repr(failures[0])) from failures[0]


def _map(
    state: dict[str, Any], data: Any, execution: dict[str, Any], ctx: dict[str, Any]
) -> Outcome:
    items, at_once = _items(state, data, ctx)
    machine = state.get("ItemProcessor") or state["Iterator"]
    results: list[Any] = [None] * len(items)
    failures: dict[int, Exception] = {}

    def run(number: int, item: Any) -> None:
        own = copy.deepcopy(ctx)
        own["Map"] = {"Item": {"Index": number, "Value": item}}
        try:
            given = _selected(state, data, item, own)
            results[number] = walk(machine, copy.deepcopy(given), execution, own)
        except Ended:
            pass
        except Exception as error:
            failures[number] = error

    with ThreadPoolExecutor(max_workers=at_once or len(items) or 1) as pool:
        for number, item in enumerate(items):
            pool.submit(contextvars.copy_context().run, run, number, item)
    _raise_first([failures[number] for number in sorted(failures)], "States.MapFailed")
    return flow.passed_on(state, data, results, ctx)


def _items(state: dict[str, Any], data: Any, ctx: dict[str, Any]) -> tuple[list[Any], int]:
    """The items of a Map, and how many may run at once; 0 where all may."""
    at_once: int = state.get("MaxConcurrency", 0)
    if not flow.uses_jsonata(state, ctx):
        items = paths.resolve(state.get("ItemsPath", "$"), paths.taken_in(state, data, ctx), ctx)
    else:
        items = data
        if "Items" in state:
            items = jsonata.member(state, "Items", "array", data, ctx)
        if "MaxConcurrency" in state:
            at_once = jsonata.member(state, "MaxConcurrency", "number", data, ctx)
    return items if isinstance(items, list) else [items], at_once


def _selected(state: dict[str, Any], data: Any, item: Any, ctx: dict[str, Any]) -> Any:
    """What an item's run is given: the item, or what ItemSelector makes of it."""
    selector = state.get("ItemSelector") or state.get("Parameters")
    if not selector:
        return item
    if flow.uses_jsonata(state, ctx):
        return jsonata.filled(selector, data, ctx)
    return paths.filled(selector, paths.taken_in(state, data, ctx), ctx)
