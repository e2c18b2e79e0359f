"""`test_dag`: its tasks, its edges, what a run may ask for, and how its runs end."""

from __future__ import annotations

import copy
import itertools
import json
import signal
from datetime import UTC, datetime, timedelta

import pytest
from airflow.sdk import TriggerRule
from airflow.sdk.exceptions import AirflowFailException
from fake_aws import ACTIVE, NOTEBOOK_VARIABLES, context_of

DAG_ID = "test_dag"
TASKS = (
    "create_cluster_task",
    "check_cluster_task",
    "start_execution_task",
    "check_execution_task",
    "terminate_cluster",
    "end_run",
)

# https://aws.amazon.com/blogs/big-data/orchestrating-analytics-jobs-on-amazon-emr-notebooks-using-amazon-mwaa/
# but that a run fails where its cluster does not end.
CHAIN = set(itertools.pairwise(TASKS))

#: The setup of the teardown, whose id the others read as well.
ADDED = {
    ("create_cluster_task", "start_execution_task"),
    ("create_cluster_task", "terminate_cluster"),
    ("check_execution_task", "end_run"),
}


@pytest.fixture(scope="module")
def dag(dag_bag):
    assert dag_bag.import_errors == {}
    return dag_bag.dags[DAG_ID]


@pytest.fixture
def module(notebook_variables):
    import test_dag

    return test_dag


def test_tasks_and_edges_are_the_posts(dag):
    assert [task.task_id for task in dag.topological_sort()] == list(TASKS)
    edges = {(task.task_id, down) for task in dag.tasks for down in task.downstream_task_ids}
    assert edges == CHAIN | ADDED


def test_runs_each_hour_one_at_a_time(dag):
    assert dag.schedule == "0 * * * *"
    assert dag.start_date == datetime(2020, 3, 30, tzinfo=UTC)
    assert dag.catchup is False
    assert dag.max_active_runs == 1


@pytest.mark.parametrize(
    ("option", "expected"), [("15 3 * * *", "15 3 * * *"), ("none", None), (" None ", None)]
)
def test_the_schedule_is_an_option(monkeypatch, module, option, expected):
    monkeypatch.setenv("AIRFLOW__MWAA_ANALYTICS__TEST_DAG_SCHEDULE", option)
    assert module.schedule() == expected


def test_no_task_waits_without_end_and_the_run_has_no_timeout_that_skips_the_teardown(dag):
    assert dag.dagrun_timeout is None
    for task in dag.tasks:
        assert timedelta(0) < task.execution_timeout
        assert task.retries >= 2
    # One look waits for an end, and a start for the end of what was before.
    look = dag.get_task("check_execution_task")
    assert timedelta(seconds=look.settle_seconds) < look.execution_timeout
    start = dag.get_task("start_execution_task")
    assert timedelta(seconds=start.stop_seconds) < start.execution_timeout
    end = dag.get_task("terminate_cluster")
    waits = end.waiter_delay * end.waiter_max_attempts + end.stop_seconds
    assert timedelta(seconds=waits) < end.execution_timeout


def test_what_waits_frees_its_slot(dag):
    modes = {task.task_id: task.mode for task in dag.tasks if hasattr(task, "mode")}
    assert modes == {"check_cluster_task": "reschedule", "check_execution_task": "reschedule"}


def test_terminate_is_the_teardown_of_create(dag):
    assert dag.get_task("create_cluster_task").is_setup
    terminate = dag.get_task("terminate_cluster")
    assert terminate.is_teardown
    # Else its own success would be the run's.
    assert terminate.on_failure_fail_dagrun is False
    rules = {task.task_id: task.trigger_rule for task in dag.tasks if not task.is_teardown}
    assert set(rules.values()) == {TriggerRule.ALL_SUCCESS}


def test_each_task_tells_of_its_failure(dag):
    from mwaalib import notices

    for task in dag.tasks:
        assert task.on_failure_callback[-1].__name__ == notices.on_failure.__name__
        assert task.on_retry_callback[-1].__name__ == notices.on_retry.__name__


# What a run asks for


