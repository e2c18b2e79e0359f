"""What the engine knows of a table, in Redshift's terms."""

from __future__ import annotations

import re
from typing import NamedTuple

import duckdb
from sqlglot import exp

_LENGTH = re.compile(r"strlen\((.+)\) <= (\d+)")


class Column(NamedTuple):
    """One of a table."""

    name: str
    #: The engine's.
    kind: str
    nullable: bool
    #: The default as an expression; None where there is none.
    default: str | None
    #: Bytes of a text at most; None for other types.
    length: int | None


class Table(NamedTuple):
    """A table or a view that is there."""

    schema: str
    name: str
    temporary: bool
    view: bool
    columns: list[Column]


def temporary(cursor: duckdb.DuckDBPyConnection) -> set[str]:
    """The names of a session's temporary tables, in small letters."""
    rows = cursor.execute("SELECT table_name FROM duckdb_tables() WHERE temporary").fetchall()
    return {str(name).lower() for (name,) in rows}


def is_temporary(table: exp.Table, names: set[str]) -> bool:
    """Whether a statement means a temporary table, of those with these names."""
    return not table.db and table.name.lower() in names


def find(cursor: duckdb.DuckDBPyConnection, table: exp.Table) -> Table:
    """The table or view that a statement means.

    Raises:
        ValueError: where there is none.
    """
    found = cursor.execute(
        "SELECT database_name, schema_name, table_name, temporary, false FROM duckdb_tables() "
        "WHERE lower(table_name) = lower($name) UNION ALL "
        "SELECT database_name, schema_name, view_name, temporary, true FROM duckdb_views() "
        "WHERE lower(view_name) = lower($name) AND NOT internal",
        {"name": table.name},
    ).fetchall()
    [(path,)] = cursor.execute("SELECT current_setting('search_path')").fetchall()
    searched = [table.db.lower()] if table.db else ["", *re.findall(r"[^,\"']+", path.lower())]
    for schema in searched:
        for database, own, name, is_temp, view in found:
            if is_temp == (schema == "") and (is_temp or own.lower() == schema):
                columns = _columns(cursor, database, own, name)
                return Table(own, name, is_temp, view, columns)
    raise ValueError(f'relation "{table.name}" does not exist')


def _columns(
    cursor: duckdb.DuckDBPyConnection, database: str, schema: str, name: str
) -> list[Column]:
    where = "WHERE database_name = ? AND schema_name = ? AND table_name = ?"
    which = [database, schema, name]
    checks = cursor.execute(
        f"SELECT expression FROM duckdb_constraints() {where} AND constraint_type = 'CHECK'",  # noqa: S608
        which,
    ).fetchall()
    lengths = {
        found[1].strip('"').replace('""', '"'): int(found[2])
        for (text,) in checks
        if (found := _LENGTH.search(text))
    }
    members = "column_name, data_type, is_nullable, column_default"
    rows = cursor.execute(
        f"SELECT {members} FROM duckdb_columns() {where} ORDER BY column_index",  # noqa: S608
        which,
    ).fetchall()
    return [
        Column(column, kind, nullable, default, lengths.get(column))
        for column, kind, nullable, default in rows
    ]
