"""What the scheduler's executor tells of the ends of processes."""

from __future__ import annotations

from airflow.executors.local_executor import LocalExecutor
from airflow.models.taskinstancekey import TaskInstanceKey
from airflow.utils.state import TaskInstanceState

from airflow_scheduler import without_good_ends


class Executor(LocalExecutor):
    """One that the test may change."""


def test_a_good_end_is_not_told_and_a_bad_one_is() -> None:
    without_good_ends(Executor)
    executor = Executor()
    good, bad = (TaskInstanceKey("dag", task, "run", 1, -1) for task in ("good", "bad"))
    executor.running |= {good, bad}
    executor.change_state(good, TaskInstanceState.SUCCESS)
    executor.change_state(bad, TaskInstanceState.FAILED, info="why")
    assert executor.running == set()
    assert executor.get_event_buffer() == {bad: (TaskInstanceState.FAILED, "why")}
    # One whose process is known no more, since it was given again meanwhile.
    executor.change_state(good, TaskInstanceState.SUCCESS)
    assert executor.get_event_buffer() == {}