def checked(module, *, conf: dict | None = None) -> dict:
    """Parameters that `create_cluster_task` keeps for the notebook."""
    params = {name: param.value for name, param in module.PARAMS.items()} | (conf or {})
    context = context_of(module.create_cluster_task, params=params)
    context["dag_run"].conf = conf
    module.check_request(context)
    return context["ti"].links[module.PARAMETERS]


def test_the_variables_count_where_the_run_says_nothing(module, s3):
    assert checked(module) == {
        "CATEGORIES": ["Apparel", "Books"],
        "FROM_DATE": "2015-08-25",
        "TO_DATE": "2015-08-31",
        "INPUT_LOCATION": "s3://data-bucket/reviews/",
        "OUTPUT_LOCATION": "s3://data-bucket/query_output/",
    }


def test_the_notebook_reads_the_run_of_sample_reviews_that_was_looked_at(module, s3):
    run = "20261130T000000000000Z-0123456789abcdef"
    for name in ("_SUCCESS", *(f"product_category={c}/a.parquet" for c in ("Apparel", "Books"))):
        s3.buckets["data-bucket"][f"reviews/{run}/{name}"] = 1
    assert checked(module)["INPUT_LOCATION"] == f"s3://data-bucket/reviews/{run}/"


@pytest.mark.parametrize(
    ("conf", "expected"),
    [
        ({"CATEGORIES_CSV": "Books"}, {"CATEGORIES": ["Books"]}),
        (
            {"FROM_DATE": "2016-02-29", "TO_DATE": "2016-02-29"},
            {"FROM_DATE": "2016-02-29", "TO_DATE": "2016-02-29"},
        ),
        ({"OUTPUT_LOCATION": "s3://another/x"}, {"OUTPUT_LOCATION": "s3://another/x/"}),
    ],
)
def test_a_run_overrides_the_variables(module, s3, conf, expected):
    assert checked(module, conf=conf) == {**checked(module), **expected}


def test_variables_are_not_asked_for_what_the_run_says(module, s3, monkeypatch):
    for name in module.OVERRIDES:
        monkeypatch.delenv(f"AIRFLOW_VAR_{name}")
    checked(module, conf={name: NOTEBOOK_VARIABLES[name] for name in module.OVERRIDES})


@pytest.mark.parametrize(
    ("conf", "message"),
    [
        ({"FROM_DATE": "2015-09-01"}, "FROM_DATE 2015-09-01 is after TO_DATE 2015-08-31"),
        ({"CATEGORIES_CSV": ""}, "CATEGORIES_CSV is '': give one name"),
        ({"CATEGORIES_CSV": "Books,Tois"}, "no reviews of Tois in s3://data-bucket/reviews/"),
        ({"INPUT_LOCATION": "s3://data-bucket/none/"}, "Run the DAG generate_sample_reviews"),
        ({"INPUT_LOCATION": "s3://another/x/"}, "NoSuchBucket"),
        (
            {"FROMDATE": "2015-08-25", "a": 1},
            "configuration has FROMDATE, a, which the DAG does not know: choose of CATEGORIES_CSV",
        ),
    ],
)
def test_what_is_wrong_is_no_matter_of_another_try(module, s3, conf, message):
    with pytest.raises(AirflowFailException, match=message):
        checked(module, conf=conf)


def request(module, monkeypatch, **variables: str) -> dict:
    """StartNotebookExecution's request of a run."""
    for name, value in variables.items():
        monkeypatch.setenv(f"AIRFLOW_VAR_{name.upper()}", value)
    context = context_of(module.start_execution_task)
    asked = {}

    def pull(task_ids, key):
        asked.update(task_ids=task_ids, key=key)
        return {"CATEGORIES": ["Health_&_Personal_Care"]}

    context["ti"].xcom_pull = pull
    sent = module.execution_request(context)
    assert asked == {"task_ids": "create_cluster_task", "key": module.PARAMETERS}
    return sent


