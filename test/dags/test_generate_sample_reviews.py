"""`generate_sample_reviews`: its tasks, what a run may ask for, and how its runs end."""

from __future__ import annotations

import ast
import copy
import signal
from datetime import timedelta

import pytest
from airflow.sdk.exceptions import AirflowFailException
from conftest import ROOT
from fake_aws import ACTIVE, context_of

from mwaalib import reviews

DAG_ID = "generate_sample_reviews"
TASKS = ("create_cluster", "wait_for_cluster", "generate_reviews", "terminate_cluster", "end_run")


@pytest.fixture(scope="module")
def dag(dag_bag):
    assert dag_bag.import_errors == {}
    return dag_bag.dags[DAG_ID]


@pytest.fixture
def module(notebook_variables):
    import generate_sample_reviews

    return generate_sample_reviews


def test_a_cluster_a_step_and_no_cluster(dag):
    assert [task.task_id for task in dag.topological_sort()] == list(TASKS)
    assert dag.get_task("create_cluster").is_setup
    terminate = dag.get_task("terminate_cluster")
    assert terminate.is_teardown
    assert terminate.on_failure_fail_dagrun is False
    assert dag.get_task("generate_reviews").downstream_task_ids == {
        "terminate_cluster",
        "end_run",
    }


def test_runs_by_hand_one_at_a_time(dag):
    assert dag.schedule is None
    assert dag.catchup is False
    assert dag.max_active_runs == 1
    assert dag.dagrun_timeout is None
    assert all(timedelta(0) < task.execution_timeout for task in dag.tasks)


def test_params(dag):
    assert {name: dag.params[name] for name in dag.params} == {
        "reviews": 200_000,
        "from_date": "2015-01-01",
        "to_date": "2015-12-31",
        "categories": None,
        "email_on_failure": True,
        "email_on_retry": False,
    }


def arguments(module, **asked) -> dict[str, str]:
    """What `create_cluster` keeps for the step."""
    params = {name: param.value for name, param in module.PARAMS.items()} | asked
    context = context_of(module.create_cluster, params=params)
    context["dag_run"].conf = asked
    module.check_request(context)
    return context["ti"].links[module.ARGUMENTS]


def test_reviews_are_made_of_the_variables_categories_in_the_stacks_own_folder(module):
    assert arguments(module) == {
        "output": "s3://data-bucket/reviews/",
        "reviews": "200000",
        "categories": "Apparel,Books",
        "from-date": "2015-01-01",
        "to-date": "2015-12-31",
    }


def test_a_run_may_ask_for_others(module):
    told = arguments(
        module,
        reviews=1,
        categories=" Health_&_Personal_Care,PC ,",
        from_date="2016-02-29",
        to_date="2016-02-29",
    )
    assert told["reviews"] == "1"
    assert told["categories"] == "Health_&_Personal_Care,PC"
    assert told["from-date"] == told["to-date"] == "2016-02-29"


def test_the_own_folder_may_lack_its_slash(module, monkeypatch):
    monkeypatch.setenv("AIRFLOW_VAR_INPUT_LOCATION", "s3://data-bucket/reviews")
    assert arguments(module)["output"] == "s3://data-bucket/reviews/"


@pytest.mark.parametrize(
    "location",
    ["s3://another/reviews/", "s3://data-bucket/", "s3://data-bucket/raw/", "s3://data-bucket"],
)
def test_somebodys_own_reviews_are_not_replaced(module, monkeypatch, location):
    monkeypatch.setenv("AIRFLOW_VAR_INPUT_LOCATION", location)
    with pytest.raises(AirflowFailException, match=r"own folder, s3://data-bucket/reviews/\.$"):
        arguments(module)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"categories": "Tois,Books"}, "^The categories are Tois, Books: choose of Apparel, "),
        ({"categories": ","}, "^The categories are none: choose of Apparel, "),
        ({"from_date": "2016-01-01"}, "2016-01-01 is after to_date 2015-12-31"),
        (
            {"FROM_DATE": "2016-01-01"},
            "has FROM_DATE, which the DAG does not know: choose of reviews",
        ),
    ],
)
def test_what_is_wrong_is_no_matter_of_another_try(module, asked, message):
    with pytest.raises(AirflowFailException, match=message):
        arguments(module, **asked)


