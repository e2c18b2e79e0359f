"""The operations of the Redshift Data API."""

from __future__ import annotations

import asyncio
import base64
import time
import uuid
from typing import Any

from ministack.core import iam_evaluator

from local.cloud.core import auth
from local.cloud.core.answers import ServiceError
from local.cloud.core.service import Request
from local.cloud.core.settings import ACCOUNT, REGION
from local.cloud.services.redshift_data import engine, sessions, state
from local.cloud.services.redshift_serverless import state as serverless

#: Rows of a page of a result.
PAGE_ROWS = 1000
#: Sessions of a page of their list.
_LISTED_AT_ONCE = 100
#: Between two looks whether a statement has ended.
_LOOK_SECONDS = 0.02


def _owner(request: Request) -> str:
    """Who has the statements of a request: another session of the same role sees the same."""
    resolved = iam_evaluator.resolve_principal(request.access_key, ACCOUNT)
    arn = getattr(resolved, "arn", request.access_key)
    return arn.rsplit("/", 1)[0] if ":assumed-role/" in arn else arn


def _is_root(owner: str) -> bool:
    return owner.endswith(":root")


def _target(request: Request) -> dict[str, Any]:
    """The namespace that a request is for."""
    content = request.content
    given = [m for m in ("WorkgroupName", "ClusterIdentifier") if content.get(m)]
    if len(given) != 1:
        raise ServiceError(
            "ValidationException", "Give exactly one of ClusterIdentifier and WorkgroupName."
        )
    if given == ["ClusterIdentifier"]:
        raise ServiceError(
            "ValidationException",
            f"there is no cluster {content['ClusterIdentifier']}: the local cloud has Redshift "
            "Serverless only",
        )
    try:
        namespace = serverless.namespace_of(content["WorkgroupName"])
    except ServiceError as error:
        raise ServiceError(
            "ValidationException", "Redshift endpoint doesn't exist in this region."
        ) from error
    if not content.get("SecretArn"):
        # The Data API logs in with temporary credentials of the workgroup's.
        message = auth.refusal(
            request.access_key,
            "redshift-serverless:GetCredentials",
            serverless.workgroups[content["WorkgroupName"]]["workgroupArn"],
            "redshift-serverless",
        )
        if message is not None:
            raise ServiceError("AccessDeniedException", message)
    return namespace


def _user(request: Request, namespace: dict[str, Any]) -> str:
    """The database user of a request: the secret's, or the one that IAM's name gives.

    https://docs.aws.amazon.com/redshift/latest/mgmt/serverless-iam.html. The account's root, which
    only commands use, is the administrator.
    """
    secret = request.content.get("SecretArn")
    if secret:
        if secret != namespace.get("adminPasswordSecretArn"):
            raise ServiceError("ValidationException", f"The secret {secret} could not be found.")
        refused = auth.refusal(
            request.access_key, "secretsmanager:GetSecretValue", secret, "secretsmanager"
        )
        if refused is not None:
            raise ServiceError("ValidationException", refused)
        return str(namespace["adminUsername"])
    owner = _owner(request)
    if _is_root(owner):
        return str(namespace["adminUsername"])
    kind = "IAMR" if ":assumed-role/" in owner else "IAM"
    return f"{kind}:{owner.rsplit('/', 1)[-1]}"


async def _execute_statement(request: Request) -> dict[str, Any]:
    return await _begun(request, _submit(request, [request.content["Sql"]], False))


async def _batch_execute_statement(request: Request) -> dict[str, Any]:
    return await _begun(request, _submit(request, list(request.content["Sqls"]), True))


async def _begun(request: Request, statement: dict[str, Any]) -> dict[str, Any]:
    """The answer, when the statement has ended if the request waits for that."""
    answer = _shown(statement, "Id", "Database", "WorkgroupName", "CreatedAt", "SessionId")
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
    content, owner = request.content, _owner(request)
    token = content.get("ClientToken")
    known = state.tokens.get(f"{owner}|{token}") if token else None
    if known is not None:
        return state.statements[known]
    _require_run(content)
    session, namespace = _session(request, owner)
    statement = _statement({**content, **session}, sqls, batch)
    user = session.get("_user") or _user(request, namespace)
    statement |= {"_owner": owner, "_namespace": namespace["namespaceId"], "_user": user}
    if session:
        session["CurrentStatementId"] = statement["Id"]
    state.statements[statement["Id"]] = statement
    if token:
        state.tokens[f"{owner}|{token}"] = statement["Id"]
    parameters = {p["name"]: p["value"] for p in content.get("Parameters") or []}
    engine.submit(statement, namespace, parameters)
    return statement


