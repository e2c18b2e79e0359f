"""Sample reviews in the schema of the Amazon Customer Reviews, by a step on an EMR cluster.

For `test_dag`, since the data of its post was withdrawn. Run it by hand: its reviews take the place
of those in the stack's own folder at once and as a whole, when all of them are there. It refuses
any other `INPUT_LOCATION`, for those reviews are somebody's own.

Variables: `REGION`; `SUBNET_ID`, the subnets that EMR chooses from, with commas between them;
`EMR_LOG_URI`; `SAMPLE_REVIEWS_LOCATION`, the stack's own folder of reviews; `notebook_job_flow`,
the request for the cluster; `INPUT_LOCATION`; `CATEGORIES_CSV`; `JOBS_LOCATION`, the folder of
Spark scripts; `SNS_TOPIC_ARN`, the topic of the notices. All are read when a task runs, never when
the file is parsed.

The cluster ends with the run as that of `test_dag` does.
"""

from __future__ import annotations

from datetime import UTC, datetime

from airflow.sdk import DAG, Param, Variable
from airflow.sdk.exceptions import AirflowFailException

from mwaalib import notices, reviews
from mwaalib.defaults import TASK_TIMEOUT, default_args
from mwaalib.emr_cluster import EmrCreateRunClusterOperator
from mwaalib.emr_submit_and_monitor_step import EmrSubmitAndMonitorStepOperator
from mwaalib.polling import waiting
from mwaalib.run_cluster import POLL_SECONDS, end_run, terminate_cluster, wait_for_cluster

#: Region of all calls.
REGION = "{{ var.value.REGION }}"

#: Seconds that the step may take.
STEP_SECONDS = 12 * 60 * 60

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
    own = Variable.get("SAMPLE_REVIEWS_LOCATION")
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
        # Not retryable: the request is invalid.
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
    jobs = f"{Variable.get('JOBS_LOCATION')}emr/"
    return [
        {
            "Name": "generate_sample_reviews",
            # The run decides what follows, not the cluster.
            "ActionOnFailure": "CONTINUE",
            "HadoopJarStep": {
                "Jar": "command-runner.jar",
                "Args": [
                    *("spark-submit", "--deploy-mode", "client"),
                    *("--py-files", f"{jobs}run_folder.py"),
                    f"{jobs}generate_sample_reviews.py",
                    *arguments,
                ],
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
    default_args=default_args(region_name=REGION),
    tags=["emr", "notebook"],
):
    create_cluster = EmrCreateRunClusterOperator(
        task_id="create_cluster",
        check=check_request,
        **CLUSTER_VARIABLES,
    )
    wait = wait_for_cluster(create_cluster)
    generate_reviews = EmrSubmitAndMonitorStepOperator(
        task_id="generate_reviews",
        job_flow_id=create_cluster.output,
        steps=steps,
        check_interval=POLL_SECONDS,
        **waiting(STEP_SECONDS, TASK_TIMEOUT, POLL_SECONDS),
    )
    terminate = terminate_cluster(create_cluster, CLUSTER_VARIABLES)

    create_cluster >> wait >> generate_reviews >> terminate
    end_run(generate_reviews, terminate)
