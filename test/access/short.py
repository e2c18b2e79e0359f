"""Runs of a task or three, so that a call is soon reached, by the operators of the stack's DAGs.

Some have less time than their work takes: what their operators call then breaks it off. The tests
of the roles put this file beside the stack's own DAGs, with names of this stack where it has @.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from airflow.providers.amazon.aws.operators.athena import AthenaOperator
from airflow.providers.amazon.aws.sensors.emr import EmrJobFlowSensor
from airflow.sdk import DAG, Variable, chain

from mwaalib import notices
from mwaalib.emr_cluster import EmrCreateRunClusterOperator, EmrTerminateRunClusterOperator
from mwaalib.emr_notebook import (
    EmrTerminateNotebookClusterOperator,
    NotebookExecutionSensor,
    StartNotebookExecutionOperator,
)
from mwaalib.emr_submit_and_monitor_step import EmrSubmitAndMonitorStepOperator
from mwaalib.redshift import RedshiftTargetOperator
from mwaalib.step_functions import ExecutionSensor, StartExecutionOperator

#: Enough for a request to be made and answered on a machine that is busy.
SECONDS = 8

#: Work for some thirty seconds: it goes on to its end where it may not be stopped.
LONG_QUERY = "SELECT sum(a.n * b.n * c.n) FROM " + " CROSS JOIN ".join(
    f"UNNEST(SEQUENCE(1, {count})) AS {name}(n)"
    for name, count in {"a": 10000, "b": 10000, "c": 60}.items()
)
LONG_STATEMENT = (
    "WITH RECURSIVE n(a) AS (SELECT 1 UNION ALL SELECT a + 1 FROM n WHERE a < 6000000) "
    "SELECT count(*) FROM n"
)

ABOUT = {"schedule": None, "start_date": datetime(2020, 1, 1, tzinfo=UTC), "catchup": False}

ATHENA = {
    "database": "{{ var.value.athena_db }}",
    "workgroup": "{{ var.value.athena_workgroup }}",
    "sleep_time": 1,
}
CLUSTER = {
    "variable": "notebook_job_flow",
    "log_uri_variable": "EMR_LOG_URI",
    "subnet_variable": "SUBNET_ID",
}
CLUSTER_ID = "{{ ti.xcom_pull(task_ids='create') }}"
REGION = "{{ var.value.REGION }}"


with DAG("query", **ABOUT):
    AthenaOperator(
        task_id="query",
        query='SELECT count(*) FROM "{{ var.value.athena_db }}".ml_latest_small_movies',
        **ATHENA,
    )

with DAG("query_cut_short", **ABOUT):
    AthenaOperator(
        task_id="query",
        query=LONG_QUERY,
        execution_timeout=timedelta(seconds=SECONDS),
        **ATHENA,
    )

with DAG("statement", **ABOUT):
    RedshiftTargetOperator(task_id="statement", sql="SELECT 1", poll_interval=1)

with DAG("statement_cut_short", **ABOUT):
    RedshiftTargetOperator(
        task_id="statement",
        sql=LONG_STATEMENT,
        poll_interval=1,
        execution_timeout=timedelta(seconds=SECONDS),
    )


def on_cluster(*work, terminate: type = EmrTerminateRunClusterOperator) -> None:
    """Make a cluster, do one thing after the other on it, and end it."""
    wait = EmrJobFlowSensor(
        task_id="wait",
        job_flow_id=CLUSTER_ID,
        target_states=["WAITING"],
        failed_states=["TERMINATED", "TERMINATED_WITH_ERRORS"],
        poke_interval=1,
        region_name=REGION,
    )
    tasks = [
        EmrCreateRunClusterOperator(task_id="create", region_name=REGION, **CLUSTER),
        wait,
        *work,
        terminate(
            task_id="terminate",
            job_flow_id=CLUSTER_ID,
            waiter_delay=1,
            region_name=REGION,
            **CLUSTER,
        ),
    ]
    chain(*tasks)


def looking_on(sensor):
    """Have a sensor keep its process between two looks: to get one takes longer than the work."""
    sensor.mode = "poke"
    return sensor


def step(*command: str, **kwargs):
    """Have a cluster run a command."""
    steps = [
        {
            "Name": "step",
            "ActionOnFailure": "CONTINUE",
            "HadoopJarStep": {"Jar": "command-runner.jar", "Args": list(command)},
        }
    ]
    return looking_on(
        EmrSubmitAndMonitorStepOperator(
            task_id="submit",
            job_flow_id=CLUSTER_ID,
            steps=steps,
            check_interval=1,
            region_name=REGION,
            **kwargs,
        )
    )


def notebook(key: str, **kwargs):
    """Have a cluster run a notebook."""

    def request(context, jinja_env=None):
        asked = Variable.get("notebook_execution", deserialize_json=True)
        return {**asked, "NotebookS3Location": {**asked["NotebookS3Location"], "Key": key}}

    start = StartNotebookExecutionOperator(
        task_id="start", cluster_id=CLUSTER_ID, request=request, region_name=REGION
    )
    follow = NotebookExecutionSensor(
        task_id="follow",
        execution_id=start.output,
        poke_interval=1,
        region_name=REGION,
        **kwargs,
    )
    return start, looking_on(follow)


with DAG("cluster", **ABOUT):
    on_cluster()

with DAG("submit_step", **ABOUT):
    on_cluster(step("true"))

with DAG("submit_step_cut_short", **ABOUT):
    on_cluster(step("sleep", "60", timeout=1, on_failure_callback=notices.on_failure))

with DAG("execute_notebook", **ABOUT):
    on_cluster(*notebook("@quickNotebook@"), terminate=EmrTerminateNotebookClusterOperator)

with DAG("execute_notebook_cut_short", **ABOUT):
    on_cluster(
        *notebook("@slowNotebook@", timeout=1), terminate=EmrTerminateNotebookClusterOperator
    )


def transform(**kwargs) -> None:
    """Start the state machine, and follow it."""
    started = StartExecutionOperator(
        task_id="start",
        state_machine_arn="@stateMachineArn@",
        state_machine_input={"run": "@run@"},
    )
    ExecutionSensor(task_id="follow", execution_arn=started.output, poke_interval=1, **kwargs)


with DAG("transform", **ABOUT):
    transform()

with DAG("transform_cut_short", **ABOUT):
    # It has begun before, and is over soon.
    transform(timeout=2)
