"""`mwaa_movielens_demo`: its tasks, its edges, what they are told, and how its runs end."""

from __future__ import annotations

import json
import re
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from airflow.sdk import TriggerRule
from airflow.sdk.exceptions import AirflowFailException
from conftest import TABLES, csv_bytes, data_set, zip_bytes
from fake_aws import ACTIVE

DAG_ID = "mwaa_movielens_demo"
RUN = "20261130T150000000000Z-0123456789abcdef"
PREPROCESS = ("preprocess_movies", "preprocess_ratings", "preprocess_tags")

# https://aws.amazon.com/blogs/big-data/building-complex-workflows-with-amazon-mwaa-aws-step-functions-aws-glue-and-amazon-emr/
# but that the data is loaded before a cluster is paid for.
CHAIN = {
    ("extract_load_data", "create_cluster"),
    ("create_cluster", "wait_for_cluster_completion"),
    *(("wait_for_cluster_completion", task) for task in PREPROCESS),
    *((task, "terminate_cluster") for task in PREPROCESS),
    ("terminate_cluster", "trigger_stepfunctions"),
    ("trigger_stepfunctions", "monitor_stepfunctions"),
}

#: The setup of the teardown, whose id others read as well, and what a failed step stops.
ADDED = {
    ("create_cluster", "terminate_cluster"),
    *(("create_cluster", task) for task in PREPROCESS),
    *((task, "trigger_stepfunctions") for task in PREPROCESS),
}


@pytest.fixture(scope="module")
def dag(dag_bag):
    assert dag_bag.import_errors == {}
    return dag_bag.dags[DAG_ID]


@pytest.fixture
def module(monkeypatch):
    """The DAG's own functions, with parameters that are named after themselves."""
    import mwaa_movielens_demo

    monkeypatch.setattr(
        mwaa_movielens_demo, "parameter", lambda name: name.replace("/", "-").lower()
    )
    # Not the names that the program gives: nothing may be fixed in the DAG.
    prefixes = {name: f"{name}-files/" for name in ("raw", "output", "rejected")}
    monkeypatch.setenv("AIRFLOW_VAR_MOVIELENS_PREFIXES", json.dumps(prefixes))
    return mwaa_movielens_demo


def test_tasks_and_edges_are_the_posts(dag):
    edges = {(task.task_id, down) for task in dag.tasks for down in task.downstream_task_ids}
    assert edges == CHAIN | ADDED


def test_runs_by_hand_three_tasks_at_once(dag):
    assert dag.schedule is None
    assert dag.catchup is False
    assert dag.max_active_tasks == 3
    assert dag.max_active_runs == 1
    assert dag.is_paused_upon_creation is True


def test_no_task_waits_without_end_and_the_run_has_no_timeout_that_skips_the_teardown(dag):
    assert dag.dagrun_timeout is None
    for task in dag.tasks:
        assert timedelta(0) < task.execution_timeout
        # A bound of a sensor's looks together comes before the one of its process.
        if getattr(task, "mode", None) == "poke":
            assert timedelta(seconds=task.timeout) < task.execution_timeout
    waits = dag.get_task("terminate_cluster")
    assert (
        timedelta(seconds=waits.waiter_delay * waits.waiter_max_attempts) < waits.execution_timeout
    )


def test_no_task_leaves_the_cluster_idle_for_as_long_as_its_settings_allow(dag):
    """EMR ends a cluster that is idle for longer, and with it the run."""
    source = (Path(__file__).parents[2] / "checks" / "emr.ts").read_text()
    least = int(re.search(r"LEAST_IDLE_SECONDS = ([\d_]+);", source)[1])
    for name in PREPROCESS:
        task = dag.get_task(name)
        # A step is work; what a try before it costs is not.
        idle = task.retries * (task.execution_timeout + task.retry_delay)
        # A quarter of an hour for Airflow itself to go on.
        assert idle + timedelta(minutes=15) <= timedelta(seconds=least), name


def test_what_waits_frees_its_slot_save_where_a_kill_must_be_heard(dag):
    modes = {task.task_id: task.mode for task in dag.tasks if hasattr(task, "mode")}
    assert modes == {
        "wait_for_cluster_completion": "reschedule",
        **dict.fromkeys(PREPROCESS, "reschedule"),
        "monitor_stepfunctions": "poke",
    }


def test_terminate_is_the_teardown_of_create(dag):
    assert dag.get_task("create_cluster").is_setup
    assert dag.get_task("terminate_cluster").is_teardown
    rules = {task.task_id: task.trigger_rule for task in dag.tasks if not task.is_teardown}
    assert set(rules.values()) == {TriggerRule.ALL_SUCCESS}


class Loaded:
    """The task's run, in which the data was loaded into `RUN`."""

    @staticmethod
    def xcom_pull(task_ids: str) -> str:
        assert task_ids == "extract_load_data"
        return RUN


def rendered(dag, task_id: str, module) -> object:
    """Steps of a task with their templates rendered."""
    task = dag.get_task(task_id)
    return task.render_template(
        task.steps,
        {"parameter": module.parameter, "prefix": module.prefix, "ti": Loaded},
        dag.get_template_env(force_sandboxed=False),
    )


