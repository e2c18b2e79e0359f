"""The operations of the Redshift Data API."""

from __future__ import annotations

import asyncio
import base64
import time
import uuid
from typing import Any

from local.cloud.core.answers import ServiceError
from local.cloud.core.service import Request
from local.cloud.services.redshift_data import engine, sessions, state, targets
from local.cloud.services.redshift_data.callers import is_root, owner
from local.cloud.services.redshift_data.warehouse import Warehouse

#: Rows of a page of a result.
PAGE_ROWS = 1000
#: Sessions of a page of their list.
_LISTED_AT_ONCE = 100
#: Between two looks whether a statement has ended.
_LOOK_SECONDS = 0.02


async def _execute_statement(request: Request) -> dict[str, Any]:
    return await _begun(request, _submit(request, [request.content["Sql"]], False))


async def _batch_execute_statement(request: Request) -> dict[str, Any]:
    return await _begun(request, _submit(request, list(request.content["Sqls"]), True))


async def _begun(request: Request, statement: dict[str, Any]) -> dict[str, Any]:
    """The answer, when the statement has ended if the request waits for that."""
    answer = _shown(statement, "Id", "Database", *targets.MEMBERS, "CreatedAt", "SessionId")
    if not await _waited(request, statement):
        return answer
    return {**answer, **_shown(statement, "Status", "HasResultSet")}


async def _waited(request: Request, statement: dict[str, Any]) -> bool:
    """Wait for a statement to end, as long as a request says; whether it says so."""
    seconds = request.content.get("WaitTimeSeconds")
    until = time.monotonic() + (seconds or 0)
    while statement["Status"] not in state.ENDED and time.monotonic() < until:
        await asyncio.sleep(_LOOK_SECONDS)
    return seconds is not None


def _require_run(content: dict[str, Any]) -> None:
    """Refuse what would be answered otherwise than it is asked."""
    if content.get("ResultFormat", "JSON") != "JSON":
        raise ServiceError(
            "ValidationException",
            "the local cloud has results as JSON: ResultFormat CSV is not supported",
        )
    if content.get("WithEvent"):
        raise ServiceError(
            "ValidationException",
            "the local cloud sends no event of a statement: WithEvent is not supported",
        )


def _submit(request: Request, sqls: list[str], batch: bool) -> dict[str, Any]:
    content, caller = request.content, owner(request.access_key)
    token = content.get("ClientToken")
    known = state.tokens.get(f"{caller}|{token}") if token else None
    if known is not None:
        return state.statements[known]
    _require_run(content)
    session, warehouse, user = _session(request, caller)
    statement = _statement({**content, **session}, sqls, batch)
    statement |= session["_target"] if session else targets.named(content)
    statement |= {"_owner": caller, "_namespace": warehouse.id, "_user": user}
    if session:
        session["CurrentStatementId"] = statement["Id"]
    state.statements[statement["Id"]] = statement
    if token:
        state.tokens[f"{caller}|{token}"] = statement["Id"]
    parameters = {p["name"]: p["value"] for p in content.get("Parameters") or []}
    engine.submit(statement, warehouse, parameters)
    return statement


def _session(request: Request, caller: str) -> tuple[dict[str, Any], Warehouse, str]:
    """The session of a statement, empty where it is in none, the warehouse and the user."""
    content, seconds = request.content, request.content.get("SessionKeepAliveSeconds")
    if content.get("SessionId"):
        # https://docs.aws.amazon.com/redshift-data/latest/APIReference/API_ExecuteStatement.html
        for member in targets.MEMBERS:
            if content.get(member):
                raise ServiceError(
                    "ValidationException", f"{member} is the session's: SessionId is given alone."
                )
        database = content.get("Database")
        session = sessions.take(content["SessionId"], caller, seconds, database)
        try:
            return session, targets.warehouse(session["_target"]), session["_user"]
        except ServiceError:
            sessions.release(session["SessionId"])
            raise
    warehouse = targets.warehouse(content)
    if not content.get("Database"):
        raise ServiceError("ValidationException", "Database is required.")
    user = targets.log_in(request, warehouse)
    if seconds is None:
        return {}, warehouse, user
    named, database = targets.named(content), content["Database"]
    session = sessions.create(caller, user, warehouse.id, named, database, seconds)
    return session, warehouse, user


def _statement(content: dict[str, Any], sqls: list[str], batch: bool) -> dict[str, Any]:
    now = time.time()
    identifier = str(uuid.uuid4())
    mode = content.get("ExecutionMode", "TRANSACTION")
    return {
        "Id": identifier,
        "Status": "SUBMITTED",
        "QueryString": "; ".join(sqls),
        "Database": content["Database"],
        "StatementName": content.get("StatementName"),
        "SessionId": content.get("SessionId"),
        "CreatedAt": now,
        "UpdatedAt": now,
        "HasResultSet": False,
        "ExecutionMode": mode,
        "_parts": [
            {
                "Id": f"{identifier}:{n}" if batch else identifier,
                "QueryString": sql,
                "Status": "SUBMITTED",
                "CreatedAt": now,
                "UpdatedAt": now,
                "HasResultSet": False,
                # Whether it is a transaction of its own.
                "_alone": not batch or mode == "AUTO_COMMIT",
                "_rows": [],
                "_columns": [],
            }
            for n, sql in enumerate(sqls, 1)
        ],
        "_batch": batch,
    }


