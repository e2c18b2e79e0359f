"""State machines: start an execution, follow it, stop it."""

from __future__ import annotations

from airflow.providers.amazon.aws.operators.step_function import (
    StepFunctionStartExecutionOperator,
)
from airflow.providers.amazon.aws.sensors.step_function import StepFunctionExecutionSensor
from airflow.sdk.exceptions import AirflowFailException, AirflowSensorTimeout

from mwaalib import lake_formation
from mwaalib.runs import first_try, task_mark


class StartExecutionOperator(StepFunctionStartExecutionOperator):
    """Start an execution for a run, or take the one that an earlier try of the task has started.

    The execution's name follows from run and task, so that a retry never starts a second one: while
    the first runs, Step Functions answers with it, and once it has ended, refuses the name. A
    cleared task has another name.
    https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html

    Args:
        **kwargs: As of `StepFunctionStartExecutionOperator`, without `name`.

    Returns:
        ARN of the execution, which may have ended already.
    """

    def execute(self, context):
        ti = context["ti"]
        mark = task_mark(context["dag_run"], ti.task_id, ti.map_index)
        self.name = f"airflow-{mark}-{first_try(ti)}"
        try:
            return super().execute(context)
        except self.hook.conn.exceptions.ExecutionAlreadyExists:
            machine = self.state_machine_arn.replace(":stateMachine:", ":execution:")
            found = f"{machine}:{self.name}"
            self.log.info("an earlier try has started %s", found)
            return found


class ExecutionSensor(StepFunctionExecutionSensor):
    """Wait for an execution to end; fail with its own error and cause.

    It keeps its worker slot, for Airflow tells only a task that has a process of a kill: then the
    execution is aborted, and with it what the state machine runs. A task whose worker is lost
    aborts nothing: its retry goes on with the same execution, and without one the state machine's
    own timeout ends it.

    Args:
        execution_arn: ARN of the execution.
        **kwargs: As of `StepFunctionExecutionSensor`, without `mode`.

    Raises:
        AirflowFailException: when the execution is FAILED, TIMED_OUT or ABORTED. A retry would find
            it so again.
        LakeFormationError: when it failed because Lake Formation refused what it runs.
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

    @lake_formation.told("the role of what the execution runs, such as that of its Glue job")
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
