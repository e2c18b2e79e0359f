"""Executions of notebooks as they are kept."""

from __future__ import annotations

import time
from typing import Any

from local.cloud.core import changes
from local.cloud.core.settings import ACCOUNT, REGION

#: How the id of an execution begins.
PREFIX = "ex-"

#: Those of all clusters, by their ids, in the order in which they were started.
executions: dict[str, dict[str, Any]] = {}

#: States of executions that are over.
ENDED = ("FINISHED", "FAILED", "STOPPED")

#: How EMR words the ends; https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-managed-notebooks-headless-cli.html
_WORDS = {"FINISHED": "is finished", "FAILED": "has failed", "STOPPED": "is stopped"}

#: Characters of LastStateChangeReason.
_REASON = 2_048


def arn(identifier: str) -> str:
    """The ARN of an execution."""
    return f"arn:aws:elasticmapreduce:{REGION}:{ACCOUNT}:notebook-execution/{identifier}"


def take_up(saved: dict[str, dict[str, Any]]) -> None:
    """Go on with what was saved, in a new process: what ran has failed."""
    executions.update(saved)
    for record in executions.values():
        if record["Status"] not in ENDED:
            end(record, "FAILED", "The local cloud was restarted while the notebook ran.")


def end(record: dict[str, Any], state: str, reason: str = "") -> None:
    """Write down how an execution ended.

    Args:
        record: the execution.
        state: FINISHED, FAILED or STOPPED.
        reason: what is to be said beside it.
    """
    said = f"Execution {_WORDS[state]} for cluster {record['ExecutionEngine']['Id']}."
    record["Status"] = state
    record["LastStateChangeReason"] = f"{said} {reason}".strip()[:_REASON]
    record["EndTime"] = time.time()
    changes.notify()
