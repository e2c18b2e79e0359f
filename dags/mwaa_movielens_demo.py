"""MovieLens on EMR, then Step Functions and Glue: the most popular and the top rated films.

Port of the DAG in https://aws.amazon.com/blogs/big-data/building-complex-workflows-with-amazon-mwaa-aws-step-functions-aws-glue-and-amazon-emr/

Variables: `movielens_source`; `emr_job_flow`, the request for the cluster; `movielens_parameters`,
the path of the Systems Manager parameters `S3/DemoBucket`, `S3/mwaaBucket` and `sfn/movielens`. All
are read when a task runs, never when the file is parsed.

The cluster ends with the run, whatever happens: `terminate_cluster` is the teardown of
`create_cluster`; if that fails itself, its callback ends what it made; and EMR ends an idle cluster
by the policy in `emr_job_flow`. There is no `dagrun_timeout`, which would skip the teardown: each
task has a bound of its own.

A step or an execution that fails fails the run: no retry repeats it. Retries are for what the
network or a service owes, and go on with the cluster, the step or the execution that they find. To
run a failed pipeline again clear `create_cluster` with all that follows, or trigger another run.
"""

from __future__ import annotations

import functools
import logging
import tempfile
from datetime import UTC, datetime, timedelta

from airflow.providers.amazon.aws.hooks.s3 import S3Hook
from airflow.providers.amazon.aws.hooks.ssm import SsmHook
from airflow.providers.amazon.aws.sensors.emr import EmrJobFlowSensor
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, Variable
from airflow.sdk.exceptions import AirflowFailException

from mwaalib import movielens
from mwaalib.emr_cluster import EmrCreateRunClusterOperator, EmrTerminateRunClusterOperator
from mwaalib.emr_submit_and_monitor_step import EmrSubmitAndMonitorStepOperator
from mwaalib.polling import poll_seconds, waiting
from mwaalib.step_functions import ExecutionSensor, StartExecutionOperator

log = logging.getLogger(__name__)

#: Seconds between two looks at what runs elsewhere.
POLL_SECONDS = poll_seconds()

#: Seconds that a cluster may take to be ready, and to be gone.
CLUSTER_SECONDS = 40 * 60

#: Seconds that a step may take.
STEP_SECONDS = 2 * 60 * 60

#: Seconds that the execution may take. The state machine has a bound of its own, which comes first:
#: a Glue job has seven days at most.
EXECUTION_SECONDS = 8 * 24 * 60 * 60

#: Bound of a task that only asks, and of one look of a task that waits.
TASK_TIMEOUT = timedelta(minutes=10)

#: Variable that holds the request for the cluster.
JOB_FLOW = "emr_job_flow"

#: Table of the data set: its folder among the Parquet files.
FOLDERS = {"movies": "movie", "ratings": "ratings", "tags": "tags"}


@functools.cache
def parameter(name: str) -> str:
    """Value of one of the pipeline's Systems Manager parameters."""
    return SsmHook().get_parameter_value(f"{Variable.get('movielens_parameters')}/{name}")


def load_data() -> dict[str, int]:
    """Put the tables of the MovieLens zip into the bucket; returns the rows of each.

    Lines are not looked at here: the steps set aside what fits no table.
    """
    with tempfile.TemporaryFile() as scratch:
        try:
            rows = movielens.load(
                Variable.get("movielens_source"),
                S3Hook().conn,
                parameter("S3/DemoBucket"),
                "raw/",
                scratch,
                check_rows=False,
            )
        except movielens.InputError as error:
            # Another try would read the same.
            raise AirflowFailException(str(error)) from error
    log.info("lines by table: %s", rows)
    return rows


