"""A cluster, from its start over a step to its end."""

from airflow.providers.amazon.aws.operators.emr import (
    EmrAddStepsOperator,
    EmrCreateJobFlowOperator,
    EmrTerminateJobFlowOperator,
)
from airflow.providers.amazon.aws.sensors.emr import EmrJobFlowSensor, EmrStepSensor
from airflow.sdk import DAG

STEP = {
    "Name": "step",
    "ActionOnFailure": "CONTINUE",
    "HadoopJarStep": {"Jar": "command-runner.jar", "Args": ["true"]},
}

with DAG("emr", schedule=None, render_template_as_native_obj=True):
    create = EmrCreateJobFlowOperator(
        task_id="create", job_flow_overrides="{{ dag_run.conf['cluster'] }}"
    )
    up = EmrJobFlowSensor(
        task_id="up", job_flow_id=create.output, target_states=["WAITING"], poke_interval=1
    )
    add = EmrAddStepsOperator(task_id="answer", job_flow_id=create.output, steps=[STEP])
    done = EmrStepSensor(
        task_id="done",
        job_flow_id=create.output,
        step_id="{{ task_instance.xcom_pull('answer')[0] }}",
        poke_interval=1,
    )
    terminate = EmrTerminateJobFlowOperator(task_id="terminate", job_flow_id=create.output)
    ended = EmrJobFlowSensor(
        task_id="ended",
        job_flow_id=create.output,
        target_states=["TERMINATED"],
        failed_states=["TERMINATED_WITH_ERRORS"],
        poke_interval=1,
    )
    create >> up >> add >> done >> terminate >> ended
