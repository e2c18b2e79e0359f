"""Columns and values as GetStatementResult answers them."""

from __future__ import annotations

import base64
import decimal
from typing import Any

import duckdb

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


def keep(entry: dict[str, Any], cursor: duckdb.DuckDBPyConnection) -> None:
    """Keep the result that a cursor has with the statement whose it is."""
    entry["_columns"] = [
        {"name": name, "label": name, "typeName": type_name(kind), "nullable": 1}
        for name, kind, *_ in cursor.description
    ]
    entry["_rows"] = [[field(value) for value in row] for row in cursor.fetchall()]
    entry["HasResultSet"] = True
    entry["ResultRows"] = len(entry["_rows"])


def type_name(kind: Any) -> str:
    """Redshift's name of a type of the engine's."""
    name = str(kind).split("(")[0]
    return "numeric" if name in ("DECIMAL", "HUGEINT") else _TYPE_NAMES.get(name, name.lower())


def field(value: Any) -> dict[str, Any]:
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