def preprocess_step(table: str) -> dict:
    """Step that makes Parquet of a table's CSV file."""
    script = "s3://{{ parameter('S3/mwaaBucket') }}/jobs/emr"
    data = "s3://{{ parameter('S3/DemoBucket') }}"
    arguments = [
        *("spark-submit", "--deploy-mode", "client", f"{script}/preprocess_{table}.py"),
        *("--input", f"{data}/raw/{table}/"),
        *("--output", f"{data}/output/{FOLDERS[table]}/"),
        *("--rejected", f"{data}/rejected/{FOLDERS[table]}/"),
    ]
    return {
        "Name": f"preprocess_{table}",
        # The run decides what follows, not the cluster.
        "ActionOnFailure": "CONTINUE",
        "HadoopJarStep": {"Jar": "command-runner.jar", "Args": arguments},
    }


with DAG(
    dag_id="mwaa_movielens_demo",
    doc_md=__doc__,
    schedule=None,
    start_date=datetime(2021, 1, 11, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    max_active_tasks=3,
    is_paused_upon_creation=True,
    default_args={
        "owner": "airflow",
        "depends_on_past": False,
        "retries": 2,
        "retry_delay": timedelta(seconds=30),
        "execution_timeout": TASK_TIMEOUT,
    },
    user_defined_macros={"parameter": parameter},
    tags=["emr", "glue", "stepfunctions"],
):
    create_cluster = EmrCreateRunClusterOperator(
        task_id="create_cluster",
        variable=JOB_FLOW,
    )
    wait_for_cluster_completion = EmrJobFlowSensor(
        task_id="wait_for_cluster_completion",
        job_flow_id=create_cluster.output,
        # RUNNING: this task was cleared while steps are at work.
        target_states=["RUNNING", "WAITING"],
        failed_states=["TERMINATING", "TERMINATED", "TERMINATED_WITH_ERRORS"],
        poke_interval=POLL_SECONDS,
        **waiting(CLUSTER_SECONDS, TASK_TIMEOUT, POLL_SECONDS),
    )
    extract_load_data = PythonOperator(
        task_id="extract_load_data",
        python_callable=load_data,
        # The cluster is idle meanwhile: three tries stay within the least that its settings allow.
        execution_timeout=timedelta(minutes=30),
    )
    preprocess = [
        EmrSubmitAndMonitorStepOperator(
            task_id=f"preprocess_{table}",
            job_flow_id=create_cluster.output,
            steps=[preprocess_step(table)],
            check_interval=POLL_SECONDS,
            **waiting(STEP_SECONDS, TASK_TIMEOUT, POLL_SECONDS),
        )
        for table in FOLDERS
    ]
    terminate_cluster = EmrTerminateRunClusterOperator(
        task_id="terminate_cluster",
        job_flow_id=create_cluster.output,
        variable=JOB_FLOW,
        waiter_delay=POLL_SECONDS,
        waiter_max_attempts=CLUSTER_SECONDS // POLL_SECONDS,
        # What it does not end goes on costing.
        retries=5,
        execution_timeout=timedelta(seconds=CLUSTER_SECONDS) + TASK_TIMEOUT,
    ).as_teardown(setups=create_cluster)
    trigger_stepfunctions = StartExecutionOperator(
        task_id="trigger_stepfunctions",
        state_machine_arn="{{ parameter('sfn/movielens') }}",
    )
    monitor_stepfunctions = ExecutionSensor(
        task_id="monitor_stepfunctions",
        execution_arn=trigger_stepfunctions.output,
        poke_interval=POLL_SECONDS,
        timeout=EXECUTION_SECONDS,
        execution_timeout=timedelta(seconds=EXECUTION_SECONDS) + TASK_TIMEOUT,
    )

    create_cluster >> wait_for_cluster_completion >> extract_load_data >> preprocess
    preprocess >> terminate_cluster >> trigger_stepfunctions >> monitor_stepfunctions
    # A teardown that succeeds hides what failed before it: a failed step stops the rest itself.
    # https://airflow.apache.org/docs/apache-airflow/3.2.1/howto/setup-and-teardown.html
    preprocess >> trigger_stepfunctions