def test_a_notebook_of_the_bucket_is_asked_for_by_its_file_name(module, monkeypatch):
    sent = request(module, monkeypatch)
    output = sent.pop("OutputNotebookS3Location")
    expected = json.loads(NOTEBOOK_VARIABLES["notebook_execution"])
    del expected["OutputNotebookS3Location"]
    assert sent == {
        **expected,
        "NotebookS3Location": {
            "Bucket": "airflow-bucket",
            "Key": "notebooks/find_best_sellers.ipynb",
        },
        "NotebookParams": '{"CATEGORIES": ["Health_&_Personal_Care"]}',
    }
    assert output["Bucket"] == "data-bucket"
    assert output["Key"].startswith("notebook-output/a_dag-manual__2026-01-01T00-00-00-00-00-")
    assert output["Key"].endswith("/")


def test_runs_have_folders_of_their_own(module):
    contexts = [
        context_of(module.start_execution_task, **told)
        for told in ({}, {"run_id": "a"}, {"run_after": datetime(2026, 1, 2, tzinfo=UTC)})
    ]
    assert len({module._folder_of(context["dag_run"]) for context in contexts}) == 3


def test_a_notebook_of_a_workspace_is_asked_for_by_its_path(module, monkeypatch):
    sent = request(module, monkeypatch, notebook_id="e-ABC", notebook_file_name="demo/find.ipynb")
    assert (sent["EditorId"], sent["RelativePath"]) == ("e-ABC", "demo/find.ipynb")
    assert "NotebookS3Location" not in sent
    # As the program writes it for a workspace: executed notebooks lie there.
    plain = json.dumps({"ServiceRole": "r", "ExecutionEngine": {"Type": "EMR"}})
    sent = request(module, monkeypatch, notebook_id="e-ABC", notebook_execution=plain)
    assert sent == {
        "ServiceRole": "r",
        "ExecutionEngine": {"Type": "EMR"},
        "EditorId": "e-ABC",
        "RelativePath": "demo/find.ipynb",
        "NotebookParams": '{"CATEGORIES": ["Health_&_Personal_Care"]}',
    }


# Runs


class Pipeline:
    """The DAG on services in memory that go on by themselves: what they do wrong a test says."""

    def __init__(self, monkeypatch, dag, emr, sns) -> None:
        self.emr, self.sns = emr, sns
        self.cluster_state = "WAITING"
        self.end = {"Status": "FINISHED", "OutputNotebookURI": "s3://data-bucket/out.ipynb"}
        # `dag.test()` leaves a run's params in the DAG, of which a task's own process has a copy.
        self._dag = dag = copy.deepcopy(dag)
        for owner in (dag, *dag.tasks):
            owner.params = copy.deepcopy(owner.params)
        self.regions: set[str | None] = set()
        cluster, execution = emr.DescribeCluster, emr.DescribeNotebookExecution
        monkeypatch.setattr(
            emr, "DescribeCluster", lambda **asked: self._boot() or cluster(**asked)
        )
        monkeypatch.setattr(
            emr, "DescribeNotebookExecution", lambda **asked: self._work() or execution(**asked)
        )
        for task in dag.tasks:
            task.retry_delay = timedelta(0)
            if hasattr(task, "poke_interval"):
                task.poke_interval = 0
        terminate = dag.get_task("terminate_cluster")
        terminate.waiter_delay = 0
        terminate.stop_seconds = 0
        dag.get_task("check_execution_task").settle_seconds = 0

    def _boot(self) -> None:
        for cluster in self.emr.clusters.values():
            if cluster["Status"]["State"] == "STARTING":
                cluster["Status"]["State"] = self.cluster_state

    def _work(self) -> None:
        for execution in self.emr.executions.values():
            state = execution["Status"]
            if state == "START_PENDING":
                execution["Status"] = "RUNNING"
            elif state == "RUNNING":
                execution.update(self.end)

    def run(self, **conf) -> tuple[str, dict[str, str]]:
        """Runs the DAG; returns the state of the run, and of each of its tasks."""
        run = self._dag.test(run_conf=conf)
        return run.state, {ti.task_id: ti.state for ti in run.get_task_instances()}

    def clusters_left(self) -> list[str]:
        return [number for number in self.emr.clusters if self.emr.state(number) in ACTIVE]

    def notices(self) -> list[str]:
        return [sent["Subject"] for sent in self.sns.published]


