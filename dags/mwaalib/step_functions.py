"""State machines: start an execution, follow it, stop it."""

from __future__ import annotations

import hashlib

from airflow.providers.amazon.aws.operators.step_function import (
    StepFunctionStartExecutionOperator,
)
from airflow.providers.amazon.aws.sensors.step_function import StepFunctionExecutionSensor
from airflow.sdk.exceptions import AirflowFailException, AirflowSensorTimeout
from botocore.exceptions import ClientError


class StartExecutionOperator(StepFunctionStartExecutionOperator):
    """Start an execution for a run, or take the one that an earlier try of the task has started.

    The execution's name follows from run and task: while the execution runs, Step Functions answers
    a second start of that name with the first. Once it has ended the name is used up, and a cleared
    task takes one of its try's own.
    https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html

    Args:
        **kwargs: As of `StepFunctionStartExecutionOperator`, without `name`.

    Returns:
        ARN of the execution.
    """

    def execute(self, context):
        ti = context["ti"]
        whose = "\0".join([ti.dag_id, ti.run_id, ti.task_id, str(ti.map_index)])
        self.name = f"airflow-{hashlib.sha256(whose.encode()).hexdigest()[:32]}"
        try:
            return super().execute(context)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ExecutionAlreadyExists":
                raise
        self.name = f"{self.name}-{ti.try_number}"
        return super().execute(context)


class ExecutionSensor(StepFunctionExecutionSensor):
    """Wait for an execution to end; fail with its own error and cause.

    It keeps its worker slot: of a kill only a task with a process is told, and then the execution
    is aborted, and with it what the state machine runs.

    Args:
        execution_arn: ARN of the execution.
        **kwargs: As of `StepFunctionExecutionSensor`, without `mode`.

    Raises:
        AirflowFailException: when the execution is FAILED, TIMED_OUT or ABORTED. A retry would find
            it so again.
        AirflowSensorTimeout: after `timeout`; the execution is aborted.
    """

    def __init__(self, **kwargs) -> None:
        super().__init__(mode="poke", **kwargs)

    def execute(self, context):
        try:
            return super().execute(context)
        except AirflowSensorTimeout:
            self.on_kill()
            raise

    def poke(self, context) -> bool:
        found = self.hook.describe_execution(self.execution_arn)
        state = found["status"]
        self.log.info("execution %s is %s", self.execution_arn, state)
        if state in self.FAILURE_STATES:
            told = ": ".join(filter(None, [found.get("error"), found.get("cause")]))
            raise AirflowFailException(
                f"Execution {self.execution_arn} is {state}" + (f": {told}" if told else "")
            )
        return state in self.SUCCESS_STATES

    def on_kill(self) -> None:
        """Abort the execution; one that has ended stays as it is."""
        self.log.info("aborting %s", self.execution_arn)
        self.hook.conn.stop_execution(
            executionArn=self.execution_arn,
            error="Airflow.TaskKilled",
            cause="The task that follows the execution was killed",
        )
