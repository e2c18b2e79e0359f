"""Requests about steps."""

from __future__ import annotations

from typing import Any

from ministack.services import emr

from local.cloud.core.answers import ServiceError
from local.cloud.core.service import Operation, Request
from local.cloud.services.emr import calls
from local.cloud.services.emr.clusters import engine, launch
from local.cloud.services.emr.clusters.state import require_active
from local.cloud.services.emr.steps import state

#: Steps that a cluster may have that have not ended; https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-work-with-steps.html
ACTIVE_STEPS = 256

#: States of steps that have not ended.
_OPEN = ("PENDING", "RUNNING", "CANCEL_PENDING")


def _add(request: Request) -> dict[str, Any]:
    content = request.content
    cluster = emr._clusters.get(content["JobFlowId"])
    if cluster is None:
        raise _invalid("Specified job flow ID does not exist.")
    require_active(cluster)
    if content.get("ExecutionRoleArn"):
        raise _invalid(
            "ExecutionRoleArn is not supported by the local cloud: steps have the nodes' role"
        )
    launch.require_steps(content["Steps"], cluster["StepConcurrencyLevel"])
    steps = emr._steps[cluster["Id"]]
    active = sum(step["Status"]["State"] in _OPEN for step in steps)
    if active + len(content["Steps"]) > ACTIVE_STEPS:
        raise _invalid(f"Maximum number of active steps({ACTIVE_STEPS}) for cluster exceeded.")
    added = [state.made(calls.identifier("s-"), step) for step in content["Steps"]]
    steps.extend(added)
    engine.notice(cluster)
    return {"StepIds": [step["Id"] for step in added]}


def _describe(request: Request) -> dict[str, Any]:
    content = request.content
    cluster = calls.known(content["ClusterId"])
    for step in emr._steps[cluster["Id"]]:
        if step["Id"] == content["StepId"]:
            return {"Step": step}
    raise ServiceError("InvalidRequestException", f"Step id '{content['StepId']}' is not valid.")


def _list(request: Request) -> dict[str, Any]:
    """The steps, the newest first."""
    content = request.content
    cluster = calls.known(content["ClusterId"])
    states, named = content.get("StepStates") or [], content.get("StepIds") or []
    steps = [
        step
        for step in reversed(emr._steps[cluster["Id"]])
        if (not states or step["Status"]["State"] in states) and (not named or step["Id"] in named)
    ]
    return calls.page(content, "Steps", steps)


def _cancel(request: Request) -> dict[str, Any]:
    content = request.content
    cluster = calls.known(content["ClusterId"])
    option = content.get("StepCancellationOption", "SEND_INTERRUPT")
    steps = {step["Id"]: step for step in emr._steps[cluster["Id"]]}
    life = engine.lives.get(cluster["Id"])
    answers = []
    for identifier in content["StepIds"]:
        step = steps.get(identifier)
        at = step["Status"]["State"] if step else None
        running = life.running(identifier) if life else None
        answer = {"StepId": identifier, "Status": "SUBMITTED", "Reason": ""}
        if step is not None and at == "PENDING":
            state.end(step, "CANCELLED", "Cancelled by user")
        elif running is not None and at in ("RUNNING", "CANCEL_PENDING"):
            running.cancel(option)
        else:
            why = "does not exist" if step is None else f"is {at}, and cannot be cancelled"
            answer = {"StepId": identifier, "Status": "FAILED", "Reason": f"Step {why}."}
        answers.append(answer)
    engine.notice(cluster)
    return {"CancelStepsInfoList": answers}


def _invalid(message: str) -> ServiceError:
    return ServiceError("ValidationException", message)


OPERATIONS: dict[str, Operation] = {
    "AddJobFlowSteps": _add,
    "CancelSteps": _cancel,
    "DescribeStep": _describe,
    "ListSteps": _list,
}