@pytest.fixture
def pipeline(metadata, monkeypatch, dag, module, emr, s3, sns):
    handler = signal.getsignal(signal.SIGTERM)
    yield Pipeline(monkeypatch, dag, emr, sns)
    # A task leaves its own handler behind, which does not end the process.
    signal.signal(signal.SIGTERM, handler)


def test_a_run_ends_with_success_and_without_a_cluster(pipeline):
    state, tasks = pipeline.run(CATEGORIES_CSV="Books", TO_DATE="2015-08-26")
    assert state == "success"
    assert set(tasks.values()) == {"success"}
    (cluster,) = pipeline.emr.clusters.values()
    assert cluster["request"] == {
        "LogUri": "s3://data-bucket/emr-logs/",
        "Instances": {
            "KeepJobFlowAliveWhenNoSteps": True,
            "Ec2SubnetIds": ["subnet-1", "subnet-2"],
        },
    }
    assert pipeline.clusters_left() == []
    (execution,) = pipeline.emr.executions.values()
    request = execution["request"]
    assert request["ExecutionEngine"] == {
        "Type": "EMR",
        "MasterInstanceSecurityGroupId": "sg-1",
        "Id": cluster["Id"],
    }
    assert json.loads(request["NotebookParams"]) == {
        "CATEGORIES": ["Books"],
        "FROM_DATE": "2015-08-25",
        "TO_DATE": "2015-08-26",
        "INPUT_LOCATION": "s3://data-bucket/reviews/",
        "OUTPUT_LOCATION": "s3://data-bucket/query_output/",
    }
    assert pipeline.notices() == []


def test_all_calls_are_in_the_region_of_the_variable(pipeline, monkeypatch):
    from airflow.providers.amazon.aws.hooks.base_aws import AwsGenericHook
    from airflow.providers.amazon.aws.hooks.emr import EmrHook
    from airflow.providers.amazon.aws.hooks.s3 import S3Hook
    from airflow.providers.amazon.aws.hooks.sns import SnsHook

    asked: list[tuple[type, str | None]] = []
    for hook in (EmrHook, S3Hook, SnsHook):
        client = hook.conn

        def conn(self: AwsGenericHook, client=client):
            asked.append((type(self), self._region_name))
            return client

        monkeypatch.setattr(hook, "conn", property(conn))
    pipeline.end = {"Status": "FAILED"}
    pipeline.run()
    assert {hook for hook, _ in asked} == {EmrHook, S3Hook, SnsHook}
    assert {region for _, region in asked} == {"us-west-2"}


@pytest.mark.parametrize("status", ["FAILED", "FAILING", "STOPPED", "STOPPING", "STOP_PENDING"])
def test_a_failed_execution_fails_the_run(pipeline, status):
    pipeline.end = {"Status": status}
    state, tasks = pipeline.run()
    assert state == "failed"
    assert tasks["check_execution_task"] == "failed"
    assert tasks["terminate_cluster"] == "success"
    assert pipeline.clusters_left() == []
    assert len(pipeline.emr.executions) == 1
    assert pipeline.notices() == ["Airflow: test_dag check_execution_task failed"]


def test_a_cluster_that_ends_under_its_notebook_fails_the_run(pipeline, monkeypatch):
    pipeline.end = {"Status": "RUNNING"}
    started = pipeline.emr.StartNotebookExecution

    def start(**request):
        for cluster in pipeline.emr.clusters.values():
            cluster["Status"]["State"] = "TERMINATED_WITH_ERRORS"
        return started(**request)

    monkeypatch.setattr(pipeline.emr, "StartNotebookExecution", start)
    state, tasks = pipeline.run()
    assert state == "failed"
    assert tasks["check_execution_task"] == "failed"
    assert tasks["terminate_cluster"] == "success"


def test_an_execution_that_cannot_be_started_fails_the_run(pipeline, monkeypatch):
    def refuse(**_):
        pipeline.emr.refuse("InvalidRequestException", "Cluster does not have Livy")

    monkeypatch.setattr(pipeline.emr, "StartNotebookExecution", refuse)
    state, tasks = pipeline.run(email_on_retry=True)
    assert state == "failed"
    assert tasks == {
        "create_cluster_task": "success",
        "check_cluster_task": "success",
        "start_execution_task": "failed",
        "check_execution_task": "upstream_failed",
        "terminate_cluster": "success",
        "end_run": "upstream_failed",
    }
    assert pipeline.clusters_left() == []
    assert pipeline.notices() == [
        "Airflow: test_dag start_execution_task will be tried again",
        "Airflow: test_dag start_execution_task will be tried again",
        "Airflow: test_dag start_execution_task failed",
    ]


