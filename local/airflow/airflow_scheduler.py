"""Airflow's scheduler, which does not take the end of a deferral for the end of its task.

A deferred task's process ends well. Where its trigger fires before the scheduler looks at that end,
which on this machine it does, the scheduler finds the task waiting to go on, takes it for one that
was killed and fails it: https://github.com/apache/airflow/issues/67287,
https://github.com/apache/airflow/issues/72716. A task's own process says how the task went, so that
what the executor says of a good end tells the scheduler nothing.

It is run by its path, as `airflow_gateway.py`.
"""

from __future__ import annotations

from typing import Any


def without_good_ends(executor: type[Any]) -> None:
    """Have an executor keep to itself that a task's process ended well.

    Args:
        executor: Airflow's LocalExecutor.
    """
    from airflow.models.taskinstancekey import TaskInstanceKey
    from airflow.utils.state import TaskInstanceState

    told = executor.change_state

    def change_state(self: Any, key: object, state: object, *args: Any, **more: Any) -> None:
        if isinstance(key, TaskInstanceKey) and state == TaskInstanceState.SUCCESS:
            self.running.discard(key)
        else:
            told(self, key, state, *args, **more)

    executor.change_state = change_state


def main() -> None:
    """Run Airflow's command with its executor so."""
    from airflow.__main__ import main as airflow
    from airflow.executors.local_executor import LocalExecutor

    without_good_ends(LocalExecutor)
    airflow()


if __name__ == "__main__":
    main()