def _session(request: Request, owner: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The session of a statement, empty where it is in none, and the namespace."""
    content, seconds = request.content, request.content.get("SessionKeepAliveSeconds")
    if content.get("SessionId"):
        # https://docs.aws.amazon.com/redshift-data/latest/APIReference/API_ExecuteStatement.html
        for member in ("WorkgroupName", "ClusterIdentifier", "SecretArn", "DbUser"):
            if content.get(member):
                raise ServiceError(
                    "ValidationException", f"{member} is the session's: SessionId is given alone."
                )
        database = content.get("Database")
        session = sessions.take(content["SessionId"], owner, seconds, database)
        try:
            return session, serverless.namespace_of(session["WorkgroupName"])
        except ServiceError:
            sessions.release(session["SessionId"])
            raise
    namespace = _target(request)
    if not content.get("Database"):
        raise ServiceError("ValidationException", "Database is required.")
    if seconds is None:
        return {}, namespace
    user = _user(request, namespace)
    return sessions.create(owner, user, namespace["namespaceId"], content, seconds), namespace


def _statement(content: dict[str, Any], sqls: list[str], batch: bool) -> dict[str, Any]:
    now = time.time()
    identifier = str(uuid.uuid4())
    mode = content.get("ExecutionMode", "TRANSACTION")
    return {
        "Id": identifier,
        "Status": "SUBMITTED",
        "QueryString": "; ".join(sqls),
        "Database": content["Database"],
        "WorkgroupName": content["WorkgroupName"],
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
    identifier, owner = request.content["Id"], _owner(request)
    statement = state.statements.get(identifier.split(":", 1)[0])
    if statement is None or (statement["_owner"] != owner and not _is_root(owner)):
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
    owner = _owner(request)
    mine = [s for s in state.statements.values() if s["_owner"] == owner]
    return {
        "Statements": [_shown(s, *_LISTED) for s in sorted(mine, key=lambda s: -s["CreatedAt"])]
    }


def _list_sessions(request: Request) -> dict[str, Any]:
    """https://docs.aws.amazon.com/redshift-data/latest/APIReference/API_ListSessions.html"""
    content, wanted = request.content, request.content.get("SessionId")
    filters = [m for m in ("Status", "WorkgroupName", "Database") if content.get(m)]
    sessions.sweep()
    found = [s for s in state.sessions.values() if s["_owner"] == _owner(request)]
    if wanted:
        if filters or content.get("ClusterIdentifier"):
            raise ServiceError("ValidationException", "SessionId is given without other filters.")
        found = [session for session in found if session["SessionId"] == wanted]
        if not found:
            raise ServiceError("ResourceNotFoundException", f"Session does not exist: {wanted}")
    elif content.get("ClusterIdentifier"):
        # None is on a cluster.
        found = []
    else:
        open_only = not content.get("Status")
        found = [
            session
            for session in found
            if all(session[member] == content[member] for member in filters)
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
    "WorkgroupName",
)


def _described(statement: dict[str, Any], identifier: str) -> dict[str, Any]:
    if identifier != statement["Id"]:
        for entry in statement["_parts"]:
            if entry["Id"] == identifier:
                return {
                    **_shown(statement, "Database", "WorkgroupName"),
                    **_shown(entry, *_DESCRIBED),
                }
    answer = _shown(statement, *_DESCRIBED, "SessionId")
    if statement["_batch"]:
        members = (*_DESCRIBED[:-2],)
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
    # Only what names a workgroup has a resource; the other actions are about one's own statements.
    session = state.sessions.get(content.get("SessionId") or "", {})
    name = content.get("WorkgroupName") or session.get("WorkgroupName")
    if name:
        entry = serverless.workgroups.get(name)
        return (
            entry["workgroupArn"]
            if entry
            else f"arn:aws:redshift-serverless:{REGION}:{ACCOUNT}:workgroup/*"
        )
    if content.get("ClusterIdentifier"):
        return f"arn:aws:redshift:{REGION}:{ACCOUNT}:cluster:{content['ClusterIdentifier']}"
    return "*"