def test_a_run_without_notices_fails_as_well(pipeline):
    pipeline.end = {"Status": "FAILED"}
    state, _ = pipeline.run(email_on_failure=False)
    assert state == "failed"
    assert pipeline.notices() == []


def test_a_notice_that_cannot_be_sent_changes_nothing(pipeline, monkeypatch):
    monkeypatch.setattr(
        pipeline.sns, "Publish", lambda **_: pipeline.sns.refuse("NotFoundException", "no topic")
    )
    pipeline.end = {"Status": "FAILED"}
    state, tasks = pipeline.run()
    assert state == "failed"
    assert tasks["terminate_cluster"] == "success"
    assert pipeline.clusters_left() == []


def test_a_cluster_that_does_not_come_up_fails_the_run(pipeline):
    pipeline.cluster_state = "TERMINATED_WITH_ERRORS"
    state, tasks = pipeline.run()
    assert state == "failed"
    assert tasks["check_cluster_task"] == "failed"
    assert tasks["terminate_cluster"] == "success"
    assert pipeline.emr.executions == {}


@pytest.mark.parametrize(
    "conf",
    [
        {"FROM_DATE": "2015-09-01"},
        {"CATEGORIES_CSV": " ,"},
        {"CATEGORIES_CSV": "Tois"},
        {"INPUT_LOCATION": "s3://data-bucket/none/"},
        {"no_such_param": 1},
    ],
    ids=str,
)
def test_what_cannot_be_done_costs_no_cluster_and_no_second_try(pipeline, conf):
    state, tasks = pipeline.run(**conf)
    assert state == "failed"
    assert tasks["create_cluster_task"] == "failed"
    assert {tasks[task] for task in TASKS[1:4]} == {"upstream_failed"}
    assert "RunJobFlow" not in pipeline.emr.calls
    assert pipeline.notices() == ["Airflow: test_dag create_cluster_task failed"]


@pytest.mark.parametrize(
    "conf",
    [
        {"FROM_DATE": "2015-02-29"},
        {"TO_DATE": "20150831"},
        {"TO_DATE": "2015-W35-2"},
        {"FROM_DATE": 20150825},
        {"OUTPUT_LOCATION": "/tmp/out"},
        {"INPUT_LOCATION": "https://example.com/"},
        {"CATEGORIES_CSV": ["Books"]},
        {"email_on_failure": "yes"},
        {"email_on_retry": 1},
    ],
    ids=str,
)
def test_what_has_the_wrong_type_is_refused_at_trigger(pipeline, conf):
    (name,) = conf
    with pytest.raises(Exception, match=f"Invalid input for param {name}"):
        pipeline.run(**conf)
    assert pipeline.emr.calls == []


def test_a_cluster_that_cannot_be_made_fails_the_run_and_leaves_none(pipeline, monkeypatch):
    def refuse(**_):
        pipeline.emr.refuse("AccessDeniedException", "not to be seen")

    # EMR makes the cluster; the operator then asks where its logs lie.
    monkeypatch.setattr(pipeline.emr, "DescribeCluster", refuse)
    state, tasks = pipeline.run()
    assert state == "failed"
    assert tasks["create_cluster_task"] == "failed"
    assert pipeline.emr.clusters
    assert pipeline.clusters_left() == []
    assert pipeline.notices() == ["Airflow: test_dag create_cluster_task failed"]


def test_a_cluster_that_does_not_end_is_told_and_fails_the_run(pipeline, monkeypatch):
    monkeypatch.setattr(pipeline.emr, "TerminateJobFlows", lambda **_: None)
    state, tasks = pipeline.run()
    assert state == "failed"
    assert tasks["check_execution_task"] == "success"
    assert tasks["terminate_cluster"] == "failed"
    assert pipeline.notices() == ["Airflow: test_dag terminate_cluster failed"]
