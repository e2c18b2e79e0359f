"""The files of a table as a relation of the engine, with the columns that the catalog says.

https://docs.aws.amazon.com/athena/latest/ug/handling-schema-updates-chapter.html
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
from ministack.services import athena

from local.cloud.services.athena import types
from local.cloud.services.athena.sql import QueryError


def relation(entry: Any, files: list[str]) -> str:
    """The engine's text for the files of a table, or of one of its partitions.

    Args:
        entry: the table as the catalog has it, without partition keys.
        files: paths of copies of its files, which are the query's own.

    Raises:
        QueryError: HIVE_BAD_DATA where a file is not of the table's format, NOT_SUPPORTED for Avro.
    """
    kind = athena._data_format(entry)
    if kind == "avro":
        raise QueryError("NOT_SUPPORTED: the local cloud does not read tables in Avro")
    if kind == "orc":
        files = [_from_orc(file, entry) for file in files]
    if kind not in ("orc", "parquet"):
        # Hive writes a null so, and the emulator reads it as text.
        return str(athena._table_relation(entry, files)).replace(
            "null_padding = true", "null_padding = true, nullstr = '\\N'"
        )
    plain = {**entry, "Parameters": {"classification": "parquet"}}
    reader = str(athena._table_relation(plain, files))
    columns = (entry.get("StorageDescriptor") or {}).get("Columns") or []
    return f"(SELECT {_columns(columns, reader)} FROM {reader})" if columns else reader  # noqa: S608 -- of the catalog


def _columns(columns: list[dict[str, str]], reader: str) -> str:
    """The columns of the table by name; one that no file has is null."""
    try:
        with duckdb.connect() as engine:
            described = engine.execute(f"DESCRIBE SELECT * FROM {reader}").fetchall()  # noqa: S608 -- of the catalog
    except duckdb.Error as error:
        raise QueryError(f"HIVE_BAD_DATA: {error}") from error
    found = {name.lower(): name for name, *_ in described}
    return ", ".join(
        f"{_named(found[name.lower()])} AS {_named(name)}"
        if name.lower() in found
        else f"CAST(NULL AS {types.of_engine(column['Type'])}) AS {_named(name)}"
        for column in columns
        for name in [column["Name"]]
    )


def _named(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _from_orc(file: str, entry: Any) -> str:
    """A copy of an ORC file in a format that the engine reads.

    Columns go by their place, unless the table says otherwise:
    https://docs.aws.amazon.com/athena/latest/ug/orc-serde.html
    """
    # Only tables in ORC pay for it.
    from pyarrow import ArrowException, orc, parquet

    storage = entry["StorageDescriptor"]
    try:
        content = orc.read_table(file)
    except (ArrowException, OSError) as error:
        raise QueryError(f"HIVE_BAD_DATA: Malformed ORC file. {error}") from error
    properties = (storage.get("SerdeInfo") or {}).get("Parameters") or {}
    if properties.get("orc.column.index.access", "true") != "false":
        names = [column["Name"] for column in storage.get("Columns") or []]
        kept = content.column_names[: len(names)]
        content = content.select(kept).rename_columns(names[: len(kept)])
    copy = Path(file).with_name(f"{Path(file).name}.parquet")
    parquet.write_table(content, copy)
    return str(copy)
