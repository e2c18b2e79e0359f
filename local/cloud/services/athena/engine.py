"""What runs queries: an embedded SQL engine for each, which can be interrupted."""

from __future__ import annotations

import asyncio
import datetime
import shutil
import time
from collections.abc import Callable
from typing import Any

import duckdb
from ministack.services import athena
from sqlglot import exp

from local.cloud.core.at_work import AtWork
from local.cloud.core.settings import Settings
from local.cloud.services.athena import (
    catalog,
    parameters,
    results,
    rights,
    sql,
    state,
    types,
    writes,
)
from local.cloud.services.athena.sql import QueryError
from local.cloud.services.athena.tables import Tables

#: What runs the queries.
_engines = AtWork()
_tasks: set[asyncio.Task[None]] = set()


def start(_settings: Settings) -> None:
    """There is nothing to do: each query has an engine of its own."""


def stop() -> None:
    """Break off what has not ended."""
    for execution in athena._executions.values():
        _break_off(execution, "FAILED", state.RESTARTED)


def submit(execution: dict[str, Any], key: str) -> None:
    """Run a query.

    Args:
        execution: the query.
        key: the access key of the caller, with whose rights it runs.
    """
    task = asyncio.create_task(_execute(execution, key))
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)


def cancel(execution: dict[str, Any]) -> None:
    """Cancel a query; one that has ended stays as it is."""
    _break_off(execution, "CANCELLED", "Query was cancelled by user")


def _break_off(execution: dict[str, Any], status: str, reason: str) -> None:
    if execution["Status"]["State"] in state.AT_WORK:
        state.end(execution, status, reason)
        _engines.interrupt(execution["QueryExecutionId"])


async def _execute(execution: dict[str, Any], key: str) -> None:
    status, statistics = execution["Status"], execution["Statistics"]
    if status["State"] != "QUEUED":
        return
    status["State"] = "RUNNING"
    started = time.time()
    try:
        location = execution["ResultConfiguration"]["OutputLocation"]
        rights.require_output(key, location)
        found = await _found(execution, key)
        if status["State"] == "RUNNING":
            execution["_results"] = {"columns": found["columns"], "rows": found["rows"]}
            execution["_column_types"] = found.get("column_types") or ["varchar"] * len(
                found["columns"]
            )
            execution["_update_count"] = found.get("update_count", 0)
            await asyncio.to_thread(results.write, execution, found)
        if status["State"] == "RUNNING":
            state.end(execution, "SUCCEEDED")
    except Exception as error:
        # What was stopped fails by that.
        if status["State"] == "RUNNING":
            reason = sql.reason(error)
            state.end(execution, "FAILED", reason)
            execution["_error"] = reason
    milliseconds = int((time.time() - started) * 1000)
    statistics["EngineExecutionTimeInMillis"] = milliseconds
    statistics["TotalExecutionTimeInMillis"] = milliseconds


async def _found(execution: dict[str, Any], key: str) -> catalog.Result:
    """Run whatever statement it is."""
    database = execution["QueryExecutionContext"]["Database"]
    query = parameters.meant(
        execution["Query"], execution.get("ExecutionParameters", []), execution["WorkGroup"], key
    )
    if query is None:
        return catalog.NOTHING
    ddl = athena._parse_ddl(query)
    if ddl is not None:
        rights.require_ddl(key, ddl, database)
        return dict(athena._run_ddl(ddl, database))
    found = catalog.result(query, key, database)
    if found is not None:
        return found
    statement = None if writes.is_unload(query) else sql.parse(query)
    tables = Tables(key, database)
    try:
        if isinstance(statement, exp.Query):
            text = tables.text(statement)
            return dict(await _worked(execution, lambda engine: _fetched(engine, text)))
        writing = writes.Writing(
            tables,
            key,
            execution["QueryExecutionId"],
            execution["_output"],
            execution["_enforced"],
            lambda work: _worked(execution, work),
        )
        return await writes.result(query, statement, writing)
    finally:
        for folder in tables.folders:
            shutil.rmtree(folder, ignore_errors=True)


async def _worked(
    execution: dict[str, Any], work: Callable[[duckdb.DuckDBPyConnection], Any]
) -> Any:
    """Work with an engine of its own, which `cancel` can interrupt."""
    # No query fetches code from elsewhere.
    engine = duckdb.connect(":memory:", config={"autoinstall_known_extensions": "false"})

    def begun() -> Any:
        # Without it the CSV reader is strict where a cast is TRY_CAST.
        engine.execute("SET disabled_optimizers = 'type_pushdown'")
        if execution["Status"]["State"] != "RUNNING":
            raise QueryError("Query was cancelled by user")
        return work(engine)

    try:
        with _engines.on(execution["QueryExecutionId"], engine):
            return await asyncio.to_thread(begun)
    finally:
        engine.close()


def _text(value: Any) -> str:
    """A value as Trino writes it."""
    if isinstance(value, bytes):
        return value.hex(" ")
    if isinstance(value, datetime.datetime) and value.tzinfo is None:
        return value.isoformat(" ", "milliseconds")
    return str(athena._datum_text(value))


def _fetched(engine: duckdb.DuckDBPyConnection, text: str) -> catalog.Result:
    engine.execute(text)
    described = engine.description or []
    return {
        "columns": [column[0] for column in described],
        "column_types": [types.of_results(str(column[1])) for column in described],
        # Results are text. Not each of the engine's values could be saved as it is.
        "rows": [
            [None if value is None else _text(value) for value in row] for row in engine.fetchall()
        ],
    }
