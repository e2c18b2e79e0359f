"""Views of Athena in the Data Catalog.

https://docs.aws.amazon.com/athena/latest/ug/views.html
"""

from __future__ import annotations

import base64
import json
import re

from ministack.services import glue
from sqlglot import exp

from local.cloud.services.athena import catalog, rights, sql, types
from local.cloud.services.athena.sql import QueryError
from local.cloud.services.athena.writing import Writing


async def create(query: str, statement: exp.Create, writing: Writing) -> catalog.Result:
    """Register a view in the form of Athena's; raises `QueryError`."""
    database, name = sql.named(statement.this, writing.tables.database)
    path = f"{database}/{name}"
    known = glue._tables.get(path)
    rights.require_change(
        writing.key, "CreateTable" if known is None else "UpdateTable", database, name
    )
    if known is not None and not statement.args.get("replace"):
        raise QueryError(
            f"TABLE_ALREADY_EXISTS: line 1:1: View already exists: '{database}.{name}'"
        )
    if known is not None and known.get("TableType") != "VIRTUAL_VIEW":
        raise QueryError(f"TABLE_ALREADY_EXISTS: line 1:1: '{database}.{name}' is a table")
    original = re.split(r"\bAS\b", query, maxsplit=1, flags=re.IGNORECASE)[1].strip().rstrip(";")
    select = writing.tables.text(sql.parsed(original))
    described = await writing.work(lambda engine: engine.execute(f"DESCRIBE {select}").fetchall())
    columns = [
        {"Name": str(row[0]).lower(), "Type": types.hive(str(row[0]), str(row[1]))}
        for row in described
    ]
    view = {
        "originalSql": original,
        "catalog": "awsdatacatalog",
        "schema": writing.tables.database or "default",
        "columns": [{"name": one["Name"], "type": one["Type"]} for one in columns],
    }
    text = base64.b64encode(json.dumps(view).encode()).decode()
    table = {
        "Name": name,
        "TableType": "VIRTUAL_VIEW",
        "ViewOriginalText": f"/* Presto View: {text} */",
        "ViewExpandedText": "/* Presto View */",
        "Parameters": {"presto_view": "true", "comment": "Presto View"},
        "PartitionKeys": [],
        "StorageDescriptor": {"Columns": columns, "Location": "", "SerdeInfo": {}},
    }
    call = glue._create_table if known is None else glue._update_table
    return catalog.done(call({"DatabaseName": database, "TableInput": table}))


def drop(statement: exp.Drop, writing: Writing) -> catalog.Result:
    """Take a view out of the catalog; raises `QueryError`."""
    (table,) = statement.args["tables"]
    database, name = sql.named(table, writing.tables.database)
    rights.require_change(writing.key, "DeleteTable", database, name)
    entry = glue._tables.get(f"{database}/{name}")
    if entry is None or entry.get("TableType") != "VIRTUAL_VIEW":
        if entry is None and statement.args.get("exists"):
            return catalog.NOTHING
        raise QueryError(f"VIEW_NOT_FOUND: line 1:1: View '{database}.{name}' does not exist")
    return catalog.done(glue._delete_table({"DatabaseName": database, "Name": name}))