@pytest.mark.parametrize(
    ("table", "folder"), [("movies", "movie"), ("ratings", "ratings"), ("tags", "tags")]
)
def test_a_step_makes_parquet_of_its_table(dag, module, table, folder):
    (step,) = rendered(dag, f"preprocess_{table}", module)
    assert step == {
        "Name": f"preprocess_{table}",
        "ActionOnFailure": "CONTINUE",
        "HadoopJarStep": {
            "Jar": "command-runner.jar",
            "Args": [
                *("spark-submit", "--deploy-mode", "client"),
                *("--py-files", "s3://s3-mwaabucket/jobs/emr/movielens_csv.py"),
                f"s3://s3-mwaabucket/jobs/emr/preprocess_{table}.py",
                *("--input", f"s3://s3-demobucket/raw-files/{RUN}/{table}/"),
                *("--output", f"s3://s3-demobucket/output-files/{RUN}/{folder}/"),
                *("--rejected", f"s3://s3-demobucket/rejected-files/{RUN}/{folder}/"),
            ],
        },
    }


class S3Hook:
    """Serves the zip, takes the tables."""

    def __init__(self, content: bytes) -> None:
        from test_movielens import FakeS3

        self.conn = FakeS3(content)


@pytest.fixture
def load(monkeypatch, module):
    """Runs `extract_load_data` over a zip; returns what it returns, and what it puts into S3."""

    def run(content: bytes):
        hook = S3Hook(content)
        monkeypatch.setattr(module, "S3Hook", lambda: hook)
        monkeypatch.setenv("AIRFLOW_VAR_MOVIELENS_SOURCE", "s3://outside/ml.zip")
        try:
            run = SimpleNamespace(
                dag_id=DAG_ID, run_id="manual", run_after=datetime(2026, 1, 1, tzinfo=UTC)
            )
            return module.load_data(run), hook.conn.uploads
        except AirflowFailException:
            assert hook.conn.uploads == {}
            raise

    return run


def test_the_tables_are_loaded_byte_for_byte(load):
    folder, uploads = load(zip_bytes(data_set()))
    assert uploads == {
        f"s3-demobucket/raw-files/{folder}/{name}/{name}.csv": csv_bytes(table)
        for name, table in TABLES.items()
    }


def test_a_broken_line_is_left_to_the_steps(load):
    broken = csv_bytes(TABLES["ratings"]) + b"1,1,good\n"
    folder, uploads = load(zip_bytes(data_set(ratings=broken)))
    assert uploads[f"s3-demobucket/raw-files/{folder}/ratings/ratings.csv"] == broken


def test_what_a_run_loads_again_or_another_at_once_lies_in_another_folder(load):
    """Also of runs that nothing keeps apart, as those of a backfill."""
    folders = [load(zip_bytes(data_set()))[0] for _ in range(5)]
    assert len(set(folders)) == 5
    # The Glue job publishes what was loaded last: it compares the names.
    assert folders == sorted(folders)
    script = (Path(__file__).parents[2] / "jobs" / "glue" / "movielens_transform.py").read_text()
    pattern = re.search(r'^RUN = re.compile\(r"(.*)"\)$', script, re.MULTILINE)[1]
    assert all(re.fullmatch(pattern, folder) for folder in folders)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"tags": None}, r"0 files tags\.csv"),
        ({"tags": b"a,b\n1,2\n"}, r"tags\.csv has the columns a,b"),
        ({"tags": b""}, r"tags\.csv has the columns ;"),
    ],
)
def test_a_zip_that_cannot_be_used_fails_at_once_and_nothing_is_written(load, changed, message):
    with pytest.raises(AirflowFailException, match=message):
        load(zip_bytes(data_set(**changed)))


class Pipeline:
    """The DAG on services in memory that go on by themselves: what they do wrong a test says."""

    def __init__(self, monkeypatch, dag, emr, step_functions) -> None:
        self.emr, self.step_functions = emr, step_functions
        self.steps_end = dict.fromkeys(PREPROCESS, "COMPLETED")
        self.cluster_state = "WAITING"
        self.execution = {"status": "SUCCEEDED"}
        self._dag = dag
        list_steps, describe = emr.ListSteps, emr.DescribeCluster
        monkeypatch.setattr(emr, "ListSteps", lambda **asked: self._work() or list_steps(**asked))
        monkeypatch.setattr(
            emr, "DescribeCluster", lambda **asked: self._boot() or describe(**asked)
        )
        start = step_functions.StartExecution

        def run(**asked):
            execution = start(**asked)
            step_functions.executions[execution["executionArn"]] = self.execution
            return execution

        monkeypatch.setattr(step_functions, "StartExecution", run)
        for task in dag.tasks:
            monkeypatch.setattr(task, "retry_delay", timedelta(0))
            if hasattr(task, "poke_interval"):
                monkeypatch.setattr(task, "poke_interval", 0)

    def _work(self) -> None:
        for step in self.emr.at_work():
            state = step["Status"]["State"]
            task = step["Name"].split()[0]
            step["Status"] = {"State": "RUNNING" if state == "PENDING" else self.steps_end[task]}

    def _boot(self) -> None:
        for cluster in self.emr.clusters.values():
            if cluster["Status"]["State"] == "STARTING":
                cluster["Status"]["State"] = self.cluster_state

    def run(self) -> tuple[str, dict[str, str]]:
        """Runs the DAG; returns the state of the run, and of each of its tasks."""
        run = self._dag.test()
        return run.state, {ti.task_id: ti.state for ti in run.get_task_instances()}

    def clusters_left(self) -> list[str]:
        return [number for number in self.emr.clusters if self.emr.state(number) in ACTIVE]


