"""Runs of a task or three, so that a call is soon reached, by the operators of the stack's DAGs.

Some have less time than their work takes: what their operators call then breaks it off. The tests
of the roles put this file beside the stack's own DAGs, with the state machine's ARN in it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from airflow.providers.amazon.aws.operators.athena import AthenaOperator
from airflow.providers.amazon.aws.sensors.emr import EmrJobFlowSensor
from airflow.sdk import DAG

from mwaalib.emr_cluster import EmrCreateRunClusterOperator, EmrTerminateRunClusterOperator
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

with DAG("cluster", **ABOUT):
    create = EmrCreateRunClusterOperator(task_id="create", region_name=REGION, **CLUSTER)
    wait = EmrJobFlowSensor(
        task_id="wait",
        job_flow_id=create.output,
        target_states=["WAITING"],
        failed_states=["TERMINATED", "TERMINATED_WITH_ERRORS"],
        poke_interval=1,
        region_name=REGION,
    )
    terminate = EmrTerminateRunClusterOperator(
        task_id="terminate",
        job_flow_id=create.output,
        waiter_delay=1,
        region_name=REGION,
        **CLUSTER,
    )
    create >> wait >> terminate


def transform(**kwargs) -> None:
    """Start the state machine, and follow it."""
    started = StartExecutionOperator(task_id="start", state_machine_arn="@stateMachineArn@")
    ExecutionSensor(task_id="follow", execution_arn=started.output, poke_interval=1, **kwargs)


with DAG("transform", **ABOUT):
    transform()

with DAG("transform_cut_short", **ABOUT):
    # It has begun before, and is over soon.
    transform(timeout=2)
