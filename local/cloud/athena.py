"""Athena as AWS has it where ministack differs.

Workgroups enforce, results lie where the API says they do, a query has its caller's rights on
catalog and objects, speaks Trino's SQL, and does no more once it is stopped.
"""

from __future__ import annotations

import asyncio
import contextvars
import csv
import io
import json
import shutil
import time
from typing import Any
from urllib.parse import urlparse

import duckdb
import sqlglot
from ministack.services import athena, glue, s3
from sqlglot import exp

from local.cloud.core import auth, seam
from local.cloud.core.at_work import AtWork
from local.cloud.core.settings import ACCOUNT, REGION

#: The access key of the call that is being served, for the query that it starts.
_caller: contextvars.ContextVar[str] = contextvars.ContextVar("athena_caller")

_plain_start = athena._start_query_execution
_plain_load = athena.load_persisted_state

#: What runs the queries.
_engines = AtWork()

_AT_WORK = ("QUEUED", "RUNNING")


class QueryError(Exception):
    """Why a query failed, as GetQueryExecution tells it."""


def install() -> None:
    """Put these in the place of ministack's own."""
    plain = athena.handle_request

    async def handle_request(
        method: str, path: str, headers: dict[str, str], body: bytes, query_params: dict
    ) -> seam.Response:
        _caller.set(seam.caller(headers, query_params))
        return await plain(method, path, headers, body, query_params)

    athena.handle_request = handle_request
    athena._start_query_execution = _start
    athena._execute_query = _execute
    athena._stop_query_execution = _stop
    athena.load_persisted_state = _load
    auth.resources_of("athena", _resource)


def _resource(operation: str, content: dict[str, Any]) -> str:
    """The workgroup of a call; a query is that of its workgroup.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonathena.html
    """
    if "ResourceARN" in content:
        return str(content["ResourceARN"])
    if operation.endswith("DataCatalog") or "CatalogName" in content:
        name = content.get("CatalogName", content.get("Name", "*"))
        return f"arn:aws:athena:{REGION}:{ACCOUNT}:datacatalog/{name}"
    ids = content.get("QueryExecutionIds") or [content.get("QueryExecutionId")]
    execution = athena._executions.get(ids[0])
    if execution is not None:
        workgroup = execution["WorkGroup"]
    elif operation.endswith("WorkGroup"):
        workgroup = content.get("WorkGroup", content.get("Name"))
    elif operation in ("ListWorkGroups", "ListDataCatalogs", "ListEngineVersions"):
        return "*"
    else:
        workgroup = content.get("WorkGroup", "primary")
    return f"arn:aws:athena:{REGION}:{ACCOUNT}:workgroup/{workgroup}"


def _refused(message: str) -> seam.Response:
    return seam.json_answer({"__type": "InvalidRequestException", "Message": message}, 400)


def _start(data: dict[str, Any]) -> seam.Response:
    """Start a query where its workgroup says.

    https://docs.aws.amazon.com/athena/latest/ug/workgroups-settings-override.html: with an enforced
    configuration the location and the encryption that the client names are ignored.
    """
    name = data.get("WorkGroup", "primary")
    workgroup = athena._workgroups.get(name)
    if workgroup is None:
        return _refused(f"WorkGroup is not found. WorkGroup: {name}")
    if workgroup.get("State", "ENABLED") != "ENABLED":
        return _refused(f"WorkGroup {name} is disabled.")
    configuration = workgroup.get("Configuration") or {}
    wanted = dict(data.get("ResultConfiguration") or {})
    default = configuration.get("ResultConfiguration") or {}
    if configuration.get("EnforceWorkGroupConfiguration") and default.get("OutputLocation"):
        wanted = dict(default)
    location = wanted.get("OutputLocation") or default.get("OutputLocation")
    if location:
        wanted["OutputLocation"] = location if location.endswith("/") else f"{location}/"
    return _plain_start({**data, "WorkGroup": name, "ResultConfiguration": wanted})


def _load(data: dict[str, Any]) -> None:
    """Take up what was saved; what ran a query ended with the process."""
    _plain_load(data)
    for execution in athena._executions.values():
        if execution["Status"]["State"] in _AT_WORK:
            _end(execution, "FAILED", "The local cloud ended while the query ran.")


