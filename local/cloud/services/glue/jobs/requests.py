"""Requests about jobs and their runs.

https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-jobs-runs.html
"""

from __future__ import annotations

import secrets
import time
import urllib.parse
from typing import Any

from ministack.services import glue

from local.cloud.core.answers import ServiceError
from local.cloud.core.service import Operation, Request
from local.cloud.services.glue import logs, rights
from local.cloud.services.glue.jobs import engine, state

LOG_GROUP = "/aws-glue/jobs"

#: Those that run the Spark that is here; https://docs.aws.amazon.com/glue/latest/dg/release-notes.html
VERSIONS = ("5.0", "5.1")

#: Data processing units of a worker; https://docs.aws.amazon.com/glue/latest/dg/worker-types.html
WORKERS = {"G.025X": 0.25, "G.1X": 1, "G.2X": 2, "G.4X": 4, "G.8X": 8, "G.12X": 12, "G.16X": 16}

#: Minutes of a run when nothing is said, with Glue 5; https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-jobs-job.html
TIMEOUT_MINUTES = 480

#: Runs that GetJobRuns gives at once.
PAGE = 200

#: Arguments that this cloud would only pretend to heed, and what to do without them.
#: https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-glue-arguments.html
_UNKNOWN = {
    "--additional-python-modules": "the job has the packages of local/spark alone",
    "--datalake-formats": "the job has no jars of Hudi, Iceberg or Delta",
    "--extra-files": "put what the job reads into S3",
    "--extra-jars": "the job has Spark's own jars alone",
    "--extra-py-files": "put the job into one file",
    "--python-modules-installer-option": "the job has the packages of local/spark alone",
    "--user-jars-first": "the job has Spark's own jars alone",
}


def _create(request: Request) -> dict[str, Any]:
    content = request.content
    name = content["Name"]
    if name in glue._jobs:
        raise ServiceError("AlreadyExistsException", f"Job with name {name} already exists")
    glue._jobs[name] = {**_job(name, content), "CreatedOn": time.time()}
    glue._job_runs[name] = []
    if content.get("Tags"):
        glue._tags[rights.arn(f"job/{name}")] = dict(content["Tags"])
    return {"Name": name}


def _job(name: str, content: dict[str, Any]) -> dict[str, Any]:
    """A job as it is kept; what is not said has Glue's default."""
    given = {key: value for key, value in content.items() if value is not None and key != "Tags"}
    command = given.get("Command") or {}
    if command.get("Name") != "glueetl":
        raise _invalid(
            f"Command.Name is {command.get('Name')!r}: the local cloud runs Spark jobs, glueetl"
        )
    script = command.get("ScriptLocation") or ""
    if urllib.parse.urlparse(script).scheme != "s3":
        raise _invalid(f"Command.ScriptLocation {script!r} must begin with s3://")
    if not given.get("Role"):
        raise _invalid("Role is required")
    version = given.get("GlueVersion", VERSIONS[-1])
    if version not in VERSIONS:
        raise _invalid(
            f"GlueVersion {version} is not supported by the local cloud: use {', '.join(VERSIONS)}"
        )
    if given.get("MaxRetries"):
        raise _invalid(
            f"MaxRetries is {given['MaxRetries']}: the local cloud starts no run by itself; "
            "use 0 and try again where the job is started"
        )
    sized = "WorkerType" in given or "NumberOfWorkers" in given
    if sized and ("MaxCapacity" in given or "AllocatedCapacity" in given):
        raise _invalid("Please do not set Max Capacity if using Worker Type and Number of Workers.")
    worker, number = given.get("WorkerType", "G.1X"), given.get("NumberOfWorkers", 10)
    if worker not in WORKERS:
        raise _invalid(f"WorkerType {worker} is not one of {', '.join(WORKERS)}")
    if number < 2:
        raise _invalid(f"NumberOfWorkers is {number}; a Spark job has 2 at least")
    capacity = given.get("MaxCapacity") or given.get("AllocatedCapacity")
    capacity = float(capacity or WORKERS[worker] * number)
    size = {} if given.get("MaxCapacity") else {"WorkerType": worker, "NumberOfWorkers": number}
    return {
        "JobMode": "SCRIPT",
        "ExecutionClass": "STANDARD",
        "MaxRetries": 0,
        "Timeout": TIMEOUT_MINUTES,
        **given,
        **size,
        "Name": name,
        "ExecutionProperty": {"MaxConcurrentRuns": 1, **(given.get("ExecutionProperty") or {})},
        "GlueVersion": version,
        "AllocatedCapacity": int(capacity),
        "MaxCapacity": capacity,
        "LastModifiedOn": time.time(),
    }


def _update(request: Request) -> dict[str, Any]:
    """Put a definition in the place of the old one: what is not said has its default again."""
    content = request.content
    name = content["JobName"]
    old = state.known(name)
    glue._jobs[name] = {**_job(name, content["JobUpdate"]), "CreatedOn": old["CreatedOn"]}
    return {"JobName": name}


def _get(request: Request) -> dict[str, Any]:
    return {"Job": state.known(request.content["JobName"])}


def _get_all(_request: Request) -> dict[str, Any]:
    return {"Jobs": list(glue._jobs.values())}


def _list(_request: Request) -> dict[str, Any]:
    return {"JobNames": sorted(glue._jobs.keys())}


