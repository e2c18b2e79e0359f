"""An execution of a state machine, its end and its output."""

from airflow.providers.amazon.aws.operators.step_function import (
    StepFunctionGetExecutionOutputOperator,
    StepFunctionStartExecutionOperator,
)
from airflow.providers.amazon.aws.sensors.step_function import StepFunctionExecutionSensor
from airflow.sdk import DAG

with DAG("step_functions", schedule=None):
    start = StepFunctionStartExecutionOperator(
        task_id="start",
        state_machine_arn="{{ dag_run.conf['machine'] }}",
        state_machine_input={"a": 1},
    )
    wait = StepFunctionExecutionSensor(task_id="wait", execution_arn=start.output, poke_interval=1)
    output = StepFunctionGetExecutionOutputOperator(task_id="answer", execution_arn=start.output)
    start >> wait >> output
