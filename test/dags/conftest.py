"""Everything that the tests of the DAGs share."""

from __future__ import annotations

import csv
import functools
import io
import json
import os
import sys
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DAGS = ROOT / "dags"

# Before the first import of Airflow: it reads them, and makes its folder.
os.environ["AIRFLOW_HOME"] = tempfile.mkdtemp(prefix="airflow-home-")
os.environ["AIRFLOW__CORE__DAGS_FOLDER"] = str(DAGS)
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
os.environ["AWS_DEFAULT_REGION"] = "us-east-1"
# As MWAA has it.
os.environ["AIRFLOW_CONN_AWS_DEFAULT"] = "aws://"
sys.path.insert(0, str(DAGS))
sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(ROOT / "local" / "movielens"))

Table = Sequence[Sequence[object]]

#: A data set that has every kind of value that is hard to carry.
TABLES: Mapping[str, Table] = {
    "movies": [
        ("movieId", "title", "genres"),
        (1, "Toy Story (1995)", "Animation|Children"),
        (2, 'The "Quoted", and Comma\'d One (2001)', "Drama"),
        (3, "Amélie (Le fabuleux destin d'Amélie Poulain) (2001)", "Comedy"),
        (4, "No Year, The", "(no genres listed)"),
        (5, "Back\\slash (1999)", "Drama"),
    ],
    "ratings": [
        ("userId", "movieId", "rating", "timestamp"),
        (1, 1, "4.0", 964982703),
        (1, 2, "4.5", 964982703),
        (2, 2, "5.0", 964982703),
        (2, 3, "0.5", 964982703),
        (3, 3, "4.5", 964982703),
        (3, 4, "5.0", 964982703),
        (3, 5, "4.5", 964982703),
    ],
    "tags": [
        ("userId", "movieId", "tag", "timestamp"),
        (1, 2, 'so "called", well', 964982703),
    ],
}


def csv_bytes(table: Table) -> bytes:
    """A table as a CSV file."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(table)
    return text.getvalue().encode()


def zip_bytes(members: Mapping[str | zipfile.ZipInfo, bytes]) -> bytes:
    """A zip with these members."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return content.getvalue()


def data_set(**changed: bytes | Table | None) -> dict[str | zipfile.ZipInfo, bytes]:
    """Members of a data set's zip, with tables changed, or left out where they are None."""
    tables = {**TABLES, **changed}
    return {
        f"ml-latest-small/{name}.csv": table if isinstance(table, bytes) else csv_bytes(table)
        for name, table in tables.items()
        if table is not None
    }


@pytest.fixture(scope="session")
def dag_bag():
    """Every DAG of the folder, as Airflow reads it."""
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(DAGS)


@pytest.fixture
def emr(monkeypatch):
    """EMR in memory, and the Variable that holds the request for a cluster."""
    from airflow.providers.amazon.aws.hooks.emr import EmrHook
    from fake_aws import JOB_FLOW, FakeEmr

    fake = FakeEmr()
    monkeypatch.setattr(EmrHook, "conn", fake.client)
    monkeypatch.setenv("AIRFLOW_VAR_EMR_JOB_FLOW", json.dumps(JOB_FLOW))
    return fake


@pytest.fixture
def notebook_variables(monkeypatch) -> dict[str, str]:
    """The Variables of the notebook's DAGs, as the program writes them."""
    from fake_aws import NOTEBOOK_VARIABLES

    for name, value in NOTEBOOK_VARIABLES.items():
        monkeypatch.setenv(f"AIRFLOW_VAR_{name.upper()}", value)
    return NOTEBOOK_VARIABLES


@pytest.fixture
def s3(monkeypatch):
    """S3 in memory, with reviews of two categories."""
    from airflow.providers.amazon.aws.hooks.s3 import S3Hook
    from fake_aws import FakeS3

    folders = [f"reviews/product_category={name}/part-0.parquet" for name in ("Apparel", "Books")]
    fake = FakeS3(**{"data-bucket": dict.fromkeys(folders, 10)})
    monkeypatch.setattr(S3Hook, "conn", fake.client)
    return fake


@pytest.fixture
def sns(monkeypatch):
    """SNS in memory."""
    from airflow.providers.amazon.aws.hooks.sns import SnsHook
    from fake_aws import FakeSns

    fake = FakeSns()
    monkeypatch.setattr(SnsHook, "conn", fake.client)
    return fake


@pytest.fixture
def step_functions(monkeypatch):
    """Step Functions in memory."""
    from airflow.providers.amazon.aws.hooks.step_function import StepFunctionHook
    from fake_aws import FakeStepFunctions

    fake = FakeStepFunctions()
    monkeypatch.setattr(StepFunctionHook, "conn", fake.client)
    monkeypatch.setattr(StepFunctionHook, "get_conn", lambda self: fake.client)
    return fake


@pytest.fixture(scope="session")
def metadata():
    """Airflow's database, in which a run is kept, and one execution API for all tasks of the runs.

    `dag.test()` makes that API anew for each task, which takes seconds.
    """
    from airflow.sdk.execution_time import supervisor
    from airflow.utils.db import initdb

    initdb()
    with pytest.MonkeyPatch.context() as patch:
        once = functools.cache(supervisor.in_process_api_server)
        patch.setattr(supervisor, "in_process_api_server", once)
        yield