@pytest.fixture
def pipeline(metadata, monkeypatch, dag, emr, step_functions):
    import mwaa_movielens_demo

    extract = dag.get_task("extract_load_data")
    monkeypatch.setattr(extract, "python_callable", lambda: RUN)
    machine = "arn:aws:states:us-east-1:123456789012:stateMachine:m"
    monkeypatch.setitem(dag.user_defined_macros, "parameter", lambda name: machine)
    monkeypatch.setitem(dag.user_defined_macros, "prefix", lambda name: f"{name}/")
    monkeypatch.setattr(mwaa_movielens_demo, "parameter", lambda name: machine)
    handler = signal.getsignal(signal.SIGTERM)
    yield Pipeline(monkeypatch, dag, emr, step_functions)
    # A task leaves its own handler behind, which does not end the process.
    signal.signal(signal.SIGTERM, handler)


AFTER = ("trigger_stepfunctions", "monitor_stepfunctions")


def test_a_run_ends_with_success_and_without_a_cluster(pipeline):
    state, tasks = pipeline.run()
    assert state == "success"
    assert set(tasks.values()) == {"success"}
    assert pipeline.clusters_left() == []
    assert len(pipeline.emr.steps) == 3
    assert pipeline.step_functions.inputs == [json.dumps({"run": RUN})]


@pytest.mark.parametrize("task", PREPROCESS)
def test_a_failed_step_fails_the_run_and_nothing_after_it_runs(pipeline, task):
    pipeline.steps_end[task] = "FAILED"
    state, tasks = pipeline.run()
    assert state == "failed"
    assert tasks[task] == "failed"
    assert tasks["terminate_cluster"] == "success"
    assert {tasks[after] for after in AFTER} == {"upstream_failed"}
    assert pipeline.clusters_left() == []
    assert pipeline.step_functions.executions == {}
    assert len(pipeline.emr.steps) == 3


def test_a_cluster_that_does_not_come_up_fails_the_run(pipeline):
    pipeline.cluster_state = "TERMINATED_WITH_ERRORS"
    state, tasks = pipeline.run()
    assert state == "failed"
    assert tasks["wait_for_cluster_completion"] == "failed"
    assert tasks["terminate_cluster"] == "success"
    assert {tasks[task] for task in (*PREPROCESS, *AFTER)} == {"upstream_failed"}
    assert pipeline.emr.steps == []


def test_data_that_cannot_be_loaded_fail_the_run_without_a_cluster_left(pipeline, dag, monkeypatch):
    def refuse():
        raise AirflowFailException("0 files tags.csv")

    monkeypatch.setattr(dag.get_task("extract_load_data"), "python_callable", refuse)
    state, tasks = pipeline.run()
    assert state == "failed"
    assert tasks["extract_load_data"] == "failed"
    assert pipeline.emr.clusters == {}
    assert pipeline.emr.steps == []


def test_a_cluster_that_cannot_be_made_fails_the_run_and_leaves_none(pipeline, monkeypatch):
    def refuse(**_):
        pipeline.emr.refuse("AccessDeniedException", "not to be seen")

    # EMR makes the cluster; the operator then asks where its logs lie.
    monkeypatch.setattr(pipeline.emr, "DescribeCluster", refuse)
    state, tasks = pipeline.run()
    assert state == "failed"
    assert tasks["create_cluster"] == "failed"
    assert pipeline.emr.clusters
    assert {tasks[after] for after in AFTER} == {"upstream_failed"}
    assert pipeline.clusters_left() == []


def test_a_cluster_that_does_not_end_stops_the_run(pipeline, monkeypatch, dag):
    monkeypatch.setattr(pipeline.emr, "TerminateJobFlows", lambda **_: None)
    monkeypatch.setattr(dag.get_task("terminate_cluster"), "waiter_delay", 0)
    state, tasks = pipeline.run()
    assert state == "failed"
    assert tasks["terminate_cluster"] == "failed"
    assert {tasks[after] for after in AFTER} == {"upstream_failed"}


@pytest.mark.parametrize("status", ["FAILED", "TIMED_OUT", "ABORTED"])
def test_a_failed_execution_fails_the_run(pipeline, status):
    pipeline.execution = {"status": status, "cause": "no such column"}
    state, tasks = pipeline.run()
    assert state == "failed"
    assert tasks["monitor_stepfunctions"] == "failed"
    assert len(pipeline.step_functions.executions) == 1
    assert pipeline.clusters_left() == []
