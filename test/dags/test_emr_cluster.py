"""The cluster of a run: one, found again by a retry, gone after the run."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from airflow.providers.amazon.aws.hooks.emr import EmrHook
from botocore.exceptions import ClientError, ParamValidationError
from fake_aws import ACTIVE, JOB_FLOW, context_of

from mwaalib.emr_cluster import (
    EmrCreateRunClusterOperator,
    EmrTerminateRunClusterOperator,
    cluster_name,
)


def creator() -> EmrCreateRunClusterOperator:
    return EmrCreateRunClusterOperator(task_id="create_cluster", variable="emr_job_flow", retries=2)


def create(**told) -> str:
    operator = creator()
    return operator.execute(context_of(operator, **told))


def terminator(cluster: str) -> EmrTerminateRunClusterOperator:
    return EmrTerminateRunClusterOperator(
        task_id="terminate_cluster",
        job_flow_id=cluster,
        variable="emr_job_flow",
        waiter_delay=7,
        waiter_max_attempts=4,
    )


def terminate(cluster: str) -> None:
    operator = terminator(cluster)
    operator.execute(context_of(operator))


def active(emr) -> list[str]:
    return [number for number in emr.clusters if emr.state(number) in ACTIVE]


def test_a_cluster_is_made_by_the_variable_and_named_by_the_run(emr):
    made = emr.clusters[create()]
    assert made["request"] == JOB_FLOW
    assert made["Name"].startswith("a_dag-manual__2026-01-01T00-00-00-00-00-")


@pytest.mark.parametrize("state", ACTIVE)
def test_a_retry_takes_the_cluster_of_the_try_before(emr, state):
    first = create()
    emr.clusters[first]["Status"]["State"] = state
    # So that it does not lie on the first page.
    emr.add_cluster("another")
    assert create(try_number=2) == first
    assert emr.calls.count("RunJobFlow") == 1


@pytest.mark.parametrize("state", ["TERMINATING", "TERMINATED", "TERMINATED_WITH_ERRORS"])
def test_a_cluster_that_ends_is_not_taken(emr, state):
    first = create()
    emr.clusters[first]["Status"]["State"] = state
    assert create(try_number=2) != first


def test_a_run_does_not_take_anothers_cluster(emr):
    first = create()
    assert create(run_id="another") != first
    # The same id, but made anew after the first was deleted.
    assert create(run_after=datetime(2026, 1, 2, tzinfo=UTC)) != first


@pytest.mark.parametrize(
    ("one", "other"), [("a b", "a-b"), ("x" * 300 + "1", "x" * 300 + "2")], ids=["signs", "length"]
)
def test_names_differ_where_ids_do_and_are_short_enough(one, other):
    names = {
        cluster_name(JOB_FLOW, context_of(creator(), run_id=run)["dag_run"]) for run in (one, other)
    }
    assert len(names) == 2
    assert all(len(name) <= 256 for name in names)


def test_two_stacks_do_not_share_a_name():
    run = context_of(creator())["dag_run"]
    other = {**JOB_FLOW, "LogUri": "s3://data-prod/emr-logs/"}
    assert cluster_name(JOB_FLOW, run) != cluster_name(other, run)


def test_what_emr_refuses_is_told_as_it_is(emr, monkeypatch):
    monkeypatch.setenv("AIRFLOW_VAR_EMR_JOB_FLOW", '{"LogUri": "s3://d/", "Instances": 1}')
    with pytest.raises(ParamValidationError, match="Instances"):
        create()
    assert emr.clusters == {}


def test_a_cluster_whose_creation_fails_half_way_is_ended(emr, monkeypatch):
    def refuse(**_):
        emr.refuse("AccessDeniedException", "no DescribeCluster")

    monkeypatch.setattr(emr, "DescribeCluster", refuse)
    with pytest.raises(ClientError, match="no DescribeCluster"):
        create()
    assert emr.calls.count("RunJobFlow") == 1
    assert active(emr) == []


def test_a_kill_ends_the_cluster(emr):
    operator = creator()
    operator.on_kill()
    assert emr.calls == []
    operator = creator()
    operator.execute(context_of(operator))
    operator.on_kill()
    assert active(emr) == []


def test_a_kill_while_emr_makes_the_cluster_ends_it_as_well(emr, monkeypatch):
    operator = creator()
    run_job_flow = emr.RunJobFlow

    def killed(**request):
        operator.on_kill()
        return run_job_flow(**request)

    monkeypatch.setattr(emr, "RunJobFlow", killed)
    with pytest.raises(RuntimeError, match="killed"):
        operator.execute(context_of(operator))
    assert len(emr.clusters) == 1
    assert active(emr) == []


def test_the_callback_ends_what_a_lost_worker_left_and_nothing_else(emr):
    other = emr.add_cluster("another")
    create()
    operator = creator()
    (callback,) = operator.on_failure_callback
    callback(context_of(operator))
    assert active(emr) == [other]
    callback(context_of(operator))
    assert active(emr) == [other]


def test_a_cluster_is_ended_and_waited_for(emr, monkeypatch):
    cluster = create()
    states = iter(["RUNNING", "TERMINATING", "TERMINATING", "TERMINATED_WITH_ERRORS"])

    def describe(ClusterId):
        return {"Cluster": {"Status": {"State": next(states)}}}

    slept = []
    monkeypatch.setattr(emr, "DescribeCluster", describe)
    monkeypatch.setattr("mwaalib.emr_cluster.time.sleep", slept.append)
    terminate(cluster)
    assert emr.state(cluster) == "TERMINATED"
    # The operator itself asks once, for the link to the logs.
    assert slept == [7, 7]


@pytest.mark.parametrize("state", ["TERMINATED", "TERMINATED_WITH_ERRORS"])
def test_a_cluster_that_is_gone_is_fine(emr, state):
    cluster = emr.add_cluster("gone", state)
    terminate(cluster)
    assert emr.state(cluster) == state


def test_a_second_cluster_of_the_run_ends_too(emr):
    first = create()
    second = emr.add_cluster(emr.clusters[first]["Name"])
    other = emr.add_cluster("another")
    terminate(first)
    assert active(emr) == [other]
    assert emr.state(second) == "TERMINATED"


def test_a_cluster_that_does_not_end_fails_the_task(emr, monkeypatch):
    cluster = create()
    monkeypatch.setattr(emr, "TerminateJobFlows", lambda **_: None)
    monkeypatch.setattr("mwaalib.emr_cluster.time.sleep", lambda _: None)
    with pytest.raises(TimeoutError, match=rf"{cluster} is STARTING, 28 seconds after"):
        terminate(cluster)


#: What holds the parts of a request that the JSON lacks.
VARIABLES = {
    "variable": "notebook_job_flow",
    "log_uri_variable": "EMR_LOG_URI",
    "subnet_variable": "SUBNET_ID",
}


@pytest.mark.parametrize(
    ("variable", "subnets"),
    [("subnet-1,subnet-2", ["subnet-1", "subnet-2"]), ("subnet-1", ["subnet-1"])],
)
def test_a_request_may_have_variables_of_its_own_for_logs_and_subnets(
    emr, notebook_variables, monkeypatch, variable, subnets
):
    monkeypatch.setenv("AIRFLOW_VAR_SUBNET_ID", variable)
    operator = EmrCreateRunClusterOperator(task_id="create_cluster", **VARIABLES)
    made = operator.execute(context_of(operator))
    request = json.loads(notebook_variables["notebook_job_flow"])
    assert emr.clusters[made]["request"] == {
        "LogUri": notebook_variables["EMR_LOG_URI"],
        "Instances": {**request["Instances"], "Ec2SubnetIds": subnets},
    }


def test_all_that_look_for_the_clusters_of_a_run_find_them_by_the_same_variables(
    emr, notebook_variables
):
    operator = EmrCreateRunClusterOperator(task_id="create_cluster", **VARIABLES)
    first = operator.execute(context_of(operator))
    second = emr.add_cluster(emr.clusters[first]["Name"])
    end = EmrTerminateRunClusterOperator(
        task_id="terminate_cluster", job_flow_id=first, waiter_max_attempts=1, **VARIABLES
    )
    end.execute(context_of(end))
    assert active(emr) == []
    emr.clusters[second]["Status"]["State"] = "RUNNING"
    operator.on_failure_callback[0](context_of(operator))
    assert active(emr) == []


def test_what_a_check_refuses_costs_nothing(emr):
    def check(context):
        raise ValueError(f"no data for {context['dag_run'].run_id}")

    operator = EmrCreateRunClusterOperator(
        task_id="create_cluster", variable="emr_job_flow", check=check
    )
    with pytest.raises(ValueError, match="no data for another"):
        operator.execute(context_of(operator, run_id="another"))
    assert emr.calls == []


def test_each_try_checks_anew(emr):
    checked = []
    for number in (1, 2):
        operator = EmrCreateRunClusterOperator(
            task_id="create_cluster", variable="emr_job_flow", check=checked.append
        )
        operator.execute(context_of(operator, try_number=number))
    assert len(checked) == 2
    assert len(emr.clusters) == 1


@pytest.mark.parametrize("several", [False, True])
def test_the_clusters_are_ended_before_anybody_is_told(emr, several):
    def tell(context):
        assert active(emr) == []
        context["told"] = True

    operator = EmrCreateRunClusterOperator(
        task_id="create_cluster",
        variable="emr_job_flow",
        on_failure_callback=[tell] if several else tell,
    )
    operator.execute(context_of(operator))
    context = context_of(operator)
    for callback in operator.on_failure_callback:
        callback(context)
    assert context["told"]


def test_the_callback_asks_in_the_region_of_the_task(emr, monkeypatch):
    regions = []

    def conn(hook):
        regions.append(hook._region_name)
        return emr.client

    monkeypatch.setattr(EmrHook, "conn", property(conn))
    # The scheduler has the callback run with templates as they are written.
    operator = EmrCreateRunClusterOperator(
        task_id="create_cluster", variable="emr_job_flow", region_name="{{ var.value.REGION }}"
    )
    var = {"value": SimpleNamespace(REGION="us-west-2")}
    operator.on_failure_callback[0](context_of(operator, var=var))
    assert set(regions) == {"us-west-2"}
