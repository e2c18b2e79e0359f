"""Airflow's scheduler as the laptop runs it.

The workers that fork the tasks are forked from it, once. What nearly every task would load for
itself is loaded before that: 0.6 seconds of CPU less for each.

And it does not take the end of a deferral for the end of its task. A deferred task's process ends
well. Where its trigger fires before the scheduler looks at that end, which on this machine it does,
the scheduler finds the task waiting to go on, takes it for one that was killed and fails it:
https://github.com/apache/airflow/issues/67287, https://github.com/apache/airflow/issues/72716. A
task's own process says how the task went, so that what the executor says of a good end tells the
scheduler nothing.

It is run by its path, as `airflow_gateway.py`.
"""

from __future__ import annotations

import functools
import inspect
import sys
from importlib import import_module
from typing import Any

#: What the operators of AWS import, with boto3.
MODULES = (
    "airflow.providers.amazon.aws.hooks.base_aws",
    "airflow.providers.amazon.aws.operators.emr",
    "airflow.providers.standard.operators.python",
    "airflow.sdk.execution_time.task_runner",
)

#: Services whose models boto3 has read: what the secrets backend and the pipelines' tasks call.
SERVICES = ("athena", "emr", "glue", "redshift-data", "s3", "ssm", "stepfunctions", "sts")


def load_for_tasks() -> None:
    """Load what the tasks that are forked from this process need.

    Modules; which file each module is of, which the amazon provider has Python look up for the
    user agent of its calls; and the models of AWS's services, for which all sessions of boto3
    share one loader.
    """
    for name in MODULES:
        import_module(name)
    inspect.getmodule(sys._getframe())

    import botocore.session

    botocore.session.create_loader = functools.cache(botocore.session.create_loader)
    # Nothing is called, and no role is asked for: region and credentials of a task are its own.
    nobody = {"aws_access_key_id": "none", "aws_secret_access_key": "none"}
    session: Any = botocore.session.get_session()
    for service in SERVICES:
        session.create_client(service, region_name="us-east-1", **nobody)


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
    """Run Airflow's command with its executor so, and with what tasks need."""
    from airflow.__main__ import main as airflow
    from airflow.executors.local_executor import LocalExecutor

    without_good_ends(LocalExecutor)
    load_for_tasks()
    airflow()


if __name__ == "__main__":
    main()
