"""Requests about jobs and their runs.

https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-jobs-runs.html
"""

from __future__ import annotations

import secrets
import time
from typing import Any

from ministack.services import glue

from local.cloud.core.answers import ServiceError
from local.cloud.core.service import Operation, Request
from local.cloud.services.glue import logs, rights
from local.cloud.services.glue.jobs import definitions, engine, state
from local.cloud.services.glue.jobs.definitions import invalid

#: What the names of log groups begin with, by what a job runs.
LOG_GROUPS = {definitions.SPARK: "/aws-glue/jobs", definitions.SHELL: "/aws-glue/python-jobs"}

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
    "library-set": "the job has the packages of local/spark alone",
}


def _create(request: Request) -> dict[str, Any]:
    content = request.content
    name = content["Name"]
    if name in glue._jobs:
        raise ServiceError("AlreadyExistsException", f"Job with name {name} already exists")
    glue._jobs[name] = {**definitions.job(name, content), "CreatedOn": time.time()}
    glue._job_runs[name] = []
    if content.get("Tags"):
        glue._tags[rights.arn(f"job/{name}")] = dict(content["Tags"])
    return {"Name": name}


def _update(request: Request) -> dict[str, Any]:
    """Put a definition in the place of the old one: what is not said has its default again."""
    content = request.content
    name = content["JobName"]
    old = state.known(name)
    glue._jobs[name] = {
        **definitions.job(name, content["JobUpdate"]),
        "CreatedOn": old["CreatedOn"],
    }
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
        raise invalid("the local cloud runs no run again: start a new one without JobRunId")
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
    }
    for member in ("WorkerType", "NumberOfWorkers", "GlueVersion", "ExecutionClass"):
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
        raise invalid(
            f"--job-bookmark-option is {bookmark}: the local cloud has no job bookmarks; "
            "use job-bookmark-disable"
        )
    for name, instead in _UNKNOWN.items():
        if arguments.get(name):
            raise invalid(f"{name} is not supported by the local cloud: {instead}")


def _log_group(job: dict[str, Any], security: str | None, arguments: dict[str, str]) -> str:
    """What the names of a run's log groups begin with; encrypted logs have groups of their own.

    https://docs.aws.amazon.com/glue/latest/dg/monitor-continuous-logging.html
    """
    prefix = arguments.get("--custom-logGroup-prefix") or LOG_GROUPS[job["Command"]["Name"]]
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
