"""Statements with the values of a request's parameters."""

from __future__ import annotations

import duckdb


def run(
    cursor: duckdb.DuckDBPyConnection, text: str, values: dict[str, str]
) -> duckdb.DuckDBPyConnection:
    """Run a text in the engine's dialect, with those of some parameters' values that it names."""
    used = {name: value for name, value in values.items() if f"${name}" in text}
    return cursor.execute(text, used) if used else cursor.execute(text)
