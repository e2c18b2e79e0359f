"""One short DAG by the stack's own operators, which the smoke test puts beside the stack's DAGs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from airflow.providers.amazon.aws.operators.athena import AthenaOperator
from airflow.providers.amazon.aws.sensors.emr import EmrJobFlowSensor
from airflow.sdk import DAG, chain

from mwaalib.emr_cluster import EmrCreateRunClusterOperator, EmrTerminateRunClusterOperator
from mwaalib.emr_submit_and_monitor_step import EmrSubmitAndMonitorStepOperator
from mwaalib.polling import poll_seconds, waiting
from mwaalib.redshift import RedshiftTargetOperator

POLL_SECONDS = poll_seconds()
WAIT = waiting(timeout=1800, look=timedelta(minutes=10), interval=POLL_SECONDS)
REGION = "{{ var.value.REGION }}"
CLUSTER_ID = "{{ ti.xcom_pull(task_ids='create_cluster') }}"
CLUSTER = {
    "variable": "notebook_job_flow",
    "log_uri_variable": "EMR_LOG_URI",
    "subnet_variable": "SUBNET_ID",
}

with DAG("smoke", schedule=None, start_date=datetime(2020, 1, 1, tzinfo=UTC), catchup=False):
    create_cluster = EmrCreateRunClusterOperator(
        task_id="create_cluster", region_name=REGION, **CLUSTER
    )
    wait_for_cluster = EmrJobFlowSensor(
        task_id="wait_for_cluster",
        job_flow_id=CLUSTER_ID,
        target_states=["WAITING"],
        failed_states=["TERMINATED", "TERMINATED_WITH_ERRORS"],
        poke_interval=POLL_SECONDS,
        region_name=REGION,
        **WAIT,
    )
    run_step = EmrSubmitAndMonitorStepOperator(
        task_id="run_step",
        job_flow_id=CLUSTER_ID,
        steps=[
            {
                "Name": "step",
                "ActionOnFailure": "CONTINUE",
                "HadoopJarStep": {"Jar": "command-runner.jar", "Args": ["true"]},
            }
        ],
        check_interval=POLL_SECONDS,
        region_name=REGION,
        **WAIT,
    )
    terminate_cluster = EmrTerminateRunClusterOperator(
        task_id="terminate_cluster",
        job_flow_id=CLUSTER_ID,
        waiter_delay=POLL_SECONDS,
        region_name=REGION,
        **CLUSTER,
    ).as_teardown(setups=create_cluster)
    chain(create_cluster, wait_for_cluster, run_step, terminate_cluster)
    AthenaOperator(
        task_id="query_athena",
        query="SELECT 1",
        database="{{ var.value.athena_db }}",
        workgroup="{{ var.value.athena_workgroup }}",
        sleep_time=POLL_SECONDS,
    )
    RedshiftTargetOperator(task_id="query_redshift", sql="SELECT 1", poll_interval=POLL_SECONDS)
