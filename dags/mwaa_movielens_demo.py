"""MovieLens on EMR, then Step Functions and Glue: the most popular and the top rated films.

Port of the DAG in https://aws.amazon.com/blogs/big-data/building-complex-workflows-with-amazon-mwaa-aws-step-functions-aws-glue-and-amazon-emr/

Variables: `movielens_source`; `emr_job_flow`, the request for the cluster; `movielens_prefixes`,
the prefixes `raw`, `output` and `rejected` in the pipeline's bucket, as JSON;
`movielens_parameters`, the path of the Systems Manager parameters `S3/DemoBucket`, `S3/mwaaBucket`
and `sfn/movielens`. All are read when a task runs, never when the file is parsed.

The cluster ends with the run, whatever happens: `terminate_cluster` is the teardown of
`create_cluster`; if that fails itself, its callback ends what it made; and EMR ends an idle cluster
by the policy in `emr_job_flow`. There is no `dagrun_timeout`, which would skip the teardown: each
task has a bound of its own.

Each load of the data has a folder of its own below each prefix, so that runs which overlap, and
tasks that were cleared, write nothing that another reads. The Glue job publishes what was loaded
last.

A step or an execution that fails fails the run: no retry repeats it. Retries are for what the
network or a service owes, and go on with the cluster, the step or the execution that they find. To
run a failed pipeline again clear `extract_load_data` with all that follows, or trigger another.
"""

from __future__ import annotations

import functools
import logging
import tempfile
from datetime import UTC, datetime, timedelta

from airflow.providers.amazon.aws.hooks.s3 import S3Hook
from airflow.providers.amazon.aws.hooks.ssm import SsmHook
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, Variable
from airflow.sdk.exceptions import AirflowFailException

from mwaalib import movielens
from mwaalib.defaults import TASK_TIMEOUT, default_args
from mwaalib.emr_cluster import EmrCreateRunClusterOperator
from mwaalib.emr_submit_and_monitor_step import EmrSubmitAndMonitorStepOperator
from mwaalib.polling import waiting
from mwaalib.run_cluster import POLL_SECONDS, terminate_cluster, wait_for_cluster
from mwaalib.runs import folder_of_data
from mwaalib.step_functions import ExecutionSensor, StartExecutionOperator

log = logging.getLogger(__name__)

#: Seconds that a step may take.
STEP_SECONDS = 2 * 60 * 60

#: Seconds that the execution may take. The state machine has a bound of its own, which comes first:
#: a Glue job has seven days at most.
EXECUTION_SECONDS = 8 * 24 * 60 * 60

#: Variable that holds the request for the cluster.
JOB_FLOW = "emr_job_flow"

#: Table of the data set: its folder among the Parquet files.
FOLDERS = {"movies": "movie", "ratings": "ratings", "tags": "tags"}


@functools.cache
def parameter(name: str) -> str:
    """Value of one of the pipeline's Systems Manager parameters."""
    return SsmHook().get_parameter_value(f"{Variable.get('movielens_parameters')}/{name}")


def prefix(name: str) -> str:
    """One of the pipeline's prefixes in its bucket, with a slash at its end."""
    return Variable.get("movielens_prefixes", deserialize_json=True)[name]


#: Folder of the data that the run has loaded, below each prefix.
RUN = "{{ ti.xcom_pull(task_ids='extract_load_data') }}"


def load_data(dag_run) -> str:
    """Put the tables of the MovieLens zip into a folder of the bucket; returns its name.

    Lines are not looked at here: the steps set aside what fits no table.
    """
    folder = folder_of_data(dag_run)
    with tempfile.TemporaryFile() as scratch:
        try:
            rows = movielens.load(
                Variable.get("movielens_source"),
                S3Hook().conn,
                parameter("S3/DemoBucket"),
                f"{prefix('raw')}{folder}/",
                scratch,
                check_rows=False,
            )
        except movielens.InputError as error:
            # Not retryable: the input is invalid.
            raise AirflowFailException(str(error)) from error
    log.info("lines by table in %s: %s", folder, rows)
    return folder


def preprocess_step(table: str) -> dict:
    """Step that makes Parquet of a table's CSV file."""
    script = "s3://{{ parameter('S3/mwaaBucket') }}/jobs/emr"
    data = "s3://{{ parameter('S3/DemoBucket') }}"
    arguments = [
        *("spark-submit", "--deploy-mode", "client", "--py-files", f"{script}/movielens_csv.py"),
        f"{script}/preprocess_{table}.py",
        *("--input", f"{data}/{{{{ prefix('raw') }}}}{RUN}/{table}/"),
        *("--output", f"{data}/{{{{ prefix('output') }}}}{RUN}/{FOLDERS[table]}/"),
        *("--rejected", f"{data}/{{{{ prefix('rejected') }}}}{RUN}/{FOLDERS[table]}/"),
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
    default_args=default_args(),
    user_defined_macros={"parameter": parameter, "prefix": prefix},
    tags=["emr", "glue", "stepfunctions"],
):
    extract_load_data = PythonOperator(
        task_id="extract_load_data",
        python_callable=load_data,
        execution_timeout=timedelta(minutes=30),
    )
    create_cluster = EmrCreateRunClusterOperator(
        task_id="create_cluster",
        variable=JOB_FLOW,
    )
    wait_for_cluster_completion = wait_for_cluster(create_cluster, "wait_for_cluster_completion")
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
    terminate = terminate_cluster(create_cluster, {"variable": JOB_FLOW})
    trigger_stepfunctions = StartExecutionOperator(
        task_id="trigger_stepfunctions",
        state_machine_arn="{{ parameter('sfn/movielens') }}",
        state_machine_input={"run": RUN},
    )
    monitor_stepfunctions = ExecutionSensor(
        task_id="monitor_stepfunctions",
        execution_arn=trigger_stepfunctions.output,
        poke_interval=POLL_SECONDS,
        timeout=EXECUTION_SECONDS,
        execution_timeout=timedelta(seconds=EXECUTION_SECONDS) + TASK_TIMEOUT,
    )

    # Before a cluster is paid for: it would only wait.
    extract_load_data >> create_cluster >> wait_for_cluster_completion >> preprocess
    preprocess >> terminate >> trigger_stepfunctions >> monitor_stepfunctions
    # A teardown that succeeds hides what failed before it: a failed step stops the rest itself.
    # https://airflow.apache.org/docs/apache-airflow/stable/howto/setup-and-teardown.html
    preprocess >> trigger_stepfunctions
