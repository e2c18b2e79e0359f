"""Statements of the Data API, their client tokens, and sessions."""

from __future__ import annotations

import copy
from typing import Any

#: The statuses in which a statement changes no more.
ENDED = ("FINISHED", "FAILED", "ABORTED")

#: What is said of a statement that was at work when the process ended.
RESTARTED = "The service was restarted while the statement ran."

#: By id.
statements: dict[str, dict[str, Any]] = {}
#: Ids of statements, by their owner and the client token.
tokens: dict[str, str] = {}
#: By id; members without an underscore are those of the API.
sessions: dict[str, dict[str, Any]] = {}


def get_state() -> dict[str, Any]:
    """What is saved."""
    return copy.deepcopy({"statements": statements, "tokens": tokens, "sessions": sessions})


def load_persisted_state(data: dict[str, Any]) -> None:
    """Take up what was saved. What was running then has failed, and no session is left."""
    statements.update(data.get("statements", {}))
    tokens.update(data.get("tokens", {}))
    sessions.update(data.get("sessions", {}))
    for session in sessions.values():
        session["Status"] = "CLOSED"
        session.pop("CurrentStatementId", None)
    for statement in statements.values():
        if statement["Status"] not in ENDED:
            statement["Status"] = "FAILED"
            statement["Error"] = RESTARTED


def reset() -> None:
    """Forget everything."""
    statements.clear()
    tokens.clear()
    sessions.clear()
