"""Notebook executions on EMR's clusters: they really run, the code as the role of the nodes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from running import ACCOUNT, REGION, Cloud, allow, unique, until
from test_auth import refused
from test_emr import EMR, Clusters

APPLICATIONS = [
    {"Name": name} for name in ("Hadoop", "Spark", "Hive", "Livy", "JupyterEnterpriseGateway")
]
OVER = ("FINISHED", "FAILED", "STOPPED")


def code(source: str, *tags: str) -> dict[str, Any]:
    """A cell of code."""
    return {
        "cell_type": "code",
        "id": unique("cell"),
        "metadata": {"tags": list(tags)},
        "execution_count": None,
        "outputs": [],
        "source": source,
    }


def notebook(*sources: str, kernel: str | None = "python3", parameters: str = "") -> str:
    """A notebook whose cells have these sources."""
    cells = [code(parameters, "parameters")] if parameters else []
    named = {"kernelspec": {"name": kernel, "display_name": "x", "language": "python"}}
    return json.dumps(
        {
            "cells": [*cells, *map(code, sources)],
            "metadata": named if kernel else {},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
    )


class Notebooks(Clusters):
    """Clusters that take notebooks, and what one asks of executions."""

    def __init__(self, cloud: Cloud) -> None:
        super().__init__(cloud)
        self.notebook_role = cloud.role(
            EMR,
            [
                allow("s3:GetObject", f"arn:aws:s3:::{self.bucket}/notebooks/*"),
                allow("s3:PutObject", f"arn:aws:s3:::{self.bucket}/executed/*"),
            ],
            {
                "StringEquals": {"aws:SourceAccount": ACCOUNT},
                "ArnLike": {"aws:SourceArn": f"arn:aws:elasticmapreduce:{REGION}:{ACCOUNT}:*"},
            },
        )

    def up(self, **more: Any) -> str:
        return super().up(**{"Applications": APPLICATIONS, **more})

    def asked(self, cluster: str, *sources: str, **more: Any) -> dict[str, Any]:
        """A request to run a notebook that has cells with these sources."""
        key = f"notebooks/{unique('notebook')}.ipynb"
        self.put(key, notebook(*sources, **more.pop("notebook", {})))
        request = {
            "ExecutionEngine": {"Id": cluster, "Type": "EMR"},
            "ServiceRole": self.notebook_role,
            "NotebookS3Location": {"Bucket": self.bucket, "Key": key},
            "OutputNotebookS3Location": {"Bucket": self.bucket, "Key": "executed/"},
            **more,
        }
        return {member: value for member, value in request.items() if value is not None}

    def begin(self, cluster: str, *sources: str, **more: Any) -> str:
        """Start an execution; its id."""
        asked = self.asked(cluster, *sources, **more)
        return self.emr.start_notebook_execution(**asked)["NotebookExecutionId"]

    def execution(self, identifier: str) -> dict[str, Any]:
        described = self.emr.describe_notebook_execution(NotebookExecutionId=identifier)
        return described["NotebookExecution"]

    def execution_until(self, identifier: str, *states: str) -> dict[str, Any]:
        def reached() -> Any:
            execution = self.execution(identifier)
            return execution["Status"] in states and execution

        return until(reached, 120)

    def execute(self, cluster: str, *sources: str, **more: Any) -> dict[str, Any]:
        """Run a notebook; the execution at its end."""
        return self.execution_until(self.begin(cluster, *sources, **more), *OVER)

    def object(self, uri: str) -> str:
        bucket, key = uri.removeprefix("s3://").split("/", 1)
        return self.s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()

    def executed(self, execution: dict[str, Any]) -> dict[str, Any]:
        """The executed notebook."""
        return json.loads(self.object(execution["OutputNotebookURI"]))


@pytest.fixture(scope="module")
def notebooks(cloud: Cloud) -> Notebooks:
    return Notebooks(cloud)


@pytest.fixture(scope="module")
def waiting(notebooks: Notebooks) -> str:
    """A cluster for tests that leave it waiting."""
    return notebooks.up()


def test_a_notebook_runs(notebooks: Notebooks, waiting: str) -> None:
    ended = notebooks.execute(
        waiting,
        "print(n + 1, words)",
        notebook={"parameters": "n = 1\nwords = []"},
        NotebookParams=json.dumps({"n": 41, "words": ["a", "b"]}),
        OutputNotebookFormat="HTML",
    )
    print(ended)
    assert ended["Status"] == "FINISHED"


def test_spark(notebooks: Notebooks, waiting: str) -> None:
    ended = notebooks.execute(
        waiting,
        f"spark.range(5).write.parquet('s3://{notebooks.bucket}/out/nb')\nprint(spark.range(7).count())",
        notebook={"kernel": "pysparkkernel"},
        OutputNotebookFormat="HTML",
    )
    print(ended)
    print(notebooks.executed(ended))
    assert ended["Status"] == "FINISHED"
    assert notebooks.rows("out/nb") == [(n,) for n in range(5)]
