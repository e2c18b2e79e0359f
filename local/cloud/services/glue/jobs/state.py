"""Jobs and their runs as they are kept, in the emulator's stores."""

from __future__ import annotations

import time
from typing import Any

from ministack.services import glue

from local.cloud.core.answers import ServiceError

#: States of runs that have not ended.
ACTIVE = ("STARTING", "RUNNING", "STOPPING")


def known(name: str) -> dict[str, Any]:
    """A job; raises ServiceError where there is none."""
    job = glue._jobs.get(name)
    if job is None:
        raise ServiceError(
            "EntityNotFoundException", f"Failed to find job {name}: there is no such job"
        )
    return job


def known_run(job: str, identifier: str) -> dict[str, Any]:
    """A run of a job; raises ServiceError where there is none."""
    for run in glue._job_runs.get(job, []):
        if run["Id"] == identifier:
            return run
    raise ServiceError("EntityNotFoundException", f"Job run {identifier} of job {job} not found")


def shown(run: dict[str, Any]) -> dict[str, Any]:
    """A run as the API gives it."""
    if run["JobRunState"] in ("RUNNING", "STOPPING") and "_began" in run:
        run = {**run, "ExecutionTime": int(time.time() - run["_began"])}
    return {key: value for key, value in run.items() if not key.startswith("_")}


def fail_lost_runs() -> None:
    """End the runs that were active when the process ended: their Spark ended with it."""
    for runs in glue._job_runs.all_values():
        for run in runs:
            if run["JobRunState"] in ACTIVE:
                end(run, "FAILED", "The service was restarted while the job ran.")


def end(run: dict[str, Any], state: str, message: str | None = None) -> None:
    """Write down how a run ended.

    Args:
        run: the run.
        state: its JobRunState.
        message: its ErrorMessage.
    """
    now = time.time()
    began = run.pop("_began", None)
    run["ExecutionTime"] = int(now - began) if began is not None else 0
    run.update(JobRunState=state, CompletedOn=now, LastModifiedOn=now)
    if message is not None:
        run["ErrorMessage"] = message
