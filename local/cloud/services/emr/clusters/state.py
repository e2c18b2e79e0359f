"""Clusters as they are kept, in the emulator's stores, and what becomes of them at a restart."""

from __future__ import annotations

import time
from typing import Any

from ministack.services import emr

from local.cloud.core.answers import ServiceError
from local.cloud.services.emr.clusters import instances
from local.cloud.services.emr.clusters.engine import Life
from local.cloud.services.emr.steps.state import end

#: States of clusters that are or come up.
ACTIVE = ("STARTING", "BOOTSTRAPPING", "RUNNING", "WAITING")

_GONE = ("TERMINATED", "TERMINATED_WITH_ERRORS")


def require_active(cluster: dict[str, Any]) -> None:
    """Raises ServiceError where a cluster ends, or has ended."""
    if cluster["Status"]["State"] not in ACTIVE:
        raise ServiceError(
            "ValidationException",
            "A job flow that is shutting down, terminated, or finished may not be modified.",
        )


def take_up() -> None:
    """Go on with what was saved, in a new process.

    A cluster that only waited has lost nothing. One that was at work has lost its processes: what
    ran has failed, and the cluster ends as it does on AWS when its primary node does.
    """
    for cluster in emr._clusters.all_values():
        steps = emr._steps.get(cluster["Id"], [])
        status = cluster["Status"]
        if status["State"] in _GONE:
            continue
        if status["State"] == "WAITING":
            Life(cluster, steps).start()
            continue
        lost = "The local cloud was restarted while the cluster was at work."
        for step in steps:
            if step["Status"]["State"] in ("RUNNING", "CANCEL_PENDING"):
                message = "The local cloud was restarted while the step ran."
                end(step, "FAILED", Reason="Unknown Error.", Message=message)
            elif step["Status"]["State"] == "PENDING":
                end(step, "CANCELLED", "Job terminated")
        if status["State"] != "TERMINATING":
            status["StateChangeReason"] = {"Code": "INSTANCE_FAILURE", "Message": lost}
        by_request = status["StateChangeReason"].get("Code") in (
            "USER_REQUEST",
            "ALL_STEPS_COMPLETED",
        )
        status["State"] = "TERMINATED" if by_request else "TERMINATED_WITH_ERRORS"
        status["Timeline"]["EndDateTime"] = time.time()
        instances.enter(cluster, "TERMINATED")
