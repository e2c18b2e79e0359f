"""What runs queries: an embedded SQL engine for each, which can be interrupted."""

from __future__ import annotations

import asyncio
import shutil
import time
from typing import Any

import duckdb
from ministack.services import athena

from local.cloud.core.at_work import AtWork
from local.cloud.core.settings import Settings
from local.cloud.services.athena import results, rights, sql, state

#: What runs the queries.
_engines = AtWork()
_tasks: set[asyncio.Task[None]] = set()


def start(_settings: Settings) -> None:
    """There is nothing to do: each query has an engine of its own."""


def stop() -> None:
    """Cancel what has not ended."""
    for identifier in _engines.ids():
        cancel(athena._executions[identifier])


def submit(execution: dict[str, Any], ddl: Any, key: str) -> None:
    """Run a query.

    Args:
        execution: the query.
        ddl: the statement as the emulator parsed it, where it is one on the catalog.
        key: the access key of the caller, with whose rights it runs.
    """
    task = asyncio.create_task(_execute(execution, ddl, key))
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)


def cancel(execution: dict[str, Any]) -> None:
    """Cancel a query; one that has ended stays as it is."""
    if execution["Status"]["State"] in state.AT_WORK:
        state.end(execution, "CANCELLED", "Query was cancelled by user")
        _engines.interrupt(execution["QueryExecutionId"])


async def _execute(execution: dict[str, Any], ddl: Any, key: str) -> None:
    status, statistics = execution["Status"], execution["Statistics"]
    if status["State"] != "QUEUED":
        return
    status["State"] = "RUNNING"
    context = execution["QueryExecutionContext"]
    database, catalog = context["Database"], context["Catalog"]
    started = time.time()
    try:
        location = execution["ResultConfiguration"]["OutputLocation"]
        rights.require_output(key, location)
        if ddl is not None:
            rights.require_ddl(key, ddl, database)
            found = athena._run_ddl(ddl, database)
        else:
            statement = sql.parsed(execution["Query"])
            rights.require_tables(key, statement, database)
            found = await _run(execution, statement.sql(dialect="duckdb"), database, catalog)
        if status["State"] == "RUNNING":
            execution["_results"] = {"columns": found["columns"], "rows": found["rows"]}
            execution["_column_types"] = found.get("column_types") or ["varchar"] * len(
                found["columns"]
            )
            await asyncio.to_thread(results.write, location, found, ddl is None)
        if status["State"] == "RUNNING":
            state.end(execution, "SUCCEEDED")
    except Exception as error:
        # What was stopped fails by that.
        if status["State"] == "RUNNING":
            state.end(execution, "FAILED", str(error))
            execution["_error"] = str(error)
    milliseconds = int((time.time() - started) * 1000)
    statistics["EngineExecutionTimeInMillis"] = milliseconds
    statistics["TotalExecutionTimeInMillis"] = milliseconds


async def _run(
    execution: dict[str, Any], query: str, database: str, catalog: str | None
) -> dict[str, Any]:
    """Run a query by an engine of its own, which `cancel` can interrupt."""
    text, _, folders = await athena._rewrite_data_paths(query, database, catalog)
    engine = duckdb.connect(":memory:")

    def fetch() -> dict[str, Any]:
        # Without it the CSV reader is strict where a cast is TRY_CAST.
        engine.execute("SET disabled_optimizers = 'type_pushdown'")
        if execution["Status"]["State"] != "RUNNING":
            return {"columns": [], "rows": []}
        engine.execute(text)
        described = engine.description or []
        types = [str(column[1]).upper().split("(")[0].strip() for column in described]
        return {
            "columns": [column[0] for column in described],
            "column_types": [athena._DUCKDB_TYPE_MAP.get(name, "varchar") for name in types],
            # Results are text. Not each of the engine's values could be saved as it is.
            "rows": [
                [None if value is None else athena._datum_text(value) for value in row]
                for row in engine.fetchall()
            ],
        }

    try:
        with _engines.on(execution["QueryExecutionId"], engine):
            return await asyncio.to_thread(fetch)
    finally:
        engine.close()
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)
