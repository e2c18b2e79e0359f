"""How often a task polls what runs elsewhere, and whether it keeps its worker slot meanwhile."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.configuration import conf

#: Seconds between two looks without the option: those of the waiters of AWS's own SDKs. EMR asks
#: for no more than a request every ten seconds, and all tasks of an account share that rate:
#: https://docs.aws.amazon.com/emr/latest/ManagementGuide/making_api_requests.html
DEFAULT_SECONDS = 30

#: From so many seconds on a task gives its place on the worker back between two looks. Below, a
#: new process for each look costs more than it frees, and Airflow may take the end of one process
#: for that of the next:
#: https://airflow.apache.org/docs/apache-airflow/stable/core-concepts/sensors.html
RESCHEDULE_FROM_SECONDS = 10


def poll_seconds() -> int:
    """Seconds between two looks, of the option `mwaa_analytics.poll_interval_seconds`.

    Raises:
        ValueError: where the option is not a whole number of at least 1.
    """
    text = conf.get("mwaa_analytics", "poll_interval_seconds", fallback=str(DEFAULT_SECONDS))
    if not text.strip().isdigit() or int(text) < 1:
        raise ValueError(
            f"mwaa_analytics.poll_interval_seconds is {text!r}; "
            "allowed: a whole number of seconds, at least 1"
        )
    return int(text)


def waiting(timeout: int, look: timedelta, interval: int) -> dict[str, Any]:
    """Arguments of a sensor that waits for something that runs elsewhere.

    Args:
        timeout: Seconds that the wait may take in all.
        look: What one look may take.
        interval: Seconds between two looks.

    Returns:
        `mode`, `timeout` and `execution_timeout`, which bounds one look where the task gives its
        place back, and the whole wait where it keeps it.
    """
    if interval >= RESCHEDULE_FROM_SECONDS:
        return {"mode": "reschedule", "timeout": timeout, "execution_timeout": look}
    return {
        "mode": "poke",
        "timeout": timeout,
        "execution_timeout": timedelta(seconds=timeout) + look,
    }
