"""Executions of notebooks: started once, followed to their end, stopped with their task."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from airflow.sdk.exceptions import (
    AirflowFailException,
    AirflowRescheduleException,
    AirflowSensorTimeout,
)
from botocore.exceptions import ClientError, ParamValidationError
from fake_aws import ACTIVE, context_of

from mwaalib.emr_notebook import (
    AT_WORK,
    ENDED,
    ENDING,
    EmrTerminateNotebookClusterOperator,
    NotebookExecutionSensor,
    StartNotebookExecutionOperator,
)

#: All that the API takes, save what the operator decides:
#: https://docs.aws.amazon.com/emr/latest/APIReference/API_StartNotebookExecution.html
REQUEST = {
    "EditorId": "e-ABCDEFGHIJK1234567890ABCD",
    "RelativePath": "find_best_sellers.ipynb",
    "NotebookParams": '{"CATEGORIES": ["Books"]}',
    "ExecutionEngine": {
        "Type": "EMR",
        "MasterInstanceSecurityGroupId": "sg-1",
        "ExecutionRoleArn": "arn:aws:iam::123456789012:role/notebook",
    },
    "ServiceRole": "arn:aws:iam::123456789012:role/service",
    "NotebookInstanceSecurityGroupId": "sg-2",
    "Tags": [{"Key": "Environment", "Value": "dev"}],
    "NotebookS3Location": {"Bucket": "airflow-b", "Key": "notebooks/find_best_sellers.ipynb"},
    "OutputNotebookS3Location": {"Bucket": "data", "Key": "notebook-output/"},
    "OutputNotebookFormat": "HTML",
    "EnvironmentVariables": {"A": "b"},
}


@pytest.fixture(autouse=True)
def slept(monkeypatch) -> list[float]:
    """Seconds that were waited, as the clock shows them as well."""
    waited: list[float] = []
    monkeypatch.setattr("mwaalib.emr_notebook.time.sleep", waited.append)
    monkeypatch.setattr("mwaalib.emr_notebook.time.monotonic", lambda: sum(waited))
    return waited


@pytest.fixture
def cluster(emr) -> str:
    return emr.add_cluster("a cluster")


def starter(cluster: str, request=REQUEST) -> StartNotebookExecutionOperator:
    return StartNotebookExecutionOperator(
        task_id="start", cluster_id=cluster, request=request, retries=2
    )


def start(cluster: str, **told) -> str:
    operator = starter(cluster)
    return operator.execute(context_of(operator, **told))


def sensor(execution: str, **told) -> NotebookExecutionSensor:
    return NotebookExecutionSensor(task_id="check", execution_id=execution, **told)


def look(execution: str, **told):
    operator = sensor(execution, **told)
    return operator.execute(context_of(operator))


def states_by_look(monkeypatch, emr, execution: str, *states: str | dict) -> list:
    """Lets an execution enter a state at each look; returns those that are left."""
    left = list(states)
    describe = emr.DescribeNotebookExecution

    def next_state(NotebookExecutionId):
        if NotebookExecutionId == execution and left:
            told = left.pop(0)
            emr.executions[execution].update(told if isinstance(told, dict) else {"Status": told})
        return describe(NotebookExecutionId)

    monkeypatch.setattr(emr, "DescribeNotebookExecution", next_state)
    return left


# Start


def test_the_whole_request_is_sent(emr, cluster):
    model = emr.client.meta.service_model.operation_model("StartNotebookExecution")
    named = {*REQUEST, "NotebookExecutionName"}
    assert named == set(model.input_shape.members)
    engine = model.input_shape.members["ExecutionEngine"].members
    assert {*REQUEST["ExecutionEngine"], "Id"} == set(engine)
    sent = dict(emr.executions[start(cluster)]["request"])
    assert len(sent.pop("NotebookExecutionName")) <= 256
    assert sent == {**REQUEST, "ExecutionEngine": {**REQUEST["ExecutionEngine"], "Id": cluster}}


def test_a_request_may_be_a_function_of_the_run(emr, cluster):
    operator = starter(cluster, lambda context, jinja_env: {"ServiceRole": context["role"]})
    context = context_of(operator, role="a-role")
    operator.render_template_fields(context)
    sent = emr.executions[operator.execute(context)]["request"]
    assert sent["ServiceRole"] == "a-role"
    assert sent["ExecutionEngine"] == {"Id": cluster}


def test_a_name_tells_the_run_and_is_short_enough(emr, cluster):
    name = emr.executions[start(cluster)]["NotebookExecutionName"]
    assert name.startswith("a_dag manual__2026-01-01T00:00:00+00:00 [")
    long = emr.executions[start(cluster, run_id="x" * 300)]["NotebookExecutionName"]
    assert len(long) == 256


@pytest.mark.parametrize("status", [*AT_WORK, *ENDING, *ENDED])
def test_a_retry_takes_the_execution_of_the_try_before(emr, cluster, status):
    first = start(cluster)
    emr.executions[first]["Status"] = status
    # So that it does not lie on the first page.
    emr.add_execution(cluster, NotebookExecutionName="somebody's own")
    emr.add_execution(cluster)
    assert start(cluster, try_number=2) == first
    assert emr.calls.count("StartNotebookExecution") == 1
    assert emr.status(first) == status


def test_a_second_execution_of_the_same_try_is_stopped(emr, cluster):
    first = start(cluster)
    second = emr.add_execution(
        cluster, NotebookExecutionName=emr.executions[first]["NotebookExecutionName"]
    )
    taken = start(cluster, try_number=2)
    (other,) = {first, second} - {taken}
    assert emr.status(taken) != "STOPPED"
    assert emr.status(other) == "STOPPED"
    assert emr.calls.count("StartNotebookExecution") == 1


def test_a_retry_on_another_cluster_starts_another(emr, cluster):
    first = start(cluster)
    assert start(emr.add_cluster("another"), try_number=2) != first


def test_another_run_starts_another(emr, cluster):
    first = start(cluster)
    others = {
        start(cluster, run_id="another"),
        start(cluster, run_after=datetime(2026, 1, 2, tzinfo=UTC)),
    }
    assert len({first, *others}) == 3
    assert emr.status(first) == "START_PENDING"


def test_a_cleared_task_starts_another_after_the_earlier_has_ended(
    emr, cluster, monkeypatch, slept
):
    first = start(cluster)
    other = emr.add_execution(cluster)
    started = emr.StartNotebookExecution
    monkeypatch.setattr(
        emr, "StopNotebookExecution", lambda NotebookExecutionId: emr.calls.append("stopped")
    )
    states_by_look(monkeypatch, emr, first, "STOP_PENDING", "STOPPING", "STOPPED")

    def start_now(**request):
        assert emr.status(first) == "STOPPED"
        return started(**request)

    monkeypatch.setattr(emr, "StartNotebookExecution", start_now)
    second = start(cluster, try_number=2, cleared_after=1)
    assert second != first
    assert emr.calls.count("stopped") == 1
    assert slept == [5, 5]
    assert emr.status(other) == "RUNNING"
    # And its retry takes the second one.
    assert start(cluster, try_number=3, cleared_after=1) == second


def test_nothing_is_started_beside_an_execution_that_does_not_end(emr, cluster, monkeypatch):
    first = start(cluster)
    monkeypatch.setattr(emr, "StopNotebookExecution", lambda **_: None)
    with pytest.raises(TimeoutError, match=f"{first} is START_PENDING, 300 seconds after"):
        start(cluster, try_number=2, cleared_after=1)
    assert emr.calls.count("StartNotebookExecution") == 1


def test_what_emr_refuses_is_told_as_it_is(emr, cluster, monkeypatch):
    operator = starter(cluster, {"ServiceRole": "r", "OutputNotebookFormat": 1})
    with pytest.raises(ParamValidationError, match="OutputNotebookFormat"):
        operator.execute(context_of(operator))

    def refuse(**_):
        emr.refuse("InvalidRequestException", "Cluster does not have Livy")

    monkeypatch.setattr(emr, "StartNotebookExecution", refuse)
    with pytest.raises(ClientError, match="does not have Livy"):
        start(cluster)
    assert emr.executions == {}


def test_a_kill_stops_the_execution(emr, cluster):
    operator = starter(cluster)
    operator.on_kill()
    assert emr.calls == []
    operator = starter(cluster)
    execution = operator.execute(context_of(operator))
    operator.on_kill()
    assert emr.status(execution) == "STOPPED"


def test_a_kill_while_emr_starts_the_execution_stops_it_as_well(emr, cluster, monkeypatch):
    operator = starter(cluster)
    started = emr.StartNotebookExecution

    def killed(**request):
        operator.on_kill()
        return started(**request)

    monkeypatch.setattr(emr, "StartNotebookExecution", killed)
    with pytest.raises(RuntimeError, match="killed"):
        operator.execute(context_of(operator))
    assert [emr.status(execution) for execution in emr.executions] == ["STOPPED"]


# Follow


def test_finished_is_success_and_gives_the_notebook(emr, cluster):
    execution = emr.add_execution(cluster, "FINISHED", OutputNotebookURI="s3://data/out.ipynb")
    assert look(execution) == "s3://data/out.ipynb"


@pytest.mark.parametrize("status", AT_WORK)
def test_the_slot_is_free_between_two_looks(emr, cluster, status, slept):
    execution = emr.add_execution(cluster, status)
    before = datetime.now(UTC)
    with pytest.raises(AirflowRescheduleException) as again:
        look(execution, poke_interval=77)
    assert again.value.reschedule_date - before >= timedelta(seconds=76)
    assert slept == []
    assert emr.status(execution) == status


@pytest.mark.parametrize("status", ["FAILED", "STOPPED"])
def test_a_failure_carries_the_reason_and_the_notebook(emr, cluster, status):
    execution = emr.add_execution(
        cluster,
        status,
        LastStateChangeReason="ValueError: no rows",
        OutputNotebookURI="s3://data/out.ipynb",
    )
    with pytest.raises(AirflowFailException) as failure:
        look(execution)
    assert str(failure.value) == (
        f"Execution {execution} is {status}: ValueError: no rows "
        "Executed notebook: s3://data/out.ipynb"
    )


def test_a_failure_without_reason_and_notebook_says_so(emr, cluster):
    execution = emr.add_execution(cluster, "FAILED")
    with pytest.raises(AirflowFailException) as failure:
        look(execution)
    assert str(failure.value) == f"Execution {execution} is FAILED: EMR gives no reason."


@pytest.mark.parametrize("status", ENDING)
def test_what_is_ending_fails_with_the_reason_that_comes_at_its_end(
    emr, cluster, monkeypatch, status, slept
):
    execution = emr.add_execution(cluster, status)
    end = {"Status": "STOPPED", "LastStateChangeReason": "by hand", "OutputNotebookURI": "s3://n"}
    states_by_look(monkeypatch, emr, execution, status, status, status, end)
    with pytest.raises(AirflowFailException, match=r"is STOPPED: by hand Executed.*s3://n"):
        look(execution)
    assert slept == [5, 5]


@pytest.mark.parametrize("status", ENDING)
def test_what_does_not_come_to_its_end_fails_all_the_same(emr, cluster, status, slept):
    execution = emr.add_execution(cluster, status)
    with pytest.raises(AirflowFailException, match=f"is {status}"):
        look(execution)
    assert sum(slept) == 120


def test_what_finishes_though_it_was_to_stop_is_success(emr, cluster, monkeypatch):
    execution = emr.add_execution(cluster, "STOP_PENDING")
    states_by_look(monkeypatch, emr, execution, "STOP_PENDING", "FINISHED")
    look(execution)


def test_every_state_of_the_api_is_known(emr):
    shape = emr.client.meta.service_model.shape_for("NotebookExecutionStatus")
    assert {*AT_WORK, *ENDING, *ENDED} == set(shape.enum)


@pytest.mark.parametrize("state", ["TERMINATING", "TERMINATED", "TERMINATED_WITH_ERRORS"])
def test_an_execution_does_not_outlive_its_cluster(emr, state):
    cluster = emr.add_cluster("a cluster", state)
    execution = emr.add_execution(cluster, "RUNNING")
    with pytest.raises(AirflowFailException, match=rf"{cluster} under it is {state}"):
        look(execution)


def test_an_execution_that_ends_with_its_cluster_tells_why(emr, monkeypatch):
    execution = emr.add_execution(emr.add_cluster("a cluster", "TERMINATING"), "RUNNING")
    end = {"Status": "FAILED", "LastStateChangeReason": "The cluster was terminated."}
    states_by_look(monkeypatch, emr, execution, "RUNNING", "FAILING", end)
    with pytest.raises(AirflowFailException, match=r"FAILED: The cluster was terminated\.$"):
        look(execution)


def test_a_result_counts_though_the_cluster_is_gone(emr):
    execution = emr.add_execution(emr.add_cluster("a cluster", "TERMINATED"), "FINISHED")
    look(execution)


def test_a_kill_stops_it(emr, cluster):
    execution = emr.add_execution(cluster)
    sensor(execution).on_kill()
    assert emr.status(execution) == "STOPPED"


@pytest.mark.parametrize("status", [*ENDED, *ENDING])
def test_a_kill_leaves_what_has_ended_or_is_ending(emr, cluster, status):
    execution = emr.add_execution(cluster, status)
    sensor(execution).on_kill()
    assert emr.status(execution) == status


def test_another_refusal_of_a_stop_is_told(emr, cluster, monkeypatch):
    def refuse(**_):
        emr.refuse("AccessDeniedException", "no StopNotebookExecution")

    monkeypatch.setattr(emr, "StopNotebookExecution", refuse)
    with pytest.raises(ClientError, match="no StopNotebookExecution"):
        sensor(emr.add_execution(cluster)).on_kill()


def test_a_timeout_stops_it(emr, cluster):
    execution = emr.add_execution(cluster)
    operator = sensor(execution, timeout=60)
    long_ago = datetime.now(UTC) - timedelta(seconds=61)
    with pytest.raises(AirflowSensorTimeout):
        operator.execute(context_of(operator, first_look=long_ago))
    assert emr.status(execution) == "STOPPED"


# The cluster's end


def terminate(cluster: str) -> None:
    operator = EmrTerminateNotebookClusterOperator(
        task_id="terminate_cluster", job_flow_id=cluster, variable="emr_job_flow"
    )
    operator.execute(context_of(operator))


@pytest.mark.parametrize("status", ["START_PENDING", "STARTING", "RUNNING"])
def test_what_a_killed_task_left_is_stopped_before_the_cluster_ends(
    emr, cluster, monkeypatch, status
):
    execution = emr.add_execution(cluster, status)
    elsewhere = emr.add_execution(emr.add_cluster("another"))
    terminated = emr.TerminateJobFlows

    def end(JobFlowIds):
        assert emr.status(execution) == "STOPPED"
        terminated(JobFlowIds)

    monkeypatch.setattr(emr, "TerminateJobFlows", end)
    terminate(cluster)
    assert emr.state(cluster) == "TERMINATED"
    assert emr.status(elsewhere) == "RUNNING"


def test_the_cluster_ends_though_an_execution_does_not(emr, cluster, monkeypatch, slept):
    emr.add_execution(cluster)
    monkeypatch.setattr(emr, "StopNotebookExecution", lambda **_: None)
    terminate(cluster)
    assert emr.state(cluster) not in ACTIVE
    assert sum(slept) == 120


def test_the_cluster_ends_though_executions_cannot_be_listed(emr, cluster, monkeypatch):
    def refuse(**_):
        emr.refuse("AccessDeniedException", "no ListNotebookExecutions")

    monkeypatch.setattr(emr, "ListNotebookExecutions", refuse)
    terminate(cluster)
    assert emr.state(cluster) not in ACTIVE


def test_no_execution_no_wait(emr, cluster, slept):
    emr.add_execution(cluster, "FINISHED")
    terminate(cluster)
    assert slept == []
    assert "StopNotebookExecution" not in emr.calls
