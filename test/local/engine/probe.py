"""A DAG of the tests: says what its tasks find of the environment's files and Variables."""

from __future__ import annotations

import importlib.util
import os
from datetime import UTC, datetime

from airflow.sdk import DAG, Variable, task

with DAG("probe", schedule=None, start_date=datetime(2020, 1, 1, tzinfo=UTC), catchup=False):

    @task
    def look() -> dict[str, object]:
        """What is there of a plugin, the start-up script, a Variable and an option."""
        return {
            "plugin": importlib.util.find_spec("probe_plugin") is not None,
            "exported": os.environ.get("PROBE"),
            "variable": Variable.get("probe", default=None),
            "option": os.environ.get("AIRFLOW__PROBE__OPTION"),
        }

    look()