def _delete(request: Request) -> dict[str, Any]:
    """Delete a job. That there is none is no error."""
    name = request.content["JobName"]
    for run in glue._job_runs.get(name, []):
        engine.stop_run(run["Id"])
    glue._jobs.pop(name, None)
    glue._job_runs.pop(name, None)
    glue._tags.pop(rights.arn(f"job/{name}"), None)
    return {"JobName": name}


async def _start(request: Request) -> dict[str, Any]:
    content = request.content
    name = content["JobName"]
    job = state.known(name)
    if content.get("JobRunId"):
        raise _invalid("the local cloud runs no run again: start a new one without JobRunId")
    runs = glue._job_runs.setdefault(name, [])
    active = sum(run["JobRunState"] in state.ACTIVE for run in runs)
    if active >= job["ExecutionProperty"]["MaxConcurrentRuns"]:
        raise ServiceError(
            "ConcurrentRunsExceededException", f"Concurrent runs exceeded for {name}"
        )
    given = content.get("Arguments") or {}
    arguments = {
        **(job.get("DefaultArguments") or {}),
        **given,
        **(job.get("NonOverridableArguments") or {}),
    }
    _require_arguments(arguments)
    security = content.get("SecurityConfiguration") or job.get("SecurityConfiguration")
    logs.require_security(security)
    now = time.time()
    run: dict[str, Any] = {
        "Id": f"jr_{secrets.token_hex(32)}",
        "Attempt": 0,
        "JobName": name,
        "JobMode": job["JobMode"],
        "StartedOn": now,
        "LastModifiedOn": now,
        "JobRunState": "STARTING",
        "PredecessorRuns": [],
        "AllocatedCapacity": job["AllocatedCapacity"],
        "ExecutionTime": 0,
        "Timeout": content.get("Timeout") or job["Timeout"],
        "MaxCapacity": job["MaxCapacity"],
        "LogGroupName": _log_group(job, security, arguments),
        "GlueVersion": job["GlueVersion"],
        "ExecutionClass": job["ExecutionClass"],
    }
    for member in ("WorkerType", "NumberOfWorkers"):
        if member in content or member in job:
            run[member] = content.get(member) or job[member]
    if security:
        run["SecurityConfiguration"] = security
    if given:
        run["Arguments"] = given
    # The newest first, as GetJobRuns gives them.
    runs.insert(0, run)
    engine.run(dict(job), run, arguments)
    return {"JobRunId": run["Id"]}


def _require_arguments(arguments: dict[str, str]) -> None:
    bookmark = arguments.get("--job-bookmark-option", "job-bookmark-disable")
    if bookmark != "job-bookmark-disable":
        raise _invalid(
            f"--job-bookmark-option is {bookmark}: the local cloud has no job bookmarks; "
            "use job-bookmark-disable"
        )
    for name, instead in _UNKNOWN.items():
        if arguments.get(name):
            raise _invalid(f"{name} is not supported by the local cloud: {instead}")


def _log_group(job: dict[str, Any], security: str | None, arguments: dict[str, str]) -> str:
    """What the names of a run's log groups begin with; encrypted logs have groups of their own.

    https://docs.aws.amazon.com/glue/latest/dg/monitor-continuous-logging.html
    """
    prefix = arguments.get("--custom-logGroup-prefix") or LOG_GROUP
    if logs.log_key(security) is not None:
        return f"{prefix}/{security}-role/{logs.path_and_name(job['Role'])}"
    return prefix


def _get_run(request: Request) -> dict[str, Any]:
    content = request.content
    return {"JobRun": state.shown(state.known_run(content["JobName"], content["RunId"]))}


def _get_runs(request: Request) -> dict[str, Any]:
    content = request.content
    state.known(content["JobName"])
    runs = glue._job_runs.get(content["JobName"], [])
    start, size = int(content.get("NextToken") or 0), content.get("MaxResults") or PAGE
    page: dict[str, Any] = {"JobRuns": [state.shown(run) for run in runs[start : start + size]]}
    if start + size < len(runs):
        page["NextToken"] = str(start + size)
    return page


def _stop_runs(request: Request) -> dict[str, Any]:
    content = request.content
    name = content["JobName"]
    stopped, errors = [], []
    for identifier in content["JobRunIds"]:
        about = {"JobName": name, "JobRunId": identifier}
        try:
            run = state.known_run(name, identifier)
        except ServiceError as error:
            detail = {"ErrorCode": error.code, "ErrorMessage": str(error)}
            errors.append({**about, "ErrorDetail": detail})
            continue
        if run["JobRunState"] not in ("STARTING", "RUNNING"):
            detail = {
                "ErrorCode": "InvalidInputException",
                "ErrorMessage": f"Job run {identifier} is {run['JobRunState']} already",
            }
            errors.append({**about, "ErrorDetail": detail})
            continue
        run["JobRunState"] = "STOPPING"
        run["LastModifiedOn"] = time.time()
        engine.stop_run(identifier)
        stopped.append(about)
    return {"SuccessfulSubmissions": stopped, "Errors": errors}


def _invalid(message: str) -> ServiceError:
    return ServiceError("InvalidInputException", message)


OPERATIONS: dict[str, Operation] = {
    "BatchStopJobRun": _stop_runs,
    "CreateJob": _create,
    "DeleteJob": _delete,
    "GetJob": _get,
    "GetJobRun": _get_run,
    "GetJobRuns": _get_runs,
    "GetJobs": _get_all,
    "ListJobs": _list,
    "StartJobRun": _start,
    "UpdateJob": _update,
}
