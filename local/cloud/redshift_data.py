"""The Redshift Data API on an embedded SQL engine: each database is a file of DuckDB's.

SQL is translated from Redshift's dialect by sqlglot. https://docs.aws.amazon.com/redshift-data/latest/APIReference/
"""

from __future__ import annotations

import asyncio
import base64
import copy
import decimal
import sys
import threading
import time
import uuid
from pathlib import Path
from typing import Any

import duckdb
import sqlglot
from ministack.core import iam_evaluator
from sqlglot import exp

from local.cloud import redshift_copy, redshift_serverless
from local.cloud.core import auth, seam
from local.cloud.core.at_work import AtWork
from local.cloud.core.settings import ACCOUNT, REGION, Settings

#: Rows of a page of a result.
PAGE_ROWS = 1000

#: A `varchar` without a length has this many bytes; https://docs.aws.amazon.com/redshift/latest/dg/r_Character_types.html
DEFAULT_VARCHAR_BYTES = 256

_ENDED = ("FINISHED", "FAILED", "ABORTED")

_statements: dict[str, dict[str, Any]] = {}
_tokens: dict[str, str] = {}
_databases: dict[str, tuple[duckdb.DuckDBPyConnection, threading.Lock]] = {}
#: Two first statements of a database must not each open it, with a lock of its own.
_opening = threading.Lock()
#: Connections by the statement that has them; the others of a database wait for their turn.
_at_work = AtWork()
_folder = Path()
_endpoint = ""


def install(settings: Settings) -> None:
    """Add the service to ministack."""
    global _folder, _endpoint
    _folder = settings.state / "redshift"
    redshift_copy.install(_folder / "staging")
    _endpoint = f"http://127.0.0.1:{settings.port}"
    seam.add_json_service(
        "redshift-data", "RedshiftData.", "redshift-data", sys.modules[__name__], "redshift_data"
    )
    auth.resources_of("redshift-data", _resource)


def get_state() -> dict[str, Any]:
    """What is saved."""
    return copy.deepcopy({"statements": _statements, "tokens": _tokens})


def load_persisted_state(data: dict[str, Any]) -> None:
    """Take up what was saved. What was running then has failed."""
    _statements.update(data.get("statements", {}))
    _tokens.update(data.get("tokens", {}))
    for statement in _statements.values():
        if statement["Status"] not in _ENDED:
            statement["Status"] = "FAILED"
            statement["Error"] = "The service was restarted while the statement ran."


def reset() -> None:
    """Forget everything."""
    _statements.clear()
    _tokens.clear()


def drop(namespace_id: str) -> None:
    """Remove the databases of a namespace, and the statements that ran on them."""
    for key in [key for key in _databases if key.startswith(f"{namespace_id}/")]:
        _databases.pop(key)[0].close()
    for file in (_folder / namespace_id).glob("*"):
        file.unlink()
    for identifier in [i for i, s in _statements.items() if s["_namespace"] == namespace_id]:
        del _statements[identifier]
    _tokens.clear()


def _resource(operation: str, content: dict[str, Any]) -> str:
    # Only what names a workgroup has a resource; the other actions are about one's own statements.
    name = content.get("WorkgroupName")
    if name:
        entry = redshift_serverless._workgroups.get(name)
        return (
            entry["workgroupArn"]
            if entry
            else f"arn:aws:redshift-serverless:{REGION}:{ACCOUNT}:workgroup/*"
        )
    if content.get("ClusterIdentifier"):
        return f"arn:aws:redshift:{REGION}:{ACCOUNT}:cluster:{content['ClusterIdentifier']}"
    return "*"


