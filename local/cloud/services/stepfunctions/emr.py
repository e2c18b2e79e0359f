"""What the optimized integration of EMR asks for and gives, which is not as EMR's own API has it.

https://docs.aws.amazon.com/step-functions/latest/dg/connect-emr.html
"""

from __future__ import annotations

from typing import Any

from local.cloud.services.stepfunctions.runs import ExecutionError

#: What an action takes; createCluster takes what RunJobFlow does.
_FIELDS = {
    "addStep": ("ClusterId", "Step", "ExecutionRoleArn"),
    "cancelStep": ("ClusterId", "StepId"),
    "setClusterTerminationProtection": ("ClusterId", "TerminationProtected"),
    "terminateCluster": ("ClusterId",),
}


def inbound(action: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """The request of EMR's own API.

    Raises:
        ExecutionError: States.Runtime for a field that the action does not have, or needs.
    """
    if action == "createCluster":
        return _cluster(arguments)
    for field in arguments:
        if field not in _FIELDS[action]:
            raise _wrong(f"The field {field!r} is not supported by Step Functions")
    given = dict(arguments)
    for field in _FIELDS[action][:2]:
        if field not in given:
            raise _wrong(f"The field {field!r} is required but was missing")
    if action == "addStep":
        return {"JobFlowId": given.pop("ClusterId"), "Steps": [given.pop("Step")], **given}
    if action == "cancelStep":
        return {"ClusterId": given["ClusterId"], "StepIds": [given["StepId"]]}
    return {"JobFlowIds": [given.pop("ClusterId")], **given}


def _cluster(arguments: dict[str, Any]) -> dict[str, Any]:
    if "Steps" in arguments:
        raise _wrong("The field 'Steps' is not supported by Step Functions")
    kept = (arguments.get("Instances") or {}).get("KeepJobFlowAliveWhenNoSteps")
    if kept is not True:
        raise _wrong(f"Instances.KeepJobFlowAliveWhenNoSteps is {kept}: it must be true")
    return arguments


def outbound(action: str, answer: dict[str, Any]) -> dict[str, Any]:
    """What the action gives."""
    if action == "createCluster":
        return {"ClusterId": answer["JobFlowId"]}
    if action == "addStep":
        return {"StepId": answer["StepIds"][0]}
    if action == "cancelStep":
        return {"CancelStepsInfo": answer["CancelStepsInfoList"][0]}
    return {}


def _wrong(message: str) -> ExecutionError:
    return ExecutionError("States.Runtime", message)
