"""Real clients before the local cloud, as a role: their own ways to call are the judges."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

# They have an environment of their own, which other tests of this folder's parent have not.
collect_ignore_glob = [] if find_spec("awswrangler") else ["test_*.py"]

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "test" / "local" / "cloud"))

# No developer's own settings in the clients.
for name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[name]

from running import REGION, Cloud, allow, unique  # noqa: E402

TASKS = "airflow-env.amazonaws.com"


class Account:
    """A bucket, a database and a workgroup, and the role that all clients work as."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.bucket = cloud.bucket()
        self.database = unique("lake").replace("-", "_")
        self.workgroup = unique("clients")
        cloud.client("glue").create_database(DatabaseInput={"Name": self.database})
        cloud.client("athena").create_work_group(
            Name=self.workgroup,
            Configuration={
                "EnforceWorkGroupConfiguration": False,
                "ResultConfiguration": {"OutputLocation": f"s3://{self.bucket}/results/"},
            },
        )
        services = ("athena", "glue", "s3", "sns", "sqs", "dynamodb", "ssm", "logs", "states")
        more = ("secretsmanager", "events", "redshift", "redshift-data", "redshift-serverless")
        self.role = cloud.role(
            [TASKS, "states.amazonaws.com"],
            [
                allow([f"{service}:*" for service in (*services, *more)]),
                allow(["sts:GetCallerIdentity", "iam:PassRole", "iam:GetRole"]),
            ],
        )
        key, secret, token = cloud.as_role(self.role, TASKS)
        self.environment = {
            "AWS_ACCESS_KEY_ID": key,
            "AWS_SECRET_ACCESS_KEY": secret,
            "AWS_SESSION_TOKEN": token,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": cloud.url,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }

    def path(self, name: str) -> str:
        """The address of a folder of its own."""
        return f"s3://{self.bucket}/{name}/"


@pytest.fixture(scope="session")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """One for all clients, who find it by the variables of the SDKs."""
    cloud = Cloud(tmp_path_factory.mktemp("cloud"))
    cloud.start()
    made = Account(cloud)
    os.environ.update(made.environment)
    yield made
    cloud.stop()
