"""Rows as UNLOAD writes them into text and JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import duckdb

from local.cloud.services.redshift_data.unload import Unload

_FETCHED = 10_000

#: Redshift's names of the engine's types, as manifests have them.
_TYPE_NAMES = {
    "BIGINT": "bigint",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "DECIMAL": "numeric",
    "DOUBLE": "double precision",
    "FLOAT": "real",
    "HUGEINT": "numeric",
    "INTEGER": "integer",
    "SMALLINT": "smallint",
    "TIMESTAMP": "timestamp without time zone",
    "TIMESTAMP WITH TIME ZONE": "timestamp with time zone",
    "VARCHAR": "character varying",
}


def type_name(kind: str) -> str:
    """Redshift's name of a type of the engine's."""
    return _TYPE_NAMES.get(kind.split("(")[0], kind.lower())


def header(unload: Unload, names: list[str]) -> bytes:
    """The line with the columns' names; nothing where none is asked for."""
    return _joined(unload, list(names)) if "HEADER" in unload.flags else b""


def lines(unload: Unload, names: list[str], rows: duckdb.DuckDBPyConnection) -> Iterator[bytes]:
    """The line of each row of a result."""
    while found := rows.fetchmany(_FETCHED):
        for row in found:
            if unload.format == "JSON":
                yield _object(dict(zip(names, row, strict=True)))
            else:
                yield _joined(unload, row)


def _object(row: dict[str, Any]) -> bytes:
    members = (f"{json.dumps(name)}:{_json(value)}" for name, value in row.items())
    return ("{" + ",".join(members) + "}\n").encode()


def _json(value: Any) -> str:
    if value is None:
        return "null"
    number = isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)
    text = _text(value)
    return text if number and math.isfinite(value) else json.dumps(text, ensure_ascii=False)


def _joined(unload: Unload, row: Any) -> bytes:
    return (unload.delimiter.join(_field(unload, value) for value in row) + "\n").encode()


def _field(unload: Unload, value: Any) -> str:
    if value is None:
        return unload.null
    text = _text(value)
    if unload.format == "CSV":
        if text and not any(mark in text for mark in (unload.delimiter, '"', "\n", "\r")):
            return text
        return '"' + text.replace('"', '""') + '"'
    flags = unload.flags
    if "ESCAPE" in flags and isinstance(value, str):
        for mark in ("\\", "\n", "\r", unload.delimiter):
            text = text.replace(mark, f"\\{mark}")
        if "ADDQUOTES" in flags:
            text = text.replace('"', '\\"').replace("'", "\\'")
    return f'"{text}"' if "ADDQUOTES" in flags else text


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    if isinstance(value, datetime):
        text = value.replace(tzinfo=None).isoformat(" ")
        text = text.rstrip("0") if "." in text else text
        return f"{text}{value.isoformat()[-6:].removesuffix(':00')}" if value.tzinfo else text
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, (bytes, bytearray)):
        return value.hex()
    return str(value)
