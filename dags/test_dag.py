"""Best sellers of the Amazon Customer Reviews, by a notebook on an EMR cluster of its own.

Port of the DAG in https://aws.amazon.com/blogs/big-data/orchestrating-analytics-jobs-on-amazon-emr-notebooks-using-amazon-mwaa/

Variables: `REGION`; `SUBNET_ID`, the subnets that EMR chooses from, with commas between them;
`EMR_LOG_URI`; `NOTEBOOK_FILE_NAME`; `NOTEBOOK_ID` where the notebook is one of an EMR Studio
workspace; `notebook_job_flow` and `notebook_execution`, the requests for the cluster and for the
execution; `SNS_TOPIC_ARN`, the topic of the notices; and `CATEGORIES_CSV`, `FROM_DATE`, `TO_DATE`,
`INPUT_LOCATION`, `OUTPUT_LOCATION`, which a run's params of the same name override. All are read
when a task runs, never when the file is parsed. The configuration option
`mwaa_analytics.test_dag_schedule` is the schedule: a cron expression, or `none`.

What is wrong with the values, and whether there are reviews to read, is found before a cluster is
made: `create_cluster_task` fails with one message. Without any reviews run the DAG
`generate_sample_reviews` first.

The cluster ends with the run, whatever happens: `terminate_cluster` is the teardown of
`create_cluster_task`; if that fails itself, its callback ends what it made; and EMR ends an idle
cluster by the policy in `notebook_job_flow`. There is no `dagrun_timeout`, which would skip the
teardown: each task has a bound of its own.

An execution that fails fails the run: no retry repeats it. Retries are for what the network or a
service owes, and go on with the cluster or the execution that they find. To run a failed run again
clear `create_cluster_task` with all that follows, or trigger another. A cluster that cannot be
ended fails the run as well.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

from airflow.configuration import conf
from airflow.providers.amazon.aws.hooks.s3 import S3Hook
from airflow.sdk import DAG, Param, Variable
from airflow.sdk.exceptions import AirflowFailException

from mwaalib import notices, reviews
from mwaalib.defaults import TASK_TIMEOUT, default_args
from mwaalib.emr_cluster import EmrCreateRunClusterOperator
from mwaalib.emr_notebook import (
    EmrTerminateNotebookClusterOperator,
    NotebookExecutionSensor,
    StartNotebookExecutionOperator,
)
from mwaalib.polling import waiting
from mwaalib.run_cluster import POLL_SECONDS, end_run, terminate_cluster, wait_for_cluster
from mwaalib.runs import mark

#: Region of all calls.
REGION = "{{ var.value.REGION }}"

#: Seconds that an execution may take.
EXECUTION_SECONDS = 6 * 60 * 60

#: Variables that hold the request for the cluster.
CLUSTER_VARIABLES = {
    "variable": "notebook_job_flow",
    "log_uri_variable": "EMR_LOG_URI",
    "subnet_variable": "SUBNET_ID",
}

_DAY = {"type": ["null", "string"], "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
_FOLDER = {"type": ["null", "string"], "pattern": "^s3://[a-z0-9][a-z0-9.-]+[a-z0-9](/.*)?$"}

#: Params that override the Variable of the same name.
OVERRIDES = {
    "CATEGORIES_CSV": Param(
        None,
        type=["null", "string"],
        description="Categories, with commas between. Empty: the Variable CATEGORIES_CSV.",
    ),
    "FROM_DATE": Param(
        None, **_DAY, description="First day that counts. Empty: the Variable FROM_DATE."
    ),
    "TO_DATE": Param(
        None, **_DAY, description="Last day that counts. Empty: the Variable TO_DATE."
    ),
    "INPUT_LOCATION": Param(
        None,
        **_FOLDER,
        description="Folder of the reviews, s3://… Empty: the Variable INPUT_LOCATION.",
    ),
    "OUTPUT_LOCATION": Param(
        None,
        **_FOLDER,
        description="Folder for the results, s3://… Empty: the Variable OUTPUT_LOCATION.",
    ),
}

PARAMS = {**OVERRIDES, **notices.params()}

#: XCom of create_cluster_task: the parameters that it has checked, and the notebook gets.
PARAMETERS = "notebook_parameters"


def check_request(context) -> None:
    """Check what the run asks for, and that there are reviews for it; keep it for the notebook.

    Raises:
        AirflowFailException: tells all that is wrong, and what to do.
    """
    try:
        reviews.require_known(context["dag_run"].conf or {}, PARAMS)
        values = {name: _value(context["params"], name) for name in OVERRIDES}
        parameters = reviews.notebook_parameters(values)
        # The notebook reads what was looked at, whatever is made meanwhile.
        parameters["INPUT_LOCATION"] = reviews.require_reviews(
            S3Hook(region_name=Variable.get("REGION")).conn,
            parameters["INPUT_LOCATION"],
            parameters["CATEGORIES"],
        )
    except reviews.InputError as error:
        # Not retryable: the request is invalid.
        raise AirflowFailException(str(error)) from None
    context["ti"].xcom_push(key=PARAMETERS, value=parameters)


def _value(params, name: str) -> str:
    return Variable.get(name) if params[name] is None else params[name]


def execution_request(context, jinja_env=None) -> dict[str, Any]:
    """StartNotebookExecution's request: the Variable's, with what this run decides."""
    request = Variable.get("notebook_execution", deserialize_json=True)
    file_name = Variable.get("NOTEBOOK_FILE_NAME")
    editor = Variable.get("NOTEBOOK_ID", default=None)
    if editor:
        request.pop("NotebookS3Location", None)
        request.update(EditorId=editor, RelativePath=file_name)
    else:
        request["NotebookS3Location"] = _below(request["NotebookS3Location"], file_name)
    if "OutputNotebookS3Location" in request:
        folder = _folder_of(context["dag_run"])
        request["OutputNotebookS3Location"] = _below(request["OutputNotebookS3Location"], folder)
    parameters = context["ti"].xcom_pull(task_ids="create_cluster_task", key=PARAMETERS)
    request["NotebookParams"] = json.dumps(parameters)
    return request


def _below(location: dict[str, str], name: str) -> dict[str, str]:
    return {**location, "Key": f"{location['Key'].rstrip('/')}/{name}".lstrip("/")}


def _folder_of(run) -> str:
    """Folder of a run's executed notebooks: one that a person can read, and no other run has."""
    readable = re.sub(r"[^A-Za-z0-9_.-]+", "-", f"{run.dag_id}-{run.run_id}")[:200]
    return f"{readable}-{mark(run.dag_id, run.run_id, run.run_after.isoformat())}/"


