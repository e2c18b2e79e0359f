"""How often tasks look at what runs elsewhere."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from mwaalib import polling

DAGS = Path(__file__).resolve().parents[2] / "dags"
OPTION = "AIRFLOW__MWAA_ANALYTICS__POLL_INTERVAL_SECONDS"
LOOK = timedelta(minutes=10)


def test_without_the_option_it_is_that_of_the_waiters() -> None:
    assert polling.poll_seconds() == 30


def test_the_option_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(OPTION, "7")
    assert polling.poll_seconds() == 7


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "soon", ""])
def test_what_is_no_interval_is_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv(OPTION, text)
    with pytest.raises(ValueError, match=r"poll_interval_seconds is .*; allowed: a whole number"):
        polling.poll_seconds()


def test_a_long_interval_frees_the_slot_and_bounds_each_look() -> None:
    for interval in (10, 30, 300):
        assert polling.waiting(600, LOOK, interval) == {
            "mode": "reschedule",
            "timeout": 600,
            "execution_timeout": LOOK,
        }


def test_a_short_one_keeps_the_slot_and_bounds_the_whole_wait() -> None:
    for interval in (1, 9):
        found = polling.waiting(600, LOOK, interval)
        assert found["mode"] == "poke"
        assert found["execution_timeout"] > timedelta(seconds=found["timeout"])


def test_every_sensor_of_the_dags_follows_the_option() -> None:
    """In a process of its own: the option is read when a DAG file is imported."""
    following = [
        file.stem
        for file in sorted(DAGS.glob("*.py"))
        if "from mwaalib.polling import" in file.read_text()
    ]
    script = """
import importlib
import sys
from airflow.sdk import BaseOperator
from airflow.sdk.bases.sensor import BaseSensorOperator
seen = 0
for module in map(importlib.import_module, sys.argv[1:]):
    dags = {id(t.dag): t.dag for t in vars(module).values() if isinstance(t, BaseOperator)}
    for dag in dags.values():
        for task in dag.tasks:
            if isinstance(task, BaseSensorOperator):
                assert (task.poke_interval, task.mode) == (1, "poke"), task
                assert task.execution_timeout.total_seconds() > task.timeout, task
                seen += 1
            elif task.task_id == "terminate_cluster":
                assert task.waiter_delay == 1, task
print(seen)
"""
    run = subprocess.run(
        [sys.executable, "-c", script, *following],
        env={**os.environ, OPTION: "1", "PYTHONPATH": str(DAGS)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    # Each waits at least for a cluster and for what runs on it.
    assert int(run.stdout.split()[-1]) >= 2 * len(following)
