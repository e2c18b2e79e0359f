"""Airflow's own AWS operators before the local cloud, as a role: what anybody's DAG is made of.

Each test is the smallest form of what the amazon provider's example DAGs do. An operator runs
without Airflow's servers, but for `test_dags.py`: it has a DAG for each service run by Airflow.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT / "test" / "local" / room) for room in ("cloud", "airflow")]

# No developer's own settings in the operators' clients.
for name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[name]

from running import REGION, Cloud, allow  # noqa: E402

TASKS = "airflow-env.amazonaws.com"

#: Services that tasks may call, all of each.
SERVICES = (
    *("athena", "dynamodb", "elasticmapreduce", "glue", "logs", "redshift", "redshift-data"),
    *("redshift-serverless", "s3", "sns", "sqs", "states"),
)


def rights() -> list[dict[str, Any]]:
    """What tasks may do."""
    return [
        allow([f"{service}:*" for service in SERVICES]),
        allow(["iam:PassRole", "iam:GetRole", "sts:GetCallerIdentity"]),
    ]


class Instance:
    """What an operator or a sensor knows of its task: where it pushes to."""

    def __init__(self) -> None:
        self.pushed: dict[str, Any] = {}

    def xcom_push(self, key: str, value: Any, **_: Any) -> None:
        """Keep what is pushed."""
        self.pushed[key] = value


class Tasks:
    """What runs operators: a role, and the variables through which their clients find it."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.bucket = cloud.bucket()
        self.role = cloud.role(TASKS, rights())
        key, secret, token = cloud.as_role(self.role, TASKS)
        self.environment = {
            "AIRFLOW_CONN_AWS_DEFAULT": "aws://",
            "AWS_ACCESS_KEY_ID": key,
            "AWS_SECRET_ACCESS_KEY": secret,
            "AWS_SESSION_TOKEN": token,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": cloud.url,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }

    def run(self, operator: Any) -> Any:
        """Run an operator as a task does; what it returns."""
        return operator.execute(context())


def context() -> dict[str, Any]:
    """The context of a task."""
    instance = Instance()
    return {"ti": instance, "task_instance": instance}


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """A local cloud for all operators."""
    running = Cloud(tmp_path_factory.mktemp("cloud"))
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def tasks(cloud: Cloud) -> Iterator[Tasks]:
    """A role for all operators, whose clients find it by the SDK's variables."""
    made = Tasks(cloud)
    os.environ.update(made.environment)
    yield made
    for name in made.environment:
        os.environ.pop(name, None)