def schedule() -> str | None:
    """Schedule of the configuration option, each hour without it, None for `none`."""
    cron = conf.get("mwaa_analytics", "test_dag_schedule", fallback="0 * * * *")
    return None if cron.strip().lower() == "none" else cron


with DAG(
    dag_id="test_dag",
    doc_md=__doc__,
    schedule=schedule(),
    start_date=datetime(2020, 3, 30, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=True,
    params=PARAMS,
    default_args=default_args(region_name=REGION),
    tags=["emr", "notebook"],
):
    create_cluster_task = EmrCreateRunClusterOperator(
        task_id="create_cluster_task",
        check=check_request,
        **CLUSTER_VARIABLES,
    )
    check_cluster_task = wait_for_cluster(create_cluster_task, "check_cluster_task")
    start_execution_task = StartNotebookExecutionOperator(
        task_id="start_execution_task",
        cluster_id=create_cluster_task.output,
        request=execution_request,
    )
    check_execution_task = NotebookExecutionSensor(
        task_id="check_execution_task",
        execution_id=start_execution_task.output,
        poke_interval=POLL_SECONDS,
        **waiting(EXECUTION_SECONDS, TASK_TIMEOUT, POLL_SECONDS),
    )
    terminate = terminate_cluster(
        create_cluster_task, CLUSTER_VARIABLES, EmrTerminateNotebookClusterOperator
    )

    create_cluster_task >> check_cluster_task >> start_execution_task >> check_execution_task
    check_execution_task >> terminate
    end_run(check_execution_task, terminate)