def _stop(data: dict[str, Any]) -> seam.Response:
    """Stop a query; one that has ended stays as it is.

    https://docs.aws.amazon.com/athena/latest/APIReference/API_StopQueryExecution.html
    """
    identifier = data.get("QueryExecutionId", "")
    execution = athena._executions.get(identifier)
    if execution is None:
        return _refused(f"QueryExecution {identifier} was not found")
    if execution["Status"]["State"] in _AT_WORK:
        _end(execution, "CANCELLED", "Query was cancelled by user")
        _engines.interrupt(identifier)
    return seam.json_answer({})


def stop_all() -> None:
    """Stop what is at work, as `_stop` does."""
    for identifier in _engines.ids():
        _stop({"QueryExecutionId": identifier})


def _end(execution: dict[str, Any], state: str, reason: str = "") -> None:
    execution["Status"].update(
        State=state, StateChangeReason=reason, CompletionDateTime=int(time.time())
    )


async def _execute(
    query_id: str, query: str, database: str, ddl: Any, catalog: str | None = None
) -> None:
    execution = athena._executions.get(query_id)
    status, statistics = execution["Status"], execution["Statistics"]
    if status["State"] != "QUEUED":
        return
    status["State"] = "RUNNING"
    started = time.time()
    try:
        key = _caller.get()
        location = execution["ResultConfiguration"]["OutputLocation"]
        _require_output(key, location)
        if ddl is not None:
            _require_ddl(key, ddl, database)
            results = athena._run_ddl(ddl, database)
        else:
            translated = _translate(query)
            _require_tables(key, translated, database)
            results = await _run(execution, translated.sql(dialect="duckdb"), database, catalog)
        if status["State"] == "RUNNING":
            execution["_results"] = {"columns": results["columns"], "rows": results["rows"]}
            execution["_column_types"] = results.get("column_types") or ["varchar"] * len(
                results["columns"]
            )
            await asyncio.to_thread(_write_results, location, results, ddl is None)
        if status["State"] == "RUNNING":
            _end(execution, "SUCCEEDED")
    except Exception as error:
        # What was stopped fails by that.
        if status["State"] == "RUNNING":
            _end(execution, "FAILED", str(error))
            execution["_error"] = str(error)
    milliseconds = int((time.time() - started) * 1000)
    statistics["EngineExecutionTimeInMillis"] = milliseconds
    statistics["TotalExecutionTimeInMillis"] = milliseconds


async def _run(
    execution: dict[str, Any], query: str, database: str, catalog: str | None
) -> dict[str, Any]:
    """Run a query by an engine of its own, which `_stop` can interrupt."""
    sql, _, folders = await athena._rewrite_data_paths(query, database, catalog)
    engine = duckdb.connect(":memory:")

    def fetch() -> dict[str, Any]:
        # Without it the CSV reader is strict where a cast is TRY_CAST.
        engine.execute("SET disabled_optimizers = 'type_pushdown'")
        if execution["Status"]["State"] != "RUNNING":
            return {"columns": [], "rows": []}
        engine.execute(sql)
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


def _translate(query: str) -> exp.Expression:
    try:
        statements = [s for s in sqlglot.parse(query.rstrip().rstrip(";"), dialect="athena") if s]
    except sqlglot.errors.ParseError as error:
        first = error.errors[0] if error.errors else {}
        raise QueryError(
            f"SYNTAX_ERROR: line {first.get('line', 1)}:{first.get('col', 1)}: "
            f"{first.get('description', str(error))}"
        ) from error
    if len(statements) != 1:
        raise QueryError("Only one sql statement is allowed.")
    statement = statements[0]
    if not isinstance(statement, exp.Query):
        verb = query.split(None, 1)[0].upper()
        raise QueryError(f"NOT_SUPPORTED: the local cloud does not run {verb} in Athena")
    for source in statement.find_all(exp.Table, exp.Lateral):
        # The engine has table functions that read this machine's files; Athena has none of them.
        if isinstance(source.this, exp.Func) and not isinstance(source.this, exp.Unnest):
            name = source.this.name if isinstance(source.this, exp.Anonymous) else ""
            raise QueryError(
                "FUNCTION_NOT_FOUND: line 1:1: Table function "
                f"'{name or source.this.sql_name().lower()}' not registered"
            )
    return statement


def _glue_arn(resource: str) -> str:
    return f"arn:aws:glue:{REGION}:{ACCOUNT}:{resource}"


