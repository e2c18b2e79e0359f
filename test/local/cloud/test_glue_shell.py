"""Glue's Python shell jobs: Python alone, as the job's role."""

from __future__ import annotations

import json
from typing import Any

import pytest
from running import Cloud
from test_auth import refused
from test_glue_jobs import PLAIN, Jobs

#: Copies an object, with what it is told; Spark is not there.
COPY = """
import sys
import boto3
from awsglue.utils import getResolvedOptions

options = getResolvedOptions(sys.argv, ["bucket", "to"])
s3 = boto3.client("s3")
body = s3.get_object(Bucket=options["bucket"], Key="output/from.txt")["Body"].read()
s3.put_object(Bucket=options["bucket"], Key=options["to"], Body=body.upper())
print("copied", len(body))
"""


class Shells(Jobs):
    """Jobs of Python alone."""

    def job(self, script: str = PLAIN, **more: Any) -> str:
        command = {"Name": "pythonshell", "PythonVersion": "3.9", **more.pop("Command", {})}
        sizes = dict.fromkeys(("GlueVersion", "WorkerType", "NumberOfWorkers"))
        return super().job(script, **{**sizes, **more, "Command": command})


@pytest.fixture(scope="module")
def shells(cloud: Cloud) -> Shells:
    return Shells(cloud)


def test_a_script_works_as_the_role(shells: Shells) -> None:
    shells.s3.put_object(Bucket=shells.bucket, Key="output/from.txt", Body=b"abc")
    arguments = {"--bucket": shells.bucket, "--to": "output/to.txt"}
    job = shells.job(COPY, DefaultArguments=arguments)
    run = shells.run(job)
    assert run["JobRunState"] == "SUCCEEDED", run
    copied = shells.s3.get_object(Bucket=shells.bucket, Key="output/to.txt")["Body"].read()
    assert copied == b"ABC"
    assert run["LogGroupName"] == "/aws-glue/python-jobs" and "copied 3" in shells.log(run)
    assert run["MaxCapacity"] == 0.0625
    assert not {"WorkerType", "NumberOfWorkers", "ExecutionClass", "GlueVersion"} & run.keys()
    denied = shells.run(job, Arguments={"--to": "elsewhere/to.txt"})
    assert denied["JobRunState"] == "FAILED" and "s3:PutObject" in denied["ErrorMessage"]


def test_it_is_told_its_arguments_alone(shells: Shells) -> None:
    run = shells.run(shells.job(), Arguments={"--a": "b"})
    assert json.loads(shells.log(run)) == ["--a", "b"]


@pytest.mark.parametrize(
    ("script", "named"),
    [
        ("import pyspark", "ModuleNotFoundError"),
        ("import pyspark.sql", "ModuleNotFoundError"),
        ("import awsglue.context", "ModuleNotFoundError"),
        ("from awsglue.dynamicframe import DynamicFrame", "ModuleNotFoundError"),
        ("match 1:\n    case _:\n        pass\n", "SyntaxError"),
        ("raise ValueError('mine')", "ValueError: mine"),
    ],
)
def test_a_script_that_fails(shells: Shells, script: str, named: str) -> None:
    run = shells.run(shells.job(script))
    assert run["JobRunState"] == "FAILED" and named in run["ErrorMessage"]


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({"Command": {"PythonVersion": "3"}}, "PythonVersion"),
        ({"WorkerType": "G.1X"}, "WorkerType"),
        ({"ExecutionClass": "FLEX"}, "ExecutionClass"),
        ({"MaxCapacity": 0.5}, "0.0625 or 1.0"),
    ],
)
def test_a_job_that_is_refused(shells: Shells, more: dict[str, Any], named: str) -> None:
    code, message = refused(shells.job, **more)
    assert code == "InvalidInputException" and named in message


def test_a_set_of_libraries_is_refused(shells: Shells) -> None:
    job = shells.job(DefaultArguments={"library-set": "analytics"})
    code, message = refused(shells.glue.start_job_run, JobName=job)
    assert code == "InvalidInputException" and "library-set" in message
