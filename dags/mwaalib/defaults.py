"""Default arguments of the tasks of every DAG."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from mwaalib import notices
from mwaalib.polling import poll_seconds

#: Timeout of a task that only asks, and of one poll of a task that waits.
TASK_TIMEOUT = timedelta(minutes=10)


def default_args(**more: Any) -> dict[str, Any]:
    """Default arguments: retries for what the network or a service owes, and notices.

    The next try follows after the seconds between two polls, the option
    `mwaa_analytics.poll_interval_seconds`: half a minute by default.

    A notice of a failure goes to the topic of the Variable `SNS_TOPIC_ARN`, which is there with the
    service `notices`; without it the task's log says that none was sent.

    Args:
        **more: Further ones, such as `region_name`, or others in their place.
    """
    return {
        "owner": "airflow",
        "depends_on_past": False,
        "retries": 2,
        "retry_delay": timedelta(seconds=poll_seconds()),
        "execution_timeout": TASK_TIMEOUT,
        "on_failure_callback": notices.on_failure,
        "on_retry_callback": notices.on_retry,
        **more,
    }