def _require(key: str, action: str, *arns: str) -> None:
    for arn in arns:
        message = auth.refusal(key, action, arn, action.split(":", 1)[0])
        if message is not None:
            raise QueryError(f"Insufficient permissions to execute the query. {message}")


def _require_output(key: str, location: str) -> None:
    target = urlparse(location)
    if s3._buckets.get(target.netloc) is None:
        raise QueryError(
            "Unable to verify/create output bucket " + target.netloc + ". The bucket does not exist"
        )
    _require(key, "s3:GetBucketLocation", f"arn:aws:s3:::{target.netloc}")
    _require(key, "s3:PutObject", f"arn:aws:s3:::{target.netloc}{target.path}")


def _require_ddl(key: str, ddl: Any, database: str) -> None:
    name = ddl.database or database or "default"
    action = "glue:DeleteTable" if isinstance(ddl, athena._DropTable) else "glue:CreateTable"
    _require_database(key, name)
    arns = (
        _glue_arn("catalog"),
        _glue_arn(f"database/{name}"),
        _glue_arn(f"table/{name}/{ddl.table}"),
    )
    _require(key, "glue:GetTable", *arns)
    _require(key, action, *arns)


def _require_database(key: str, name: str) -> None:
    _require(key, "glue:GetDatabase", _glue_arn("catalog"), _glue_arn(f"database/{name}"))
    if name not in glue._databases:
        raise QueryError(f"SCHEMA_NOT_FOUND: line 1:1: Schema '{name}' does not exist")


def _require_tables(key: str, statement: exp.Expression, database: str) -> None:
    own = {cte.alias_or_name.lower() for cte in statement.find_all(exp.CTE)}
    for table in statement.find_all(exp.Table):
        if not table.name or (not table.db and table.name.lower() in own):
            continue
        name = (table.db or database or "default").lower()
        _require_database(key, name)
        arns = (
            _glue_arn("catalog"),
            _glue_arn(f"database/{name}"),
            _glue_arn(f"table/{name}/{table.name.lower()}"),
        )
        _require(key, "glue:GetTable", *arns)
        entry = glue._tables.get(f"{name}/{table.name.lower()}")
        if entry is None:
            raise QueryError(
                f"TABLE_NOT_FOUND: line 1:1: Table 'awsdatacatalog.{name}.{table.name.lower()}' "
                "does not exist"
            )
        # The catalog has lower-case names, and so must the query that ministack looks them up by.
        table.set("this", exp.to_identifier(table.name.lower(), quoted=table.this.quoted))
        if table.db:
            table.set("db", exp.to_identifier(name, quoted=True))
        _require_data(key, (entry.get("StorageDescriptor") or {}).get("Location"))


def _require_data(key: str, location: str | None) -> None:
    if not location:
        return
    target = urlparse(location)
    bucket = f"arn:aws:s3:::{target.netloc}"
    if s3._buckets.get(target.netloc) is None:
        raise QueryError(
            f"HIVE_FILESYSTEM_ERROR: the bucket of the table's location {location} does not exist"
        )
    _require(key, "s3:ListBucket", bucket)
    prefix = target.path.rstrip("/") + "/"
    for name in list(s3._buckets[target.netloc]["objects"]):
        if f"/{name}".startswith(prefix) and not name.endswith("/"):
            _require(key, "s3:GetObject", f"{bucket}/{name}")


def _write_results(location: str, results: dict[str, Any], is_query: bool) -> None:
    """Write the result as Athena does: every value in quotes, a null as nothing at all.

    https://docs.aws.amazon.com/athena/latest/ug/querying-finding-output-files.html
    """
    target = urlparse(location)
    lines = io.StringIO()
    if is_query:
        writer = csv.writer(lines, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow(results["columns"])
        for row in results["rows"]:
            lines.write(",".join(_quoted(value) for value in row) + "\n")
    content = {
        target.path.lstrip("/"): lines.getvalue().encode(),
        f"{target.path.lstrip('/')}.metadata": json.dumps(
            {"columns": results["columns"], "types": results.get("column_types", [])}
        ).encode(),
    }
    for key, data in content.items():
        answer = s3._put_object(
            target.netloc, key, data, {"content-type": "text/csv", "content-length": str(len(data))}
        )
        if isinstance(answer, tuple) and answer[0] >= 300:
            raise QueryError(f"the result could not be written to {location}: {answer[2].decode()}")


def _quoted(value: str | None) -> str:
    return "" if value is None else '"' + value.replace('"', '""') + '"'
