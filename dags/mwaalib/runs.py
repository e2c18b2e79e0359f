"""What a task is told apart by, so that a try finds what the tries before it have begun."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime


def mark(*parts: object) -> str:
    """Short text that is the same for the same parts, and another for any others."""
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()[:16]


def folder_of_data(dag_run) -> str:
    """Name of a folder for what a run makes of data that it loads now; no other call gives it.

    Of two, the one whose data was loaded later is the greater: `20261130T150000000000Z-<mark>`.
    """
    now = datetime.now(UTC)
    own = mark(dag_run.dag_id, dag_run.run_id, dag_run.run_after.isoformat(), now.isoformat())
    return f"{now:%Y%m%dT%H%M%S%fZ}-{own}"


def task_mark(dag_run, task_id: str, map_index: int = -1) -> str:
    """Mark of a task of a run: the same at every try.

    A run that is made anew under the id of one that was deleted has another `run_after`.
    """
    run = (dag_run.dag_id, dag_run.run_id, dag_run.run_after.isoformat())
    return mark(*run, task_id, map_index)


def first_try(ti) -> int:
    """Number of the try that began since the task was last cleared; those after it are its retries.

    Clearing sets the most tries to those made and the task's `retries`:
    https://airflow.apache.org/docs/apache-airflow/stable/core-concepts/dag-run.html#re-run-tasks
    """
    return max(1, ti.max_tries - (ti.task.retries or 0) + 1)
