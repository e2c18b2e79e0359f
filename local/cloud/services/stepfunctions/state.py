"""What is saved of Step Functions, in the emulator's stores."""

from __future__ import annotations

from typing import Any

from ministack.services import stepfunctions as sfn

from local.cloud.services.stepfunctions import runs
from local.cloud.services.stepfunctions.history import add_event


def get_state() -> dict[str, Any]:
    """What is saved, while no execution changes."""
    with runs.lock:
        return sfn.get_state()


def load_persisted_state(data: dict[str, Any]) -> None:
    """Take up what was saved; what ran then has failed, as its history says."""
    sfn.load_persisted_state(data)
    for execution in sfn._executions.all_values():
        if execution.get("error") == "States.ServiceRestart":
            details = {"error": execution["error"], "cause": execution["cause"]}
            if execution["events"][-1]["type"] != "ExecutionFailed":
                add_event(execution, "ExecutionFailed", {"executionFailedEventDetails": details})
    for machine in list(sfn._state_machines.all_values()):
        runs.remove_deleted(machine)


def reset() -> None:
    """Forget everything."""
    sfn.reset()
