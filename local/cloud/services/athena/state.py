"""Query executions."""

from __future__ import annotations

import time
from typing import Any

from ministack.services import athena

AT_WORK = ("QUEUED", "RUNNING")

#: What is said of a query that was at work when the process ended.
RESTARTED = "The local cloud ended while the query ran."


def load_persisted_state(data: dict[str, Any]) -> None:
    """Take up what was saved; what ran a query ended with the process."""
    athena.load_persisted_state(data)
    for execution in athena._executions.values():
        if execution["Status"]["State"] in AT_WORK:
            end(execution, "FAILED", RESTARTED)


def end(execution: dict[str, Any], state: str, reason: str = "") -> None:
    """Take note that a query has ended."""
    execution["Status"].update(
        State=state, StateChangeReason=reason, CompletionDateTime=int(time.time())
    )
