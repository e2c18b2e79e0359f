"""Executions, from their start to their end: each in a thread of its own."""

from __future__ import annotations

import contextvars
import json
import threading
from typing import Any

from ministack.core.responses import now_iso
from ministack.services import stepfunctions as sfn

from local.cloud.core import changes, patches
from local.cloud.core.settings import Settings
from local.cloud.services.stepfunctions import history, interpreter, runs
from local.cloud.services.stepfunctions.history import add_event
from local.cloud.services.stepfunctions.runs import Ended, ExecutionError, Run


def start(_settings: Settings) -> None:
    """Have executions run here, whatever starts them, and their events be logged."""
    patches.patch(sfn, "_run_execution", lambda _plain: run_execution)
    threading.Thread(target=history.deliver, daemon=True).start()


def stop() -> None:
    """Nothing is left to do: threads end with the process, and their executions have failed."""


def run_execution(arn: str) -> None:
    """Run an execution to its end, in a thread of its own."""
    execution = sfn._executions.get(arn)
    machine = sfn._state_machines.get(execution["stateMachineArn"]) if execution else None
    if execution is None or machine is None:
        return
    run = Run(execution, machine)
    runs.current.set(run)
    runs.scope.set(run.scope)
    runs.previous.set(execution["events"][-1]["id"])
    with runs.lock:
        runs.running[arn] = run
        if execution["status"] != "RUNNING":
            run.scope.end()
    for event in execution["events"]:
        history.log(run, event)
    limit = run.definition.get("TimeoutSeconds")
    timer = threading.Timer(limit or 0, contextvars.copy_context().run, (_time_out, run))
    timer.daemon = True
    if limit is not None:
        timer.start()
    try:
        output = interpreter.walk(
            run.definition, json.loads(execution["input"]), execution, _context(run)
        )
        _finish(execution, "SUCCEEDED", output=json.dumps(output))
    except Ended:
        pass
    except ExecutionError as error:
        _finish(execution, "FAILED", error=error.error, cause=error.cause)
    except Exception as error:
        _finish(execution, "FAILED", error="States.Runtime", cause=repr(error))
    finally:
        timer.cancel()
        run.scope.end()
        with runs.lock:
            runs.running.pop(arn, None)
            runs.remove_deleted(machine)
        changes.notify()


def _time_out(run: Run) -> None:
    _finish(run.execution, "TIMED_OUT")
    run.scope.end()


def _finish(execution: dict[str, Any], status: str, **details: str) -> None:
    """End an execution, unless it has ended."""
    kind = {"SUCCEEDED": "Succeeded", "FAILED": "Failed", "TIMED_OUT": "TimedOut"}[status]
    with runs.lock:
        if execution["status"] != "RUNNING":
            return
        execution.update(details, status=status, stopDate=now_iso())
        add_event(execution, f"Execution{kind}", {f"execution{kind}EventDetails": details})
    sfn._emit_execution_status_event(execution)
    changes.notify()


def _context(run: Run) -> dict[str, Any]:
    """https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html"""
    execution = run.execution
    return {
        "QueryLanguage": run.definition.get("QueryLanguage", "JSONPath"),
        "Execution": {
            "Id": execution["executionArn"],
            "Input": json.loads(execution["input"]),
            "Name": execution["name"],
            "RoleArn": run.caller.role,
            "StartTime": execution["startDate"],
            "RedriveCount": 0,
        },
        "StateMachine": {
            "Id": run.machine_arn,
            "Name": run.machine_arn.rsplit(":", 1)[-1],
        },
        "variables": {},
    }
