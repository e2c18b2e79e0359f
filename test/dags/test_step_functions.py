"""Executions: started once, followed to their end, aborted with their task."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from airflow.sdk.exceptions import AirflowFailException, AirflowSensorTimeout
from fake_aws import context_of

from mwaalib.step_functions import ExecutionSensor, StartExecutionOperator

MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:a-machine"


def start(**told) -> str:
    operator = StartExecutionOperator(task_id="trigger", state_machine_arn=MACHINE, retries=2)
    return operator.execute(context_of(operator, **told))


def sensor(execution: str, **told) -> ExecutionSensor:
    return ExecutionSensor(task_id="monitor", execution_arn=execution, **told)


def wait(execution: str) -> None:
    operator = sensor(execution, poke_interval=0)
    operator.execute(context_of(operator))


def test_an_execution_is_named_as_step_functions_allows(step_functions):
    # https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
    name = start().rpartition(":")[2]
    assert len(name) <= 80
    assert name.replace("-", "").isalnum()


@pytest.mark.parametrize("status", ["RUNNING", "SUCCEEDED", "FAILED", "ABORTED"])
def test_a_retry_takes_the_execution_of_the_try_before(step_functions, status):
    first = start()
    step_functions.executions[first]["status"] = status
    assert start(try_number=2) == first
    assert list(step_functions.executions) == [first]


def test_a_cleared_task_starts_another(step_functions):
    first = start()
    assert start(try_number=2, cleared_after=1) != first
    assert start(try_number=3, cleared_after=1) != first
    assert len(step_functions.executions) == 2


def test_another_run_starts_another(step_functions):
    executions = {
        start(),
        start(run_id="another"),
        start(run_after=datetime(2026, 1, 2, tzinfo=UTC)),
    }
    assert len(executions) == 3


def test_the_sensor_waits_for_success(step_functions, monkeypatch):
    execution = start()
    states = iter(["RUNNING", "RUNNING", "SUCCEEDED"])
    monkeypatch.setattr(
        step_functions, "DescribeExecution", lambda executionArn: {"status": next(states)}
    )
    wait(execution)
    assert next(states, None) is None


@pytest.mark.parametrize("status", ["FAILED", "TIMED_OUT", "ABORTED"])
@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"error": "Glue.Failed", "cause": "no such column"}, ": Glue.Failed: no such column"),
        ({"cause": "by hand"}, ": by hand"),
        ({}, ""),
    ],
)
def test_a_failure_carries_the_executions_error_and_cause(step_functions, status, told, expected):
    execution = start()
    step_functions.executions[execution] = {"status": status, **told}
    with pytest.raises(AirflowFailException) as failure:
        wait(execution)
    assert str(failure.value) == f"Execution {execution} is {status}{expected}"


def test_a_kill_aborts_the_execution(step_functions):
    execution = start()
    sensor(execution).on_kill()
    assert step_functions.executions[execution]["status"] == "ABORTED"


def test_a_kill_leaves_an_execution_that_has_ended(step_functions):
    execution = start()
    step_functions.executions[execution]["status"] = "SUCCEEDED"
    sensor(execution).on_kill()
    assert step_functions.executions[execution]["status"] == "SUCCEEDED"


def test_a_timeout_aborts_the_execution(step_functions):
    execution = start()
    operator = sensor(execution, poke_interval=0, timeout=0)
    with pytest.raises(AirflowSensorTimeout):
        operator.execute(context_of(operator))
    assert step_functions.executions[execution]["status"] == "ABORTED"


def test_it_keeps_the_process_that_a_kill_is_told_to():
    assert sensor("arn").mode == "poke"
