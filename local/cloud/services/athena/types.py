"""Types of columns: Hive's, as the catalog has them, and the engine's."""

from __future__ import annotations

import sqlglot
from ministack.services import athena
from sqlglot import exp

from local.cloud.services.athena.sql import QueryError

#: The engine's types that Hive has another name of.
_HIVE = {
    "INTEGER": "int",
    "VARCHAR": "string",
    "BLOB": "binary",
    "HUGEINT": "bigint",
    "TIMESTAMP_S": "timestamp",
    "TIMESTAMP_MS": "timestamp",
    "TIMESTAMP_NS": "timestamp",
    "TIMESTAMP WITH TIME ZONE": "timestamp",
}


def of_results(engine: str) -> str:
    """The type of a column of results, by the engine's."""
    if engine.endswith("]"):
        return "array"
    name = engine.upper().split("(")[0].strip()
    if name.startswith("TIMESTAMP_"):
        return "timestamp"
    return str(athena._DUCKDB_TYPE_MAP.get(name, "varchar"))


def of_engine(hive: str) -> str:
    """The engine's type of Hive's."""
    return sqlglot.parse_one(hive, into=exp.DataType, dialect="hive").sql(dialect="duckdb")


def hive(column: str, engine: str) -> str:
    """Hive's type of the engine's; raises `QueryError` where it has none."""
    if engine == '"NULL"' or engine == "NULL":
        raise QueryError(f"COLUMN_TYPE_UNKNOWN: line 1:1: Column type is unknown: {column}")
    if engine in _HIVE:
        return _HIVE[engine]
    parsed = sqlglot.parse_one(engine, into=exp.DataType, dialect="duckdb")
    # Hive writes types without spaces.
    return parsed.sql(dialect="hive").lower().replace(" ", "")
