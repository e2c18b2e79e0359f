"""Jobs that a task starts and waits for: `.sync`.

https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-sync
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from local.cloud.core import auth
from local.cloud.services.stepfunctions import calls, runs
from local.cloud.services.stepfunctions.attempts import Call
from local.cloud.services.stepfunctions.integrations import Integration
from local.cloud.services.stepfunctions.runs import ExecutionError

#: Arguments of a task and what its start answered together: what names the job.
Names = Mapping[str, Any]


class Job(NamedTuple):
    """How a job is followed."""

    #: The operation that tells how it is, and its request.
    look: str
    about: Callable[[Names], dict[str, Any]]
    #: The member of the answer that is about the job; empty for all of it.
    member: str
    #: Where its state is in there.
    state: tuple[str, ...]
    #: States in which it has succeeded, and in which it has failed.
    succeeded: tuple[str, ...]
    failed: tuple[str, ...]
    #: What the task gives, of what started it and of what is told about the job at its end.
    result: Callable[[dict[str, Any], dict[str, Any]], Any]
    #: The operation that stops it, and its request; None for what goes on to its end.
    stop: str | None = None
    stopped: Callable[[Names], dict[str, Any]] = dict


def _cluster_of(names: Names) -> dict[str, Any]:
    return {"ClusterId": names["ClusterId"]}


def _clusters_of(names: Names) -> dict[str, Any]:
    return {"JobFlowIds": [names["ClusterId"]]}


def _execution_of(names: Names) -> dict[str, Any]:
    return {"executionArn": names["ExecutionArn"]}


#: By service and action.
_JOBS: Mapping[tuple[str, str], Job] = {
    ("glue", "startJobRun"): Job(
        look="GetJobRun",
        about=lambda names: {"JobName": names["JobName"], "RunId": names["JobRunId"]},
        member="JobRun",
        state=("JobRunState",),
        succeeded=("SUCCEEDED",),
        failed=("FAILED", "TIMEOUT", "STOPPED", "ERROR"),
        result=lambda _, run: run,
        stop="BatchStopJobRun",
        stopped=lambda names: {"JobName": names["JobName"], "JobRunIds": [names["JobRunId"]]},
    ),
    ("athena", "startQueryExecution"): Job(
        look="GetQueryExecution",
        about=lambda names: {"QueryExecutionId": names["QueryExecutionId"]},
        member="QueryExecution",
        state=("Status", "State"),
        succeeded=("SUCCEEDED",),
        failed=("FAILED", "CANCELLED"),
        result=lambda _, query: {"QueryExecution": query},
        stop="StopQueryExecution",
        stopped=lambda names: {"QueryExecutionId": names["QueryExecutionId"]},
    ),
    ("states", "startExecution"): Job(
        look="DescribeExecution",
        about=_execution_of,
        member="",
        state=("Status",),
        succeeded=("SUCCEEDED",),
        failed=("FAILED", "TIMED_OUT", "ABORTED"),
        result=lambda _, execution: execution,
        stop="StopExecution",
        stopped=_execution_of,
    ),
    ("elasticmapreduce", "createCluster"): Job(
        look="DescribeCluster",
        about=_cluster_of,
        member="Cluster",
        state=("Status", "State"),
        succeeded=("WAITING",),
        failed=("TERMINATING", "TERMINATED", "TERMINATED_WITH_ERRORS"),
        result=lambda started, _: started,
        stop="TerminateJobFlows",
        stopped=_clusters_of,
    ),
    ("elasticmapreduce", "terminateCluster"): Job(
        look="DescribeCluster",
        about=_cluster_of,
        member="Cluster",
        state=("Status", "State"),
        succeeded=("TERMINATED", "TERMINATED_WITH_ERRORS"),
        failed=(),
        result=lambda started, _: started,
    ),
    ("elasticmapreduce", "addStep"): Job(
        look="DescribeStep",
        about=lambda names: {"ClusterId": names["ClusterId"], "StepId": names["StepId"]},
        member="Step",
        state=("Status", "State"),
        succeeded=("COMPLETED",),
        failed=("CANCELLED", "FAILED", "INTERRUPTED"),
        result=lambda started, _: started,
        stop="CancelSteps",
        stopped=lambda names: {"ClusterId": names["ClusterId"], "StepIds": [names["StepId"]]},
    ),
}


def ended(integration: Integration, call: Call) -> Any:
    """Start a job and wait for its end; stop it where nobody waits any more.

    Returns:
        What the task gives.

    Raises:
        ExecutionError: States.TaskFailed with what is told about a job that failed.
    """
    job = _JOBS[integration.name, integration.action]
    started = calls.requested(integration, call.arguments, call)
    call.event("TaskSubmitted", output=json.dumps(started))
    names = {**call.arguments, **started}
    try:
        while True:
            call.wait()
            about = _told(job, names, integration)
            state: Any = about
            for member in job.state:
                state = state[member]
            if state in (*job.succeeded, *job.failed):
                break
    except BaseException:
        # Whatever it is that ends the wait, the job must not go on for nobody.
        _stop(job, names, integration)
        raise
    if state in job.failed:
        raise ExecutionError("States.TaskFailed", json.dumps(about))
    if integration.pattern == "sync:2":
        for document in ("Input", "Output"):
            about[document] = json.loads(about[document])
    return job.result(started, about)


def _told(job: Job, names: Names, integration: Integration) -> dict[str, Any]:
    """What the service tells about a job, with times in milliseconds."""
    operation = integration.model.operation_model(job.look)
    answer = calls.answered(integration, operation, job.about(names), 60)
    told = calls.outbound(answer, operation.output_shape, True)
    return told[job.member] if job.member else told


def _stop(job: Job, names: Names, integration: Integration) -> None:
    """Stop a job. A role that may not stop it does not, as on AWS."""
    if job.stop is None:
        return
    client = runs.current.get().caller.client(integration.service)
    with contextlib.suppress(ClientError, BotoCoreError, auth.Denied):
        client._make_api_call(job.stop, job.stopped(names))
