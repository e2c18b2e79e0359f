"""Sample reviews in the schema of the Amazon Customer Reviews, by a step on an EMR cluster.

For `test_dag`, since the data of its post was withdrawn. Run it by hand: it replaces all that lies
in the stack's own folder of reviews, and refuses any other `INPUT_LOCATION`, for those reviews are
somebody's own.

Variables: `REGION`; `SUBNET_ID`, the subnets that EMR chooses from, with commas between them;
`EMR_LOG_URI`, which lies in the stack's data bucket; `notebook_job_flow`, the request for the
cluster; `INPUT_LOCATION`; `CATEGORIES_CSV`; `JOBS_LOCATION`, the folder of Spark scripts;
`SNS_TOPIC_ARN`, the topic of the notices. All are read when a task runs, never when the file is
parsed.

The cluster ends with the run as that of `test_dag` does.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from airflow.providers.amazon.aws.sensors.emr import EmrJobFlowSensor
from airflow.sdk import DAG, Param, Variable
from airflow.sdk.exceptions import AirflowFailException

from mwaalib import notices, reviews
from mwaalib.emr_cluster import EmrCreateRunClusterOperator, EmrTerminateRunClusterOperator
from mwaalib.emr_submit_and_monitor_step import EmrSubmitAndMonitorStepOperator
from mwaalib.polling import poll_seconds, waiting

#: Region of all calls.
REGION = "{{ var.value.REGION }}"

#: Seconds between two looks at what runs elsewhere.
POLL_SECONDS = poll_seconds()

#: Seconds that a cluster may take to be ready, and to be gone.
CLUSTER_SECONDS = 40 * 60

#: Seconds that the step may take.
STEP_SECONDS = 12 * 60 * 60

#: Bound of a task that only asks, and of one look of a task that waits.
TASK_TIMEOUT = timedelta(minutes=10)

#: Folder of the reviews in the stack's data bucket.
FOLDER = "reviews"

#: Most reviews that the script can number.
MOST_REVIEWS = 25_000_000_000

#: Variables that hold the request for the cluster.
CLUSTER_VARIABLES = {
    "variable": "notebook_job_flow",
    "log_uri_variable": "EMR_LOG_URI",
    "subnet_variable": "SUBNET_ID",
}

_DAY = {"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}

PARAMS = {
    "reviews": Param(
        200_000, type="integer", minimum=1, maximum=MOST_REVIEWS, description="How many reviews."
    ),
    "from_date": Param("2015-01-01", **_DAY, description="First day that has reviews."),
    "to_date": Param("2015-12-31", **_DAY, description="Last day that has reviews."),
    "categories": Param(
        None,
        type=["null", "string"],
        description="Categories, with commas between. Empty: the Variable CATEGORIES_CSV.",
    ),
    **notices.params(),
}

#: XCom of create_cluster: the script's arguments that it has checked.
ARGUMENTS = "arguments"


def check_request(context) -> None:
    """Check what the run asks for; keep it for the step.

    Raises:
        AirflowFailException: tells all that is wrong, and what to do.
    """
    try:
        reviews.require_known(context["dag_run"].conf or {}, PARAMS)
    except reviews.InputError as error:
        raise AirflowFailException(str(error)) from None
    params = context["params"]
    told = params["categories"]
    categories = reviews.split(Variable.get("CATEGORIES_CSV") if told is None else told)
    output = Variable.get("INPUT_LOCATION").rstrip("/") + "/"
    own = f"s3://{reviews.bucket_of(Variable.get('EMR_LOG_URI'))}/{FOLDER}/"
    problems = reviews.problems_of_days(
        params["from_date"], params["to_date"], ("from_date", "to_date")
    )
    unknown = [name for name in categories if name not in reviews.CATEGORIES]
    if unknown or not categories:
        problems.append(
            f"The categories are {', '.join(categories) or 'none'}: choose of "
            f"{', '.join(reviews.CATEGORIES)}."
        )
    if output != own:
        problems.append(
            f"INPUT_LOCATION is {output}: sample reviews would replace what lies there, so they "
            f"are made only in the stack's own folder, {own}."
        )
    if problems:
        # Another try would find the same.
        raise AirflowFailException(" ".join(problems))
    arguments = {
        "output": output,
        "reviews": str(params["reviews"]),
        "categories": ",".join(categories),
        "from-date": params["from_date"],
        "to-date": params["to_date"],
    }
    context["ti"].xcom_push(key=ARGUMENTS, value=arguments)


def steps(context, jinja_env=None) -> list[dict]:
    """The step that makes the reviews."""
    checked = context["ti"].xcom_pull(task_ids="create_cluster", key=ARGUMENTS)
    arguments = [part for name, value in checked.items() for part in (f"--{name}", value)]
    script = f"{Variable.get('JOBS_LOCATION')}emr/generate_sample_reviews.py"
    return [
        {
            "Name": "generate_sample_reviews",
            # The run decides what follows, not the cluster.
            "ActionOnFailure": "CONTINUE",
            "HadoopJarStep": {
                "Jar": "command-runner.jar",
                "Args": ["spark-submit", "--deploy-mode", "client", script, *arguments],
            },
        }
    ]


with DAG(
    dag_id="generate_sample_reviews",
    doc_md=__doc__,
    schedule=None,
    start_date=datetime(2020, 3, 30, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=True,
    params=PARAMS,
    default_args={
        "owner": "airflow",
        "depends_on_past": False,
        "retries": 2,
        "retry_delay": timedelta(seconds=30),
        "execution_timeout": TASK_TIMEOUT,
        "region_name": REGION,
        "on_failure_callback": notices.on_failure,
        "on_retry_callback": notices.on_retry,
    },
    tags=["emr", "notebook"],
):
    create_cluster = EmrCreateRunClusterOperator(
        task_id="create_cluster",
        check=check_request,
        **CLUSTER_VARIABLES,
    )
    wait_for_cluster = EmrJobFlowSensor(
        task_id="wait_for_cluster",
        job_flow_id=create_cluster.output,
        # RUNNING: this task was cleared while the step is at work.
        target_states=["RUNNING", "WAITING"],
        failed_states=["TERMINATING", "TERMINATED", "TERMINATED_WITH_ERRORS"],
        poke_interval=POLL_SECONDS,
        **waiting(CLUSTER_SECONDS, TASK_TIMEOUT, POLL_SECONDS),
    )
    generate_reviews = EmrSubmitAndMonitorStepOperator(
        task_id="generate_reviews",
        job_flow_id=create_cluster.output,
        steps=steps,
        check_interval=POLL_SECONDS,
        **waiting(STEP_SECONDS, TASK_TIMEOUT, POLL_SECONDS),
    )
    terminate_cluster = EmrTerminateRunClusterOperator(
        task_id="terminate_cluster",
        job_flow_id=create_cluster.output,
        waiter_delay=POLL_SECONDS,
        waiter_max_attempts=CLUSTER_SECONDS // POLL_SECONDS,
        # What it does not end goes on costing.
        retries=5,
        execution_timeout=timedelta(seconds=CLUSTER_SECONDS) + TASK_TIMEOUT,
        **CLUSTER_VARIABLES,
    ).as_teardown(setups=create_cluster)

    create_cluster >> wait_for_cluster >> generate_reviews >> terminate_cluster