class Pipeline:
    """The DAG on EMR in memory, which goes on by itself: how the step ends a test says."""

    def __init__(self, monkeypatch, dag, emr, sns) -> None:
        self.emr, self.sns = emr, sns
        self.step_ends = "COMPLETED"
        # `dag.test()` leaves a run's params in the DAG, of which a task's own process has a copy.
        self._dag = dag = copy.deepcopy(dag)
        for owner in (dag, *dag.tasks):
            owner.params = copy.deepcopy(owner.params)
        list_steps, describe = emr.ListSteps, emr.DescribeCluster
        monkeypatch.setattr(emr, "ListSteps", lambda **asked: self._work() or list_steps(**asked))
        monkeypatch.setattr(
            emr, "DescribeCluster", lambda **asked: self._boot() or describe(**asked)
        )
        for task in dag.tasks:
            task.retry_delay = timedelta(0)
            if hasattr(task, "poke_interval"):
                task.poke_interval = 0
        dag.get_task("terminate_cluster").waiter_delay = 0

    def _work(self) -> None:
        for step in self.emr.at_work():
            pending = step["Status"]["State"] == "PENDING"
            step["Status"] = {"State": "RUNNING" if pending else self.step_ends}

    def _boot(self) -> None:
        for cluster in self.emr.clusters.values():
            if cluster["Status"]["State"] == "STARTING":
                cluster["Status"]["State"] = "WAITING"

    def run(self, **conf) -> tuple[str, dict[str, str]]:
        """Runs the DAG; returns the state of the run, and of each of its tasks."""
        run = self._dag.test(run_conf=conf)
        return run.state, {ti.task_id: ti.state for ti in run.get_task_instances()}

    def clusters_left(self) -> list[str]:
        return [number for number in self.emr.clusters if self.emr.state(number) in ACTIVE]

    def notices(self) -> list[str]:
        return [sent["Subject"] for sent in self.sns.published]


@pytest.fixture
def pipeline(metadata, monkeypatch, dag, module, emr, sns):
    handler = signal.getsignal(signal.SIGTERM)
    yield Pipeline(monkeypatch, dag, emr, sns)
    # A task leaves its own handler behind, which does not end the process.
    signal.signal(signal.SIGTERM, handler)


def test_a_run_makes_the_reviews_and_leaves_no_cluster(pipeline):
    state, tasks = pipeline.run(reviews=5)
    assert state == "success"
    assert set(tasks.values()) == {"success"}
    (step,) = pipeline.emr.steps
    assert step["ActionOnFailure"] == "CONTINUE"
    assert step["HadoopJarStep"] == {
        "Jar": "command-runner.jar",
        "Args": [
            *("spark-submit", "--deploy-mode", "client"),
            *("--py-files", "s3://airflow-bucket/jobs/emr/run_folder.py"),
            "s3://airflow-bucket/jobs/emr/generate_sample_reviews.py",
            *("--output", "s3://data-bucket/reviews/"),
            *("--reviews", "5"),
            *("--categories", "Apparel,Books"),
            *("--from-date", "2015-01-01"),
            *("--to-date", "2015-12-31"),
        ],
    }
    assert pipeline.clusters_left() == []
    assert pipeline.notices() == []


@pytest.mark.parametrize("state", ["FAILED", "CANCELLED", "INTERRUPTED"])
def test_a_failed_step_fails_the_run(pipeline, state):
    pipeline.step_ends = state
    run, tasks = pipeline.run()
    assert run == "failed"
    assert tasks["generate_reviews"] == "failed"
    assert tasks["terminate_cluster"] == "success"
    assert len(pipeline.emr.steps) == 1
    assert pipeline.clusters_left() == []
    assert pipeline.notices() == ["Airflow: generate_sample_reviews generate_reviews failed"]


def test_a_cluster_that_does_not_end_fails_the_run(pipeline, monkeypatch):
    monkeypatch.setattr(pipeline.emr, "TerminateJobFlows", lambda **_: None)
    state, tasks = pipeline.run()
    assert state == "failed"
    assert tasks["generate_reviews"] == "success"
    assert tasks["terminate_cluster"] == "failed"


def test_what_cannot_be_done_costs_no_cluster(pipeline):
    state, tasks = pipeline.run(categories="Tois")
    assert state == "failed"
    assert tasks["create_cluster"] == "failed"
    assert "RunJobFlow" not in pipeline.emr.calls


@pytest.mark.parametrize(
    "conf",
    [
        {"reviews": 0},
        {"reviews": 1.5},
        {"reviews": "many"},
        {"reviews": 25_000_000_001},
        {"from_date": "2015-02-29"},
        {"to_date": None},
        {"categories": ["Books"]},
    ],
    ids=str,
)
def test_what_has_the_wrong_type_is_refused_at_trigger(pipeline, conf):
    (name,) = conf
    with pytest.raises(Exception, match=f"Invalid input for param {name}"):
        pipeline.run(**conf)
    assert pipeline.emr.calls == []


def test_the_categories_are_those_of_the_job():
    job = ast.parse((ROOT / "jobs" / "emr" / "generate_sample_reviews.py").read_text())
    (known,) = (
        ast.literal_eval(node.value)
        for node in job.body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", None) == "CATEGORIES"
    )
    assert list(known) == list(reviews.CATEGORIES)
