"""Steps as they are kept."""

from __future__ import annotations

import time
from typing import Any

from local.cloud.core import changes


def made(identifier: str, given: dict[str, Any]) -> dict[str, Any]:
    """A step as it is kept, from what a request says of it."""
    jar = given["HadoopJarStep"]
    return {
        "Id": identifier,
        "Name": given["Name"],
        "Config": {
            "Jar": jar["Jar"],
            "Properties": {p["Key"]: p.get("Value", "") for p in jar.get("Properties") or []},
            **({"MainClass": jar["MainClass"]} if jar.get("MainClass") else {}),
            "Args": list(jar.get("Args") or []),
        },
        "ActionOnFailure": given.get("ActionOnFailure", "CONTINUE"),
        "Status": {
            "State": "PENDING",
            "StateChangeReason": {},
            "Timeline": {"CreationDateTime": time.time()},
        },
    }


def end(step: dict[str, Any], state: str, reason: str = "", **details: str) -> None:
    """Write down how a step ended.

    Args:
        step: the step.
        state: COMPLETED, FAILED or CANCELLED.
        reason: message of the state's change.
        details: FailureDetails, of a step that failed.
    """
    status = step["Status"]
    status["State"] = state
    status["StateChangeReason"] = {"Code": "NONE", "Message": reason} if reason else {}
    status["Timeline"]["EndDateTime"] = time.time()
    if details:
        status["FailureDetails"] = details
    changes.notify()