async def handle_request(
    method: str, path: str, headers: dict[str, str], body: bytes, query_params: dict
) -> seam.Response:
    """Serve one call."""
    key = seam.caller(headers, query_params)
    owner = _principal(key)

    def target(content: dict[str, Any]) -> dict[str, Any]:
        given = [m for m in ("WorkgroupName", "ClusterIdentifier") if content.get(m)]
        if len(given) != 1:
            raise seam.ServiceError(
                "ValidationException", "Give exactly one of ClusterIdentifier and WorkgroupName."
            )
        if given == ["ClusterIdentifier"]:
            raise seam.ServiceError(
                "ValidationException",
                f"there is no cluster {content['ClusterIdentifier']}: the local cloud has Redshift "
                "Serverless only",
            )
        try:
            namespace = redshift_serverless.namespace_of(content["WorkgroupName"])
        except seam.ServiceError as error:
            raise seam.ServiceError(
                "ValidationException", "Redshift endpoint doesn't exist in this region."
            ) from error
        if not content.get("SecretArn"):
            # The Data API logs in with temporary credentials of the workgroup's.
            message = auth.refusal(
                key,
                "redshift-serverless:GetCredentials",
                redshift_serverless._workgroups[content["WorkgroupName"]]["workgroupArn"],
                "redshift-serverless",
            )
            if message is not None:
                raise seam.ServiceError("AccessDeniedException", message)
        return namespace

    def submit(content: dict[str, Any], sqls: list[str], batch: bool) -> dict[str, Any]:
        namespace = target(content)
        if not content.get("Database"):
            raise seam.ServiceError("ValidationException", "Database is required.")
        token = content.get("ClientToken")
        known = _tokens.get(f"{owner}|{token}") if token else None
        if known is not None:
            return _started(_statements[known])
        now = time.time()
        identifier = str(uuid.uuid4())
        statement = {
            "Id": identifier,
            "Status": "SUBMITTED",
            "QueryString": "; ".join(sqls),
            "Database": content["Database"],
            "WorkgroupName": content["WorkgroupName"],
            "StatementName": content.get("StatementName"),
            "CreatedAt": now,
            "UpdatedAt": now,
            "HasResultSet": False,
            "_owner": owner,
            "_namespace": namespace["namespaceId"],
            "_parts": [
                {
                    "Id": f"{identifier}:{n}" if batch else identifier,
                    "QueryString": sql,
                    "Status": "SUBMITTED",
                    "CreatedAt": now,
                    "UpdatedAt": now,
                    "HasResultSet": False,
                    "_rows": [],
                    "_columns": [],
                }
                for n, sql in enumerate(sqls, 1)
            ],
            "_batch": batch,
        }
        _statements[identifier] = statement
        if token:
            _tokens[f"{owner}|{token}"] = identifier
        parameters = {p["name"]: p["value"] for p in content.get("Parameters") or []}
        task = asyncio.create_task(asyncio.to_thread(_run, statement, namespace, parameters))
        _tasks.add(task)
        task.add_done_callback(_tasks.discard)
        return _started(statement)

    def own(identifier: str) -> dict[str, Any]:
        statement = _statements.get(identifier.split(":", 1)[0])
        if statement is None or (statement["_owner"] != owner and not _is_root(owner)):
            raise seam.ServiceError(
                "ResourceNotFoundException", f"Query does not exist: {identifier}"
            )
        return statement

    def part(identifier: str) -> dict[str, Any]:
        statement = own(identifier)
        for entry in statement["_parts"]:
            if entry["Id"] == identifier:
                return entry
        raise seam.ServiceError(
            "ValidationException",
            f"{identifier} is a batch: name one of its statements, such as {identifier}:1",
        )

    def result(content: dict[str, Any]) -> dict[str, Any]:
        entry = part(content["Id"])
        if entry["Status"] != "FINISHED" or not entry["HasResultSet"]:
            raise seam.ServiceError(
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

    def cancel(content: dict[str, Any]) -> dict[str, Any]:
        statement = own(content["Id"])
        if statement["Status"] in _ENDED:
            raise seam.ServiceError(
                "ValidationException",
                f"Could not cancel a query that is already in {statement['Status']} state",
            )
        _cancel(statement)
        return {"Status": True}

    def listed(_: dict[str, Any]) -> dict[str, Any]:
        mine = [s for s in _statements.values() if s["_owner"] == owner]
        return {
            "Statements": [
                _shown(s, "Id", "Status", "QueryString", "CreatedAt", "UpdatedAt", "StatementName")
                for s in sorted(mine, key=lambda s: -s["CreatedAt"])
            ]
        }

    return await seam.dispatch(
        {
            "ExecuteStatement": lambda c: submit(c, [c["Sql"]], False),
            "BatchExecuteStatement": lambda c: submit(c, list(c["Sqls"]), True),
            "DescribeStatement": lambda c: _described(own(c["Id"]), c["Id"]),
            "GetStatementResult": result,
            "CancelStatement": cancel,
            "ListStatements": listed,
        },
        headers,
        body,
    )


_tasks: set[asyncio.Task[None]] = set()


def cancel_all() -> None:
    """Cancel what has not ended."""
    for statement in _statements.values():
        if statement["Status"] not in _ENDED:
            _cancel(statement)


def _cancel(statement: dict[str, Any]) -> None:
    statement["_cancelled"] = True
    _at_work.interrupt(statement["Id"])


def _principal(key: str) -> str:
    resolved = iam_evaluator.resolve_principal(key, ACCOUNT)
    arn = getattr(resolved, "arn", key)
    # Another session of the same role sees the same statements.
    return arn.rsplit("/", 1)[0] if ":assumed-role/" in arn else arn


def _is_root(owner: str) -> bool:
    return owner.endswith(":root")


def _started(statement: dict[str, Any]) -> dict[str, Any]:
    return _shown(statement, "Id", "Database", "WorkgroupName", "CreatedAt")


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
    answer = _shown(statement, *_DESCRIBED)
    if statement["_batch"]:
        members = (*_DESCRIBED[:-2],)
        answer["SubStatements"] = [_shown(entry, *members) for entry in statement["_parts"]]
    return answer


def _database(namespace_id: str, name: str) -> tuple[duckdb.DuckDBPyConnection, threading.Lock]:
    key = f"{namespace_id}/{name}"
    with _opening:
        if key not in _databases:
            (_folder / namespace_id).mkdir(parents=True, exist_ok=True)
            connection = duckdb.connect(str(_folder / namespace_id / f"{name}.duckdb"))
            connection.execute("CREATE SCHEMA IF NOT EXISTS public; SET schema = 'public'")
            # A statement must not read or write this machine's files; COPY reads what it has
            # fetched.
            staging = str(redshift_copy.staging()).replace("'", "''")
            connection.execute(
                f"SET allowed_directories = ['{staging}/']; SET enable_external_access = false; "
                "SET lock_configuration = true"
            )
            _databases[key] = (connection, threading.Lock())
        return _databases[key]


def _run(statement: dict[str, Any], namespace: dict[str, Any], parameters: dict[str, str]) -> None:
    """Run the statements in one transaction: all of a batch, or nothing of it."""
    started = time.time()
    parts = statement["_parts"]
    try:
        if statement["Database"] != namespace["dbName"]:
            raise ValueError(f'FATAL: database "{statement["Database"]}" does not exist')
        connection, lock = _database(namespace["namespaceId"], statement["Database"])
        with lock:
            started = time.time()
            statement["Status"] = "STARTED"
            statement["UpdatedAt"] = started
            with _at_work.on(statement["Id"], connection):
                try:
                    connection.execute("BEGIN TRANSACTION")
                    for entry in parts:
                        if statement.get("_cancelled"):
                            raise InterruptedError
                        _run_part(entry, connection, namespace, parameters)
                    connection.execute("COMMIT")
                except BaseException:
                    _roll_back(connection)
                    raise
        statement["Status"] = "FINISHED"
    except (InterruptedError, duckdb.InterruptException):
        statement["Status"] = "ABORTED"
    except Exception as error:
        statement["Status"] = "FAILED"
        statement["Error"] = f"ERROR: {error}"
    for entry in parts:
        undone = entry["Status"] == "FINISHED" and statement["Status"] != "FINISHED"
        if undone or entry["Status"] == "SUBMITTED":
            entry["Status"] = "ABORTED"
    ended = time.time()
    statement["UpdatedAt"] = ended
    statement["Duration"] = int((ended - started) * 1e9)
    if not statement["_batch"]:
        statement["HasResultSet"] = parts[0]["HasResultSet"]
        statement["ResultRows"] = parts[0].get("ResultRows", 0)


def _roll_back(connection: duckdb.DuckDBPyConnection) -> None:
    """End the transaction. What cancels a statement may come at any time, before it began too."""
    while True:
        try:
            connection.execute("ROLLBACK")
        except duckdb.InterruptException:
            continue
        except duckdb.TransactionException:
            # There was none yet.
            return
        return


def _run_part(
    entry: dict[str, Any],
    connection: duckdb.DuckDBPyConnection,
    namespace: dict[str, Any],
    parameters: dict[str, str],
) -> None:
    started = time.time()
    entry["Status"] = "STARTED"
    try:
        parsed = [
            s for s in sqlglot.parse(entry["QueryString"], dialect="redshift") if s is not None
        ]
        if len(parsed) != 1:
            raise ValueError(f"give one statement, not {len(parsed)}; several go into a batch")
        statement = parsed[0]
        if isinstance(statement, exp.Copy):
            entry["ResultRows"] = redshift_copy.run(
                redshift_copy.read(statement), connection, namespace, _endpoint
            )
        elif isinstance(statement, (exp.Commit, exp.Rollback, exp.Transaction)):
            raise ValueError("a statement of the Data API is a transaction of its own")
        elif not isinstance(statement, _STATEMENTS) or (
            isinstance(statement, exp.Create) and statement.kind not in ("SCHEMA", "TABLE", "VIEW")
        ):
            verb = entry["QueryString"].split(None, 1)[0].upper()
            raise ValueError(f"syntax error, or not supported by the local cloud: {verb}")
        else:
            _execute(entry, connection, _kept(statement).sql(dialect="duckdb"), parameters)
        entry["Status"] = "FINISHED"
    except Exception as error:
        entry["Status"] = "FAILED"
        entry["Error"] = f"ERROR: {error}"
        raise
    finally:
        ended = time.time()
        entry["UpdatedAt"] = ended
        entry["Duration"] = int((ended - started) * 1e9)


#: What is run; other words are DuckDB's own, or have no meaning here.
_STATEMENTS = (
    exp.Alter,
    exp.Create,
    exp.Delete,
    exp.Drop,
    exp.Insert,
    exp.Merge,
    exp.Query,
    exp.TruncateTable,
    exp.Update,
)

#: Where Redshift keeps rows and how it packs them: nothing that a result shows.
_PHYSICAL = (exp.DistKeyProperty, exp.DistStyleProperty, exp.SortKeyProperty)

#: What Redshift takes for information and never looks at.
#: https://docs.aws.amazon.com/redshift/latest/dg/t_Defining_constraints.html
_INFORMATIONAL = (
    exp.EncodeColumnConstraint,
    exp.PrimaryKeyColumnConstraint,
    exp.Reference,
    exp.UniqueColumnConstraint,
)


def _kept(statement: exp.Expression) -> exp.Expression:
    """Make a new table keep what Redshift's keep, no less and no more.

    A varchar has a length in bytes, as DuckDB's has not; a primary key stops no row, as DuckDB's
    does.
    """
    if not isinstance(statement, exp.Create) or statement.kind != "TABLE":
        return statement
    for part in list(statement.find_all(*_PHYSICAL, exp.PrimaryKey, exp.ForeignKey)):
        part.pop()
    for column in list(statement.find_all(exp.ColumnDef)):
        for constraint in list(column.args.get("constraints") or []):
            if isinstance(constraint.kind, exp.GeneratedAsIdentityColumnConstraint):
                raise ValueError(f"the local cloud has no IDENTITY columns: {column.name}")
            if isinstance(constraint.kind, _INFORMATIONAL):
                key = isinstance(constraint.kind, exp.PrimaryKeyColumnConstraint)
                constraint.pop()
                if key:
                    column.append(
                        "constraints", exp.ColumnConstraint(kind=exp.NotNullColumnConstraint())
                    )
        kind = column.args.get("kind")
        if kind is None or kind.this not in (exp.DataType.Type.VARCHAR, exp.DataType.Type.CHAR):
            continue
        sized = kind.expressions
        length = int(sized[0].name) if sized and sized[0].name.isdigit() else DEFAULT_VARCHAR_BYTES
        name = exp.to_identifier(column.name, quoted=True).sql(dialect="duckdb")
        check = exp.CheckColumnConstraint(
            this=sqlglot.parse_one(f"strlen({name}) <= {length}", dialect="duckdb")
        )
        column.append("constraints", exp.ColumnConstraint(kind=check))
    return statement


def _execute(
    entry: dict[str, Any],
    connection: duckdb.DuckDBPyConnection,
    sql: str,
    parameters: dict[str, str],
) -> None:
    used = {name: value for name, value in parameters.items() if f"${name}" in sql}
    cursor = connection.execute(sql, used) if used else connection.execute(sql)
    verb = sql.lstrip().split(None, 1)[0].upper()
    if verb in ("SELECT", "WITH", "SHOW", "DESCRIBE", "VALUES"):
        entry["_columns"] = [
            {"name": name, "label": name, "typeName": _type_name(kind), "nullable": 1}
            for name, kind, *_ in cursor.description
        ]
        entry["_rows"] = [[_field(value) for value in row] for row in cursor.fetchall()]
        entry["HasResultSet"] = True
        entry["ResultRows"] = len(entry["_rows"])
    elif verb in ("INSERT", "UPDATE", "DELETE"):
        entry["ResultRows"] = int(cursor.fetchone()[0])
    else:
        entry["ResultRows"] = 0


#: Redshift's names of DuckDB's types.
_TYPE_NAMES = {
    "BIGINT": "int8",
    "BOOLEAN": "bool",
    "DATE": "date",
    "DOUBLE": "float8",
    "FLOAT": "float4",
    "INTEGER": "int4",
    "SMALLINT": "int2",
    "TIMESTAMP": "timestamp",
    "VARCHAR": "varchar",
}


def _type_name(kind: Any) -> str:
    name = str(kind).split("(")[0]
    return "numeric" if name in ("DECIMAL", "HUGEINT") else _TYPE_NAMES.get(name, name.lower())


def _field(value: Any) -> dict[str, Any]:
    """A value as the API answers it; numerics come as text."""
    if value is None:
        return {"isNull": True}
    if isinstance(value, bool):
        return {"booleanValue": value}
    if isinstance(value, int) and abs(value) < 2**63:
        return {"longValue": value}
    if isinstance(value, float):
        return {"doubleValue": value}
    if isinstance(value, decimal.Decimal):
        return {"stringValue": format(value, "f")}
    if isinstance(value, (bytes, bytearray)):
        return {"blobValue": base64.b64encode(value).decode()}
    return {"stringValue": str(value)}
