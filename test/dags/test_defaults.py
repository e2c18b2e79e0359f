"""Default arguments, as the tasks of every DAG of the folder have them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mwaalib import notices
from mwaalib.defaults import default_args


def test_every_task_is_retried_bounded_and_tells_of_its_failure(dag_bag):
    for dag in dag_bag.dags.values():
        for task in dag.tasks:
            name = f"{dag.dag_id}.{task.task_id}"
            assert task.retries >= 2, name
            assert task.execution_timeout is not None, name
            assert notices.on_failure in task.on_failure_callback, name
            assert notices.on_retry in task.on_retry_callback, name


@pytest.mark.parametrize(("seconds", "delay"), [(None, 30), ("1", 1)])
def test_the_next_try_follows_after_the_poll_interval(monkeypatch, seconds, delay):
    name = "AIRFLOW__MWAA_ANALYTICS__POLL_INTERVAL_SECONDS"
    if seconds is None:
        monkeypatch.delenv(name, raising=False)
    else:
        monkeypatch.setenv(name, seconds)
    assert default_args()["retry_delay"] == timedelta(seconds=delay)


def test_what_is_given_takes_the_place_of_a_default():
    given = default_args(retries=0, region_name="eu-west-1")
    assert (given["retries"], given["region_name"], given["owner"]) == (0, "eu-west-1", "airflow")
