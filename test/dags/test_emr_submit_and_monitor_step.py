"""Steps: submitted once, found again, cancelled with their task, told about when they fail."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from airflow.providers.amazon.aws.hooks.emr import EmrHook
from airflow.sdk import DAG
from airflow.sdk.exceptions import (
    AirflowFailException,
    AirflowRescheduleException,
    AirflowSensorTimeout,
)
from fake_aws import context_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mwaalib.emr_submit_and_monitor_step import EmrSubmitAndMonitorStepOperator

STEP = {
    "Name": "preprocess_movies",
    "ActionOnFailure": "CONTINUE",
    "HadoopJarStep": {"Jar": "command-runner.jar", "Args": ["spark-submit", "s3://b/x.py"]},
}

#: What a look that found no end gives.
WAITS = "waits"


def operator(**told) -> EmrSubmitAndMonitorStepOperator:
    told = {"job_flow_id": "j-1", "steps": [STEP], "retries": 2, **told}
    return EmrSubmitAndMonitorStepOperator(task_id="preprocess_movies", **told)


def look(told: dict[str, Any] | None = None, **context) -> Any:
    """One look of a task, in an operator of its own as in a process of its own."""
    task = operator(**(told or {}))
    try:
        return task.execute(context_of(task, **context))
    except AirflowRescheduleException:
        return WAITS


@pytest.fixture
def cluster(emr):
    """A cluster that takes steps."""
    number = emr.add_cluster("mine")
    assert number == "j-1"
    return emr


def set_state(emr, state: str, **status) -> None:
    emr.steps[-1]["Status"] = {"State": state, **status}


def test_a_step_is_submitted_once_and_waited_for_without_a_slot(cluster):
    assert look() == WAITS
    (step,) = cluster.steps
    assert step["Name"].startswith("preprocess_movies [")
    assert {**step, "Name": STEP["Name"]}.items() >= STEP.items()
    for state in ("PENDING", "RUNNING"):
        set_state(cluster, state)
        assert look() == WAITS
    set_state(cluster, "COMPLETED")
    assert look() == [step["Id"]]
    assert cluster.calls.count("AddJobFlowSteps") == 1


def test_several_steps_are_waited_for_together(cluster):
    several = {"steps": [STEP, {**STEP, "Name": "second"}]}
    assert look(several) == WAITS
    cluster.steps[0]["Status"] = {"State": "COMPLETED"}
    assert look(several) == WAITS
    cluster.steps[1]["Status"] = {"State": "COMPLETED"}
    assert sorted(look(several)) == [step["Id"] for step in cluster.steps]


def test_the_next_look_is_after_the_interval(cluster):
    task = operator(check_interval=45)
    before = datetime.now(UTC)
    with pytest.raises(AirflowRescheduleException) as waits:
        task.execute(context_of(task))
    assert task.reschedule
    assert waits.value.reschedule_date >= before + timedelta(seconds=45)


def test_without_waiting_the_submitted_step_is_the_result(cluster):
    submitted = look({"wait_for_completion": False})
    assert submitted == [cluster.steps[0]["Id"]]
    # A retry after a worker was lost on its way out.
    assert look({"wait_for_completion": False}, try_number=2) == submitted


@pytest.mark.parametrize("state", ["FAILED", "CANCELLED", "INTERRUPTED", "CANCEL_PENDING"])
def test_a_step_that_fails_fails_the_task_for_good(cluster, state):
    look()
    set_state(
        cluster,
        state,
        FailureDetails={
            "Reason": "Unknown Error.",
            "Message": "no tags today",
            "LogFile": "s3://data/emr-logs/j-1/steps/s-2/stderr.gz",
        },
        StateChangeReason={"Message": "ended"},
    )
    with pytest.raises(AirflowFailException) as failure:
        look()
    message = str(failure.value)
    assert f"of cluster j-1 is {state}: Unknown Error.; no tags today; ended" in message
    assert "s3://data/emr-logs/j-1/steps/s-2/stderr.gz" in message
    assert "preprocess_movies" in message


def test_a_failure_without_a_reason_says_so(cluster):
    look()
    set_state(cluster, "FAILED")
    with pytest.raises(AirflowFailException, match=r"is FAILED: EMR gives no reason$"):
        look()


def test_when_one_of_several_fails_the_others_are_cancelled(cluster):
    several = {"steps": [STEP, {**STEP, "Name": "second"}]}
    look(several)
    set_state(cluster, "FAILED")
    with pytest.raises(AirflowFailException, match="second"):
        look(several)
    assert cluster.at_work() == []


@pytest.mark.parametrize("state", ["PENDING", "RUNNING", "COMPLETED"])
def test_a_retry_takes_over_the_step_of_the_try_before(cluster, state):
    look()
    set_state(cluster, state)
    if state != "COMPLETED":
        assert look(try_number=2) == WAITS
        set_state(cluster, "COMPLETED")
    assert look(try_number=2) == [cluster.steps[0]["Id"]]
    assert len(cluster.steps) == 1


@pytest.mark.parametrize("state", ["FAILED", "CANCELLED", "INTERRUPTED"])
def test_a_retry_submits_anew_what_has_failed(cluster, state):
    look()
    set_state(cluster, state)
    assert look(try_number=2) == WAITS
    assert len(cluster.steps) == 2
    set_state(cluster, "COMPLETED")
    assert look(try_number=2) == [cluster.steps[1]["Id"]]


def test_a_cleared_task_runs_a_completed_step_again(cluster):
    look()
    set_state(cluster, "COMPLETED")
    assert look(try_number=2, cleared_after=1) == WAITS
    assert len(cluster.steps) == 2


def test_a_cleared_task_first_ends_the_step_that_is_at_work(cluster, monkeypatch):
    look()
    cancel = cluster.CancelSteps
    monkeypatch.setattr(cluster, "CancelSteps", lambda **_: set_state(cluster, "CANCEL_PENDING"))
    for _ in range(2):
        assert look({"wait_for_completion": False}, try_number=2, cleared_after=1) == WAITS
        assert len(cluster.steps) == 1
    assert cluster.calls.count("CancelSteps") == 1
    set_state(cluster, "CANCELLED")
    monkeypatch.setattr(cluster, "CancelSteps", cancel)
    assert look(try_number=2, cleared_after=1) == WAITS
    assert len(cluster.steps) == 2


def test_tasks_and_runs_do_not_take_each_others_steps(cluster):
    look()
    look(run_id="another")
    look(run_after=datetime(2026, 1, 2, tzinfo=UTC))
    other = EmrSubmitAndMonitorStepOperator(task_id="other", job_flow_id="j-1", steps=[STEP])
    with pytest.raises(AirflowRescheduleException):
        other.execute(context_of(other))
    assert len({step["Name"] for step in cluster.steps}) == 4
    assert len(cluster.at_work()) == 4


def test_a_long_name_is_cut_but_not_its_mark(cluster):
    long = {"steps": [{**STEP, "Name": "x" * 256}]}
    look(long)
    look(long)
    assert [len(step["Name"]) for step in cluster.steps] == [256]


def test_a_kill_at_a_look_cancels_the_step(cluster, monkeypatch):
    look()
    task = operator()
    describe = cluster.ListSteps

    def killed(**asked):
        task.on_kill()
        return describe(**asked)

    monkeypatch.setattr(cluster, "ListSteps", killed)
    with pytest.raises(AirflowFailException, match="killed"):
        task.execute(context_of(task))
    assert cluster.steps[0]["Status"]["State"] == "CANCELLED"


def test_a_kill_while_emr_takes_the_step_cancels_it(cluster, monkeypatch):
    task = operator()
    add = cluster.AddJobFlowSteps

    def killed(**asked):
        task.on_kill()
        return add(**asked)

    monkeypatch.setattr(cluster, "AddJobFlowSteps", killed)
    with pytest.raises(AirflowFailException, match="killed"):
        task.execute(context_of(task))
    assert cluster.steps[0]["Status"]["State"] == "CANCELLED"


def test_a_kill_after_a_look_cancels_the_step(cluster):
    task = operator()
    with pytest.raises(AirflowRescheduleException):
        task.execute(context_of(task))
    task.on_kill()
    assert cluster.steps[0]["Status"]["State"] == "CANCELLED"


@pytest.mark.parametrize(
    ("state", "ended"),
    [("failed", True), ("up_for_reschedule", False), ("up_for_retry", False), ("success", False)],
)
def test_a_look_cancels_the_steps_of_a_neighbour_that_was_killed(cluster, state, ended):
    with DAG("a_dag", schedule=None):
        tasks = [
            EmrSubmitAndMonitorStepOperator(task_id=name, job_flow_id="j-1", steps=[STEP])
            for name in ("one", "other", "not_begun")
        ]
    killed, waits, _ = tasks
    with pytest.raises(AirflowRescheduleException):
        killed.execute(context_of(killed))
    context = context_of(waits)
    context["ti"].states = {"one": state}
    with pytest.raises(AirflowRescheduleException):
        waits.execute(context)
    theirs, own = cluster.steps
    assert theirs["Status"]["State"] == ("CANCELLED" if ended else "PENDING")
    assert own["Status"]["State"] == "PENDING"


def test_airflow_is_not_asked_for_a_neighbour_whose_steps_have_ended(cluster, monkeypatch):
    with DAG("a_dag", schedule=None):
        ended, waits = (
            EmrSubmitAndMonitorStepOperator(task_id=name, job_flow_id="j-1", steps=[STEP])
            for name in ("one", "other")
        )
    with pytest.raises(AirflowRescheduleException):
        ended.execute(context_of(ended))
    cluster.steps[0]["Status"]["State"] = "COMPLETED"
    context = context_of(waits)
    # A call of it is an error: there is nothing to call.
    monkeypatch.setattr(context["ti"], "get_task_states", None)
    with pytest.raises(AirflowRescheduleException):
        waits.execute(context)


def test_a_timeout_cancels_the_step(cluster):
    look()
    long_ago = datetime.now(UTC) - timedelta(hours=1)
    with pytest.raises(AirflowSensorTimeout):
        look({"timeout": 60}, first_look=long_ago)
    assert cluster.at_work() == []


@pytest.mark.parametrize("state", ["TERMINATING", "TERMINATED", "TERMINATED_WITH_ERRORS"])
def test_a_cluster_that_ends_takes_no_step(emr, state):
    emr.add_cluster("mine", state)
    emr.clusters["j-1"]["Status"]["StateChangeReason"] = {"Message": "idle too long"}
    with pytest.raises(AirflowFailException, match=rf"j-1 is {state} \(idle too long\)"):
        look()
    assert emr.steps == []


def test_a_cluster_is_found_by_its_name(cluster):
    cluster.add_cluster("another")
    named = {"job_flow_id": None, "job_flow_name": "mine"}
    assert look(named) == WAITS
    assert [step["cluster"] for step in cluster.steps] == ["j-1"]


def test_without_a_cluster_of_the_name_the_task_fails(cluster):
    cluster.clusters["j-1"]["Status"]["State"] = "TERMINATED"
    with pytest.raises(AirflowFailException, match="No cluster named mine is STARTING"):
        look({"job_flow_id": None, "job_flow_name": "mine"})


@pytest.mark.parametrize("given_", [{}, {"job_flow_name": "mine", "job_flow_id": "j-1"}])
def test_exactly_one_of_id_and_name_is_taken(given_):
    with pytest.raises(ValueError, match="exactly one"):
        operator(**{"job_flow_id": None, **given_})


def test_no_step_is_refused():
    with pytest.raises(ValueError, match="at least one step"):
        operator(steps=[])


EVENTS = ["look", "look", "lost", "cleared", "RUNNING", "COMPLETED", "FAILED"]


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from(EVENTS), max_size=14))
def test_whatever_happens_one_step_is_at_work_and_a_result_is_of_this_life(events):
    from airflow.providers.amazon.aws.hooks.emr import EmrHook
    from fake_aws import FakeEmr

    fake = FakeEmr()
    fake.add_cluster("mine")
    number, cleared_after, before = 1, 0, 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(EmrHook, "conn", fake.client)
        for event in events:
            if event == "lost":
                number += 1
            elif event == "cleared":
                cleared_after, number = number, number + 1
                before = len(fake.steps)
            elif event != "look":
                if fake.steps and fake.steps[-1] in fake.at_work():
                    set_state(fake, event)
            else:
                try:
                    result = look(try_number=number, cleared_after=cleared_after)
                except AirflowFailException:
                    assert fake.steps[-1]["Status"]["State"] == "FAILED"
                else:
                    if result != WAITS:
                        assert result == [fake.steps[-1]["Id"]]
                        assert fake.steps[-1]["Status"]["State"] == "COMPLETED"
                        assert len(fake.steps) > before
            assert len(fake.at_work()) <= 1


@pytest.mark.parametrize("state", ["PENDING", "RUNNING"])
@pytest.mark.parametrize("at", ["this try", "a retry"])
def test_of_two_steps_of_one_try_the_first_counts_and_the_other_is_cancelled(cluster, state, at):
    look()
    # As after a request that was repeated.
    (first,) = cluster.steps
    second = {**first, "Id": "s-again", "Status": {"State": state}}
    cluster.steps.append(second)
    first["Status"] = {"State": "RUNNING"}
    number = 1 if at == "this try" else 2
    assert look(try_number=number) == WAITS
    assert (first["Status"], second["Status"]) == ({"State": "RUNNING"}, {"State": "CANCELLED"})
    first["Status"] = {"State": "COMPLETED"}
    assert look(try_number=number) == [first["Id"]]
    assert len(cluster.steps) == 2


def test_two_steps_of_one_name_are_both_followed(cluster):
    twice = {"steps": [STEP, STEP]}
    assert look(twice) == WAITS
    cluster.steps[0]["Status"] = {"State": "COMPLETED"}
    assert look(twice) == WAITS
    cluster.steps[1]["Status"] = {"State": "COMPLETED"}
    assert sorted(look(twice)) == [step["Id"] for step in cluster.steps]


def test_the_sdk_does_not_repeat_a_request_that_got_no_answer(cluster, monkeypatch):
    asked = []
    init = EmrHook.__init__

    def keep(self, *args, **kwargs):
        asked.append(kwargs["config"])
        init(self, *args, **kwargs)

    monkeypatch.setattr(EmrHook, "__init__", keep)
    look()
    configs = [config for config in asked if config is not None]
    assert [config.retries for config in configs] == [{"total_max_attempts": 1}]
