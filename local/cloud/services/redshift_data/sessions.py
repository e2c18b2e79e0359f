"""Sessions of the Data API: what outlives a statement, such as temporary tables.

https://docs.aws.amazon.com/redshift/latest/mgmt/data-api-calling-cli.html
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import duckdb

from local.cloud.core.answers import ServiceError
from local.cloud.services.redshift_data import catalog, state
from local.cloud.services.redshift_data.parameters import Parameters

#: After these seconds a session is closed, whatever it does.
LONGEST_SECONDS = 24 * 60 * 60
#: Sessions of a namespace at once.
MOST = 500

#: Members that a list of sessions has.
SHOWN = (
    *("SessionId", "Status", "CreatedAt", "UpdatedAt", "Database", "DbUser", "WorkgroupName"),
    *("ClusterIdentifier", "SessionAliveSeconds", "SessionTtl", "CurrentStatementId"),
)

_INVALID = "Session with Id: {0} is invalid"
_NOT_AVAILABLE = "Session is not available"


@dataclass
class Connection:
    """A connection of the engine's, and the parameters that are set there."""

    cursor: duckdb.DuckDBPyConnection
    parameters: Parameters


#: Of the sessions that are open, by their ids.
_connections: dict[str, Connection] = {}
#: Threads end statements; requests begin them.
_lock = threading.Lock()


def create(
    owner: str, user: str, namespace: str, target: dict[str, str], database: str, seconds: int
) -> dict[str, Any]:
    """A session for a first statement, which has it until `release`.

    Args:
        owner: who may use it.
        user: the database user.
        namespace: the id of the namespace.
        target: what the request says of where it runs, and as whom: `targets.named`.
        database: that it names.
        seconds: to keep it after each statement.

    Raises:
        ServiceError: where the namespace has as many as it may have.
    """
    with _lock:
        open_ones = [s for s in state.sessions.values() if s["_namespace"] == namespace]
        if sum(_is_open(session) for session in open_ones) >= MOST:
            raise ServiceError(
                "ActiveSessionsExceededException",
                f"Active sessions exceeded the allowed quota ({MOST}).",
            )
        now = time.time()
        session = {
            "SessionId": str(uuid.uuid4()),
            "Status": "BUSY",
            "CreatedAt": now,
            "UpdatedAt": now,
            "Database": database,
            **target,
            "DbUser": user,
            "SessionAliveSeconds": seconds,
            "SessionTtl": now + LONGEST_SECONDS,
            "_owner": owner,
            "_user": user,
            "_namespace": namespace,
            "_target": target,
        }
        state.sessions[session["SessionId"]] = session
        return session


def take(identifier: str, owner: str, seconds: int | None, database: str | None) -> dict[str, Any]:
    """A session for a next statement, which has it until `release`.

    Args:
        identifier: its id.
        owner: who asks.
        seconds: to keep it after each statement from now on; None for as many as before.
        database: that is asked for; None for the session's.

    Raises:
        ServiceError: where there is none of that owner, or it is closed, or at work.
    """
    with _lock:
        session = state.sessions.get(identifier)
        if session is None or session["_owner"] != owner:
            raise ServiceError("ValidationException", _INVALID.format(identifier))
        if session["Status"] != "AVAILABLE" or not _is_open(session):
            raise ServiceError("ValidationException", _NOT_AVAILABLE)
        if database not in (None, "", session["Database"]):
            raise ServiceError(
                "ValidationException",
                f"The session is of the database {session['Database']}, not {database}.",
            )
        session["Status"], session["UpdatedAt"] = "BUSY", time.time()
        if seconds is not None:
            session["SessionAliveSeconds"] = seconds
        return session


def release(identifier: str) -> None:
    """The statement has ended: the session is kept for the next one, if there is one in time."""
    with _lock:
        session = state.sessions.get(identifier)
        if session is None or session["Status"] != "BUSY":
            return
        longest = session["CreatedAt"] + LONGEST_SECONDS
        now = time.time()
        session["SessionTtl"] = min(now + session["SessionAliveSeconds"], longest)
        session["Status"], session["UpdatedAt"] = "AVAILABLE", now
        session.pop("CurrentStatementId", None)
        _is_open(session)


def sweep() -> None:
    """Close what has come to its end."""
    with _lock:
        for session in state.sessions.values():
            _is_open(session)


def close(namespace: str) -> None:
    """Forget the sessions of a namespace."""
    with _lock:
        for identifier, session in list(state.sessions.items()):
            if session["_namespace"] == namespace:
                _close(session)
                del state.sessions[identifier]


def _is_open(session: dict[str, Any]) -> bool:
    """Whether a session is open; it is closed where its time has come and nothing is at work."""
    if session["Status"] == "AVAILABLE" and time.time() >= session["SessionTtl"]:
        _close(session)
    return session["Status"] != "CLOSED"


def _close(session: dict[str, Any]) -> None:
    session["Status"], session["UpdatedAt"] = "CLOSED", time.time()
    connection = _connections.pop(session["SessionId"], None)
    if connection is not None:
        connection.cursor.close()


def temporary(identifier: str | None) -> set[str]:
    """The names of the temporary tables that a session has; of no session, none."""
    found = _connections.get(identifier) if identifier else None
    return catalog.temporary(found.cursor) if found else set()


@contextmanager
def connection(identifier: str | None, database: duckdb.DuckDBPyConnection) -> Iterator[Connection]:
    """The connection of a session, or one for a statement that is in none."""
    found = _connections.get(identifier) if identifier else None
    if found is None:
        cursor = database.cursor()
        found = Connection(cursor, Parameters(cursor))
        if identifier:
            _connections[identifier] = found
    try:
        yield found
    finally:
        if not identifier:
            found.cursor.close()
