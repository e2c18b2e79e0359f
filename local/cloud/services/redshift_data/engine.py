"""What runs statements: an embedded SQL engine, where each database is a file of DuckDB's."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
from sqlglot import Expr, exp

from local.cloud.core.at_work import AtWork
from local.cloud.core.settings import Settings
from local.cloud.services.redshift_data import (
    bound,
    catalog,
    created,
    isolation,
    load,
    merge,
    parameters,
    results,
    rights,
    sessions,
    sql,
    state,
    unloaded,
    upkeep,
    users,
    words,
)
from local.cloud.services.redshift_data.copy_from_s3 import Copy
from local.cloud.services.redshift_data.unload import Unload
from local.cloud.services.redshift_data.warehouse import Warehouse


class _Database(NamedTuple):
    #: Each transaction has a cursor of it, which is a connection of its own.
    connection: duckdb.DuckDBPyConnection
    isolation: isolation.Isolation


_databases: dict[str, _Database] = {}
#: Two first statements of a database must not each open it.
_opening = threading.Lock()
#: Connections by the statement that has them.
_at_work = AtWork()
#: Redshift has 50 statements at work at most; what waits must not keep another service waiting.
#: https://docs.aws.amazon.com/redshift/latest/dg/cm-c-defining-query-queues.html
_threads = ThreadPoolExecutor(max_workers=50, thread_name_prefix="redshift")
_folder = Path()
#: Set when the process ends: from then on nothing commits.
_ending = threading.Event()
#: For statements to end when they are cancelled at that: not each breaks off, such as one that
#: writes to S3.
_STOP_SECONDS = 5
#: Between two looks whether they have.
_LOOK_SECONDS = 0.02

_tasks: set[asyncio.Future[None]] = set()


def start(settings: Settings) -> None:
    """Take note of where the databases are."""
    global _folder
    _folder = settings.state / "redshift"
    load.start(_folder / "staging")


def stop() -> None:
    """Break off what has not ended, all of it before one can take the lock of another."""
    _ending.set()
    at_work = [s for s in state.statements.values() if s["Status"] not in state.ENDED]
    for statement in at_work:
        cancel(statement)
    until = time.monotonic() + _STOP_SECONDS
    while any(s["Status"] not in state.ENDED for s in at_work) and time.monotonic() < until:
        time.sleep(_LOOK_SECONDS)


def submit(statement: dict[str, Any], warehouse: Warehouse, values: dict[str, str]) -> None:
    """Run a statement, or all of a batch, in a thread.

    Args:
        statement: with its parts.
        warehouse: whose database it is for.
        values: of its parameters.
    """
    loop = asyncio.get_running_loop()
    future = loop.run_in_executor(_threads, _run, statement, warehouse, values)
    _tasks.add(future)
    future.add_done_callback(_tasks.discard)
    session = state.sessions.get(statement.get("SessionId", ""))
    if session is not None:
        left = session["CreatedAt"] + sessions.LONGEST_SECONDS - time.time()
        loop.call_later(left, _end, statement)
        future.add_done_callback(
            lambda _: loop.call_later(session["SessionTtl"] - time.time(), sessions.sweep)
        )


def _end(statement: dict[str, Any]) -> None:
    """The session of a statement has come to its end, whatever is at work in it."""
    if statement["Status"] not in state.ENDED:
        cancel(statement)
    sessions.sweep()


def cancel(statement: dict[str, Any]) -> None:
    """Cancel a statement, which ends soon."""
    statement["_cancelled"] = True
    _at_work.interrupt(statement["Id"])


def disconnect(namespace_id: str) -> None:
    """End the sessions of a namespace, and the statements that are at work on it."""
    sessions.close(namespace_id)
    for statement in state.statements.values():
        if statement["_namespace"] == namespace_id and statement["Status"] not in state.ENDED:
            cancel(statement)


def close(namespace_id: str) -> None:
    """Close the databases of a namespace, which stay as they are; its statements are forgotten."""
    disconnect(namespace_id)
    for key in [key for key in _databases if key.startswith(f"{namespace_id}/")]:
        _databases.pop(key).connection.close()
    for identifier in [i for i, s in state.statements.items() if s["_namespace"] == namespace_id]:
        del state.statements[identifier]
    state.tokens.clear()


def drop(namespace_id: str) -> None:
    """Remove the databases of a namespace, and the statements and sessions that ran on them."""
    close(namespace_id)
    for file in (_folder / namespace_id).glob("*"):
        file.unlink()


def _database(namespace_id: str, name: str) -> _Database:
    key = f"{namespace_id}/{name}"
    with _opening:
        if key not in _databases:
            (_folder / namespace_id).mkdir(parents=True, exist_ok=True)
            connection = duckdb.connect(str(_folder / namespace_id / f"{name}.duckdb"))
            connection.execute("CREATE SCHEMA IF NOT EXISTS public")
            rights.prepare(connection)
            # A statement must not read or write this machine's files; COPY and UNLOAD have theirs
            # in a folder.
            staging = str(load.staging()).replace("'", "''")
            connection.execute(
                f"SET allowed_directories = ['{staging}/']; SET enable_external_access = false; "
                "SET lock_configuration = true"
            )
            _databases[key] = _Database(connection, isolation.Isolation())
        return _databases[key]


def _run(statement: dict[str, Any], warehouse: Warehouse, values: dict[str, str]) -> None:
    """Run the statements: all of a batch, or nothing of it, where it does not commit each."""
    started = time.time()
    parts, status = statement["_parts"], "FINISHED"
    try:
        if statement["Database"] != warehouse.database:
            raise ValueError(f'FATAL: database "{statement["Database"]}" does not exist')
        _log_in(statement["_user"], warehouse)
        statement["Status"] = "STARTED"
        statement["UpdatedAt"] = started
        run = _each if statement["ExecutionMode"] == "AUTO_COMMIT" else _transact
        run(statement, warehouse, values)
    except (InterruptedError, duckdb.InterruptException):
        status = "ABORTED"
    except Exception as error:
        status = "FAILED"
        statement["Error"] = f"ERROR: {words.of(error)}"
    if status == "ABORTED" and _ending.is_set():
        status, statement["Error"] = "FAILED", state.RESTARTED
    for entry in parts:
        undone = entry["Status"] == "FINISHED" and status != "FINISHED" and not entry["_alone"]
        if undone or entry["Status"] == "SUBMITTED":
            entry["Status"] = "ABORTED"
    ended = time.time()
    statement["UpdatedAt"] = ended
    statement["Duration"] = int((ended - started) * 1e9)
    statement["HasResultSet"] = any(part["HasResultSet"] for part in parts)
    if not statement["_batch"]:
        statement["ResultRows"] = parts[0].get("ResultRows", 0)
    # Who sees that the statement has ended finds the session free.
    sessions.release(statement.get("SessionId", ""))
    statement["Status"] = status


def _log_in(user: str, warehouse: Warehouse) -> None:
    """Look whether a user is there: temporary credentials create none but that of IAM's name.

    Raises:
        ValueError: where it is not.
    """
    if user == warehouse.administrator:
        return
    with sessions.connection(None, _database(warehouse.id, warehouse.database).connection) as line:
        if not users.arrive(user, line.cursor):
            raise ValueError(f'FATAL: user "IAM:{user}" does not exist')


def _each(statement: dict[str, Any], warehouse: Warehouse, values: dict[str, str]) -> None:
    """Run the statements of a batch, each in a transaction of its own; the others go on.

    Raises:
        InterruptedError, duckdb.InterruptException: when it was cancelled.
        Exception: why the first one failed that did.
    """
    database = _database(warehouse.id, statement["Database"])
    failed: Exception | None = None
    with sessions.connection(statement.get("SessionId"), database.connection) as line:
        for entry in statement["_parts"]:
            try:
                _transact({**statement, "_parts": [entry]}, warehouse, values, line)
            except (InterruptedError, duckdb.InterruptException):
                raise
            except Exception as error:
                failed = failed or error
    if failed is not None:
        raise failed


def _transact(
    statement: dict[str, Any],
    warehouse: Warehouse,
    values: dict[str, str],
    opened: sessions.Connection | None = None,
) -> None:
    """Run the statements in one transaction, beside those of others.

    Args:
        statement: with its parts.
        warehouse: whose database it is for.
        values: of its parameters.
        opened: a connection; by default the session's, or one for this transaction.

    Raises:
        InterruptedError, duckdb.InterruptException: when it was cancelled.
        Exception: why it failed; nothing of it is left.
    """
    database = _database(warehouse.id, statement["Database"])
    session, known = statement.get("SessionId"), state.statements[statement["Id"]]
    temporary = catalog.temporary(opened.cursor) if opened else sessions.temporary(session)
    use = isolation.use_of(_understood(statement["_parts"]), temporary)
    cancelled = lambda: _ending.is_set() or bool(known.get("_cancelled"))  # noqa: E731
    connection = (
        contextlib.nullcontext(opened)
        if opened
        else sessions.connection(session, database.connection)
    )
    with (
        database.isolation.transaction(use, cancelled) as begun,
        connection as line,
        _at_work.on(statement["Id"], line.cursor),
    ):
        line.parameters.begin()
        try:
            line.cursor.execute("BEGIN TRANSACTION")
            for entry in statement["_parts"]:
                if cancelled():
                    raise InterruptedError
                if not entry["_alone"] and _frames(entry, statement["_parts"]):
                    entry["Status"], entry["ResultRows"] = "FINISHED", 0
                    continue
                _run_part(entry, line, warehouse, values, statement["_user"])
            if cancelled():
                # Such as while it wrote to S3, where nothing breaks it off.
                raise InterruptedError
            database.isolation.commit(begun, lambda: line.cursor.execute("COMMIT"))
            line.parameters.end(True)
        except duckdb.TransactionException as error:
            _roll_back(line)
            raise ValueError(database.isolation.met(begun)) from error
        except BaseException:
            _roll_back(line)
            raise


def _frames(entry: dict[str, Any], parts: list[dict[str, Any]]) -> bool:
    """Whether it begins or ends the transaction that a batch is by itself, as S3ToRedshift does.

    Redshift only warns of a BEGIN where a transaction is at work already.
    """
    text = entry["QueryString"].strip().rstrip(";").strip().upper()
    return text in ("BEGIN", "BEGIN TRANSACTION", "START TRANSACTION") or (
        entry is parts[-1] and text in ("COMMIT", "END")
    )


def _understood(parts: list[dict[str, Any]]) -> list[Expr]:
    """The statements that can be parsed; what is wrong with the others shows when they are run."""
    found = []
    for entry in parts:
        if users.concerns(entry["QueryString"]):
            continue
        with contextlib.suppress(Exception):
            found.append(sql.parsed(entry["QueryString"]))
    return found


def _roll_back(line: sessions.Connection) -> None:
    """End the transaction. What cancels a statement may come at any time, before it began too."""
    while True:
        try:
            with contextlib.suppress(duckdb.TransactionException):
                # There may be none yet.
                line.cursor.execute("ROLLBACK")
            line.parameters.end(False)
        except duckdb.InterruptException:
            continue
        return


def _run_part(
    entry: dict[str, Any],
    line: sessions.Connection,
    warehouse: Warehouse,
    values: dict[str, str],
    user: str,
) -> None:
    started = time.time()
    entry["Status"] = "STARTED"
    try:
        _do(entry, line, warehouse, values, user)
        entry["Status"] = "FINISHED"
    except Exception as error:
        entry["Status"] = "FAILED"
        entry["Error"] = f"ERROR: {words.of(error)}"
        raise
    finally:
        ended = time.time()
        entry["UpdatedAt"] = ended
        entry["Duration"] = int((ended - started) * 1e9)


def _do(
    entry: dict[str, Any],
    line: sessions.Connection,
    warehouse: Warehouse,
    values: dict[str, str],
    user: str,
) -> None:
    text, cursor = entry["QueryString"], line.cursor
    who = (cursor, user, warehouse.administrator)
    entry["ResultRows"] = 0
    if (change := parameters.read(text)) is not None:
        shown = line.parameters.make(change)
        if shown is not None:
            results.keep(
                entry, cursor.execute(f'SELECT $value AS "{change.name}"', {"value": shown})
            )
        return
    if (
        rights.administered(text, *who)
        or users.done(text, *who)
        or upkeep.done(text, cursor, entry["_alone"])
    ):
        return
    statement = sql.parsed(text)
    temporary = catalog.temporary(cursor)
    rights.require(statement, temporary, *who)
    transfer = statement.meta.get(sql.TRANSFER)
    if isinstance(statement, exp.Grant):
        rights.grant(statement, *who)
    elif isinstance(transfer, Copy):
        entry["ResultRows"] = load.run(transfer, cursor, warehouse)
    elif isinstance(transfer, Unload):
        query = sql.translated(users.told(statement.copy(), user))
        entry["ResultRows"] = unloaded.run(transfer, query, cursor, warehouse)
    elif isinstance(statement, exp.Merge):
        entry["ResultRows"] = merge.run(statement, cursor, values)
    else:
        whole = created.spelt_out(statement.copy(), cursor)
        _execute(entry, cursor, sql.translated(users.told(whole, user)), values)
        rights.note(statement, temporary, cursor, user)


def _execute(
    entry: dict[str, Any],
    connection: duckdb.DuckDBPyConnection,
    text: str,
    values: dict[str, str],
) -> None:
    cursor = bound.run(connection, text, values)
    verb = text.lstrip().split(None, 1)[0].upper()
    if verb in ("SELECT", "WITH", "SHOW", "DESCRIBE", "VALUES"):
        results.keep(entry, cursor)
    elif verb in ("INSERT", "UPDATE", "DELETE"):
        [(count,)] = cursor.fetchall()
        entry["ResultRows"] = int(count)
