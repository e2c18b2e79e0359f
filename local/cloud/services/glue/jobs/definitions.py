"""Definitions of jobs: what CreateJob and UpdateJob take, and the defaults of what is not said.

https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-jobs-job.html
"""

from __future__ import annotations

import time
import urllib.parse
from typing import Any

from local.cloud.core.answers import ServiceError

#: What a job runs: Spark, or Python alone.
SPARK, SHELL = "glueetl", "pythonshell"

#: Versions of Glue that run the Spark that is here; https://docs.aws.amazon.com/glue/latest/dg/release-notes.html
VERSIONS = ("5.0", "5.1")

#: The version of Python shell jobs; https://docs.aws.amazon.com/glue/latest/dg/add-job-python.html
SHELL_PYTHON = "3.9"

#: Data processing units of a worker; https://docs.aws.amazon.com/glue/latest/dg/worker-types.html
WORKERS = {"G.025X": 0.25, "G.1X": 1, "G.2X": 2, "G.4X": 4, "G.8X": 8, "G.12X": 12, "G.16X": 16}

#: Data processing units that a Python shell job may have; the first is the default.
SHELL_CAPACITIES = (0.0625, 1.0)

#: Minutes of a run when nothing is said: with Glue 5, and of Python shell jobs.
TIMEOUT_MINUTES, SHELL_TIMEOUT_MINUTES = 480, 2880


def job(name: str, content: dict[str, Any]) -> dict[str, Any]:
    """A job as it is kept.

    Args:
        name: of the job.
        content: what the request says of it.

    Raises:
        ServiceError: InvalidInputException for what Glue, or this cloud, does not run.
    """
    given = {key: value for key, value in content.items() if value is not None and key != "Tags"}
    command = given.get("Command") or {}
    kind = command.get("Name")
    if kind not in (SPARK, SHELL):
        raise invalid(
            f"Command.Name is {kind!r}: the local cloud runs {SPARK} and {SHELL}, Spark and Python"
        )
    script = command.get("ScriptLocation") or ""
    if urllib.parse.urlparse(script).scheme != "s3":
        raise invalid(f"Command.ScriptLocation {script!r} must begin with s3://")
    if not given.get("Role"):
        raise invalid("Role is required")
    if given.get("MaxRetries"):
        raise invalid(
            f"MaxRetries is {given['MaxRetries']}: the local cloud starts no run by itself; "
            "use 0 and try again where the job is started"
        )
    return {
        "JobMode": "SCRIPT",
        "MaxRetries": 0,
        **given,
        **(_spark(given) if kind == SPARK else _shell(given, command)),
        "Name": name,
        "ExecutionProperty": {"MaxConcurrentRuns": 1, **(given.get("ExecutionProperty") or {})},
        "LastModifiedOn": time.time(),
    }


def _spark(given: dict[str, Any]) -> dict[str, Any]:
    """Version, size and time limit of a Spark job."""
    version = given.get("GlueVersion", VERSIONS[-1])
    if version not in VERSIONS:
        raise invalid(
            f"GlueVersion {version} is not supported by the local cloud: use {', '.join(VERSIONS)}"
        )
    sized = "WorkerType" in given or "NumberOfWorkers" in given
    if sized and ("MaxCapacity" in given or "AllocatedCapacity" in given):
        raise invalid("Please do not set Max Capacity if using Worker Type and Number of Workers.")
    worker, number = given.get("WorkerType", "G.1X"), given.get("NumberOfWorkers", 10)
    if worker not in WORKERS:
        raise invalid(f"WorkerType {worker} is not one of {', '.join(WORKERS)}")
    if number < 2:
        raise invalid(f"NumberOfWorkers is {number}; a Spark job has 2 at least")
    capacity = given.get("MaxCapacity") or given.get("AllocatedCapacity")
    capacity = float(capacity or WORKERS[worker] * number)
    size = {} if given.get("MaxCapacity") else {"WorkerType": worker, "NumberOfWorkers": number}
    return {
        **size,
        "ExecutionClass": given.get("ExecutionClass", "STANDARD"),
        "Timeout": given.get("Timeout", TIMEOUT_MINUTES),
        "GlueVersion": version,
        "AllocatedCapacity": int(capacity),
        "MaxCapacity": capacity,
    }


def _shell(given: dict[str, Any], command: dict[str, Any]) -> dict[str, Any]:
    """Version, size and time limit of a Python shell job."""
    version = command.get("PythonVersion")
    if version != SHELL_PYTHON:
        raise invalid(
            f"Command.PythonVersion of a {SHELL} job is {version!r}: "
            f"the local cloud runs {SHELL_PYTHON!r}"
        )
    for member in ("WorkerType", "NumberOfWorkers", "ExecutionClass"):
        if member in given:
            raise invalid(f"{member} is not supported for the job command {SHELL}")
    capacity = float(given.get("MaxCapacity") or SHELL_CAPACITIES[0])
    if capacity not in SHELL_CAPACITIES:
        raise invalid(
            f"MaxCapacity of a {SHELL} job is {capacity}: it is "
            f"{' or '.join(map(str, SHELL_CAPACITIES))}"
        )
    return {
        "Timeout": given.get("Timeout", SHELL_TIMEOUT_MINUTES),
        "AllocatedCapacity": int(capacity),
        "MaxCapacity": capacity,
    }


def invalid(message: str) -> ServiceError:
    """What is said of a request that cannot be."""
    return ServiceError("InvalidInputException", message)
