"""The operations of Step Functions.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_Operations.html
"""

from __future__ import annotations

import datetime
import json
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import stepfunctions as sfn

from local.cloud.core.answers import Response, ServiceError, json_answer
from local.cloud.core.service import Operation, Request
from local.cloud.services.stepfunctions import asl, checks, runs
from local.cloud.services.stepfunctions.history import abort

#: Executions that are remembered of each machine: all of them are written with every change.
HISTORY = 100


async def _create(request: Request) -> Response:
    checks.require_name(request)
    for machine in list(sfn._state_machines.values()):
        if machine["name"] == request.content["name"]:
            _require_lasting(machine)
    checks.require_definition(request)
    checks.require_role(request)
    checks.require_rule(request)
    checks.require_logging(request)
    answer = await request.emulated()
    if answer[0] == 200:
        _keep_tracing(json.loads(answer[2])["stateMachineArn"], request.content)
    return answer


def _require_lasting(machine: dict[str, Any] | None) -> None:
    if machine is not None and machine["status"] == runs.DELETING:
        raise ServiceError(
            "StateMachineDeleting", f"State Machine is deleting: {machine['stateMachineArn']}"
        )


async def _update(request: Request) -> Response:
    _require_lasting(sfn._state_machines.get(request.content["stateMachineArn"]))
    checks.require_definition(request)
    checks.require_role(request)
    checks.require_rule(request)
    checks.require_logging(request)
    answer = await request.emulated()
    if answer[0] == 200:
        _keep_tracing(request.content["stateMachineArn"], request.content)
    return answer


def _keep_tracing(arn: str, content: dict[str, Any]) -> None:
    """Keep what the emulator forgets."""
    machine = sfn._state_machines[arn]
    if "tracingConfiguration" in content:
        machine["tracingConfiguration"] = content["tracingConfiguration"]
    machine.setdefault("tracingConfiguration", {"enabled": False})


def _delete(request: Request) -> dict[str, Any]:
    """Begin to delete a machine: it goes once its executions have ended, each at its next state.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachine.html
    """
    machine = sfn._state_machines.get(request.content["stateMachineArn"])
    if machine is not None:
        with runs.lock:
            machine["status"] = runs.DELETING
            runs.remove_deleted(machine)
    return {}


async def _create_activity(request: Request) -> Response:
    checks.require_name(request)
    return await request.emulated()


def _test_state(_request: Request) -> dict[str, Any]:
    raise ServiceError(
        "UnknownOperationException", "the local cloud tests no state alone: start an execution"
    )


def _validate(request: Request) -> dict[str, Any]:
    found = asl.problem(request.content["definition"])
    diagnostics = [] if found is None else [_diagnostic(found)]
    return {"result": "FAIL" if found else "OK", "diagnostics": diagnostics}


def _diagnostic(found: str) -> dict[str, str]:
    code, _, message = found.partition(": ")
    return {"severity": "ERROR", "code": code, "message": message}


async def _start(request: Request) -> dict[str, Any] | Response:
    """Start an execution. With the name and the input of one that runs, it is no new one.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
    """
    checks.require_name(request)
    content = request.content
    given = content.get("input", "{}")
    try:
        json.loads(given)
    except ValueError as error:
        raise ServiceError(
            "InvalidExecutionInput", f"Invalid State Machine Execution Input: {error}"
        ) from error
    machine = sfn._state_machines.get(content["stateMachineArn"])
    _require_lasting(machine)
    if machine is not None and "name" in content:
        arn = (
            f"arn:aws:states:{get_region()}:{get_account_id()}:execution:"
            f"{machine['name']}:{content['name']}"
        )
        known = sfn._executions.get(arn)
        if known is not None and known["status"] == "RUNNING" and known["input"] == given:
            return {"executionArn": arn, "startDate": _seconds(known["startDate"])}
    _forget(content["stateMachineArn"])
    return await request.emulated()


def _forget(machine: str) -> None:
    """Forget the oldest executions that have ended."""
    with runs.lock:
        ended = sorted(
            (
                execution
                for execution in sfn._executions.values()
                if execution["stateMachineArn"] == machine and execution["status"] != "RUNNING"
            ),
            key=lambda execution: execution["stopDate"],
        )
        for execution in ended[: 1 - HISTORY]:
            del sfn._executions[execution["executionArn"]]


def _stop(request: Request) -> dict[str, Any]:
    """End an execution; one that was ended so already stays as it is."""
    content = request.content
    with runs.lock:
        execution = sfn._executions.get(content["executionArn"])
        if execution is None:
            raise ServiceError(
                "ExecutionDoesNotExist", f"Execution {content['executionArn']} not found"
            )
        if execution["status"] not in ("RUNNING", "ABORTED"):
            raise ServiceError("ValidationException", "Execution is not running")
        if execution["status"] == "RUNNING":
            abort(execution, {name: content.get(name) for name in ("error", "cause")})
        run = runs.running.get(content["executionArn"])
    if run is not None:
        run.scope.end()
    return {"stopDate": _seconds(execution["stopDate"])}


async def _describe_execution(request: Request) -> Response:
    """Leave out what an execution does not have, in place of null."""
    answer = await request.emulated()
    if answer[0] != 200:
        return answer
    described = {k: v for k, v in json.loads(answer[2]).items() if v is not None}
    if "output" not in described:
        described.pop("outputDetails", None)
    return json_answer(described)


def _seconds(timestamp: str) -> float:
    """A time as the API gives it, in seconds since 1970."""
    return datetime.datetime.fromisoformat(timestamp).timestamp()


OPERATIONS: dict[str, Operation] = {
    "CreateActivity": _create_activity,
    "CreateStateMachine": _create,
    "DeleteStateMachine": _delete,
    "DescribeExecution": _describe_execution,
    "StartExecution": _start,
    "StopExecution": _stop,
    "TestState": _test_state,
    "UpdateStateMachine": _update,
    "ValidateStateMachineDefinition": _validate,
}