def _own(request: Request) -> dict[str, Any]:
    """The statement of a request, where it is the caller's."""
    identifier, caller = request.content["Id"], owner(request.access_key)
    statement = state.statements.get(identifier.split(":", 1)[0])
    if statement is None or (statement["_owner"] != caller and not is_root(caller)):
        raise ServiceError("ResourceNotFoundException", f"Query does not exist: {identifier}")
    return statement


def _part(request: Request) -> dict[str, Any]:
    identifier = request.content["Id"]
    for entry in _own(request)["_parts"]:
        if entry["Id"] == identifier:
            return entry
    raise ServiceError(
        "ValidationException",
        f"{identifier} is a batch: name one of its statements, such as {identifier}:1",
    )


async def _get_statement_result(request: Request) -> dict[str, Any]:
    await _waited(request, _own(request))
    content, entry = request.content, _part(request)
    if entry["Status"] != "FINISHED" or not entry["HasResultSet"]:
        raise ServiceError(
            "ResourceNotFoundException", f"Query does not have result: {content['Id']}"
        )
    start = int(base64.b64decode(content["NextToken"])) if content.get("NextToken") else 0
    rows = entry["_rows"]
    answer: dict[str, Any] = {
        "ColumnMetadata": entry["_columns"],
        "Records": rows[start : start + PAGE_ROWS],
        "TotalNumRows": len(rows),
    }
    if start + PAGE_ROWS < len(rows):
        answer["NextToken"] = base64.b64encode(str(start + PAGE_ROWS).encode()).decode()
    return answer


def _cancel_statement(request: Request) -> dict[str, Any]:
    statement = _own(request)
    if statement["Status"] in state.ENDED:
        raise ServiceError(
            "ValidationException",
            f"Could not cancel a query that is already in {statement['Status']} state",
        )
    engine.cancel(statement)
    return {"Status": True}


_LISTED = (
    *("Id", "Status", "QueryString", "CreatedAt", "UpdatedAt", "StatementName", "SessionId"),
)


def _list_statements(request: Request) -> dict[str, Any]:
    caller = owner(request.access_key)
    mine = [s for s in state.statements.values() if s["_owner"] == caller]
    return {
        "Statements": [_shown(s, *_LISTED) for s in sorted(mine, key=lambda s: -s["CreatedAt"])]
    }


#: What a list of sessions is of.
_SESSION_FILTERS = ("Status", "WorkgroupName", "ClusterIdentifier", "Database")


def _list_sessions(request: Request) -> dict[str, Any]:
    """https://docs.aws.amazon.com/redshift-data/latest/APIReference/API_ListSessions.html"""
    content, wanted = request.content, request.content.get("SessionId")
    filters = [m for m in _SESSION_FILTERS if content.get(m)]
    sessions.sweep()
    found = [s for s in state.sessions.values() if s["_owner"] == owner(request.access_key)]
    if wanted:
        if filters:
            raise ServiceError("ValidationException", "SessionId is given without other filters.")
        found = [session for session in found if session["SessionId"] == wanted]
        if not found:
            raise ServiceError("ResourceNotFoundException", f"Session does not exist: {wanted}")
    else:
        open_only = not content.get("Status")
        found = [
            session
            for session in found
            if all(session.get(member) == content[member] for member in filters)
            and not (open_only and session["Status"] == "CLOSED")
        ]
    start = int(base64.b64decode(content["NextToken"])) if content.get("NextToken") else 0
    end = start + (content.get("MaxResults") or _LISTED_AT_ONCE)
    answer: dict[str, Any] = {"Sessions": [_shown(s, *sessions.SHOWN) for s in found[start:end]]}
    if end < len(found):
        answer["NextToken"] = base64.b64encode(str(end).encode()).decode()
    return answer


async def _describe_statement(request: Request) -> dict[str, Any]:
    await _waited(request, _own(request))
    return _described(_own(request), request.content["Id"])


def _shown(content: dict[str, Any], *members: str) -> dict[str, Any]:
    return {m: content[m] for m in members if content.get(m) is not None}


_DESCRIBED = (
    "Id",
    "Status",
    "QueryString",
    "HasResultSet",
    "ResultRows",
    "Duration",
    "CreatedAt",
    "UpdatedAt",
    "Error",
    "Database",
    *targets.MEMBERS,
)


def _described(statement: dict[str, Any], identifier: str) -> dict[str, Any]:
    if identifier != statement["Id"]:
        for entry in statement["_parts"]:
            if entry["Id"] == identifier:
                return {
                    **_shown(statement, "Database", *targets.MEMBERS),
                    **_shown(entry, *_DESCRIBED),
                }
    answer = _shown(statement, *_DESCRIBED, "SessionId")
    if statement["_batch"]:
        members = _DESCRIBED[: _DESCRIBED.index("Database")]
        answer["ExecutionMode"] = statement["ExecutionMode"]
        answer["SubStatements"] = [_shown(entry, *members) for entry in statement["_parts"]]
    return answer


OPERATIONS = {
    "BatchExecuteStatement": _batch_execute_statement,
    "CancelStatement": _cancel_statement,
    "DescribeStatement": _describe_statement,
    "ExecuteStatement": _execute_statement,
    "GetStatementResult": _get_statement_result,
    "ListSessions": _list_sessions,
    "ListStatements": _list_statements,
}


def resource(_operation: str, content: dict[str, Any]) -> str:
    """The ARN that a call is about."""
    # Only what names a target has a resource; the other actions are about one's own statements.
    session = state.sessions.get(content.get("SessionId") or "", {})
    return targets.arn({**session.get("_target", {}), **content})
