"""Schemas of Parquet files as Hive has them, and which files are one table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from local.cloud.services.glue.crawlers import Failed

#: Share of columns that two files of one table have in common.
#: https://docs.aws.amazon.com/glue/latest/dg/crawler-s3-folder-table-partition.html
ALIKE = 0.7

#: DuckDB's types as Hive's. What is not here is nested, or a decimal.
_TYPES = {
    "boolean": "boolean",
    "tinyint": "tinyint",
    "smallint": "smallint",
    "integer": "int",
    "bigint": "bigint",
    "utinyint": "smallint",
    "usmallint": "int",
    "uinteger": "bigint",
    "ubigint": "decimal(20,0)",
    "hugeint": "decimal(38,0)",
    "float": "float",
    "double": "double",
    "varchar": "string",
    "json": "string",
    "uuid": "string",
    "blob": "binary",
    "date": "date",
    "time": "string",
    "timestamp": "timestamp",
    "timestamp_s": "timestamp",
    "timestamp_ms": "timestamp",
    "timestamp_ns": "timestamp",
    "timestamp with time zone": "timestamp",
}


@dataclass
class File:
    """A Parquet file: what its footer says."""

    key: str
    size: int
    columns: dict[str, str]
    rows: int
    #: None for a file without rows, which has nothing to compress.
    compression: str | None


@dataclass
class Table:
    """What is to be in the catalog."""

    #: Folder with a slash at the end, or one file.
    path: str
    files: list[File]
    #: Names of the partition keys.
    keys: list[str] = field(default_factory=list)
    #: Folder of each partition, and its values.
    partitions: dict[str, list[str]] = field(default_factory=dict)

    def columns(self) -> dict[str, str]:
        """All files' columns."""
        found: dict[str, str] = {}
        for file in self.files:
            for name, kind in file.columns.items():
                found.setdefault(name, kind)
        return {name: kind for name, kind in found.items() if name not in self.keys}


def read(path: Path) -> tuple[dict[str, str], int, str | None]:
    """Columns, rows and compression of a Parquet file, of which the footer is enough."""
    with duckdb.connect() as local:
        described = local.read_parquet(str(path), hive_partitioning=False)
        columns = {
            name.lower(): _hive_type(kind)
            for name, kind in zip(described.columns, described.types, strict=True)
        }
        rows = _one(local, "SELECT num_rows FROM parquet_file_metadata(?)", path)
        codec = _one(local, "SELECT any_value(compression) FROM parquet_metadata(?)", path)
        return columns, rows, codec


def _one(local: duckdb.DuckDBPyConnection, query: str, path: Path) -> Any:
    """The one value that a query about a file gives."""
    return local.execute(query, [str(path)]).fetchall()[0][0]


def _hive_type(kind: Any) -> str:
    """A type of DuckDB's as Hive writes it."""
    name = str(kind.id)
    if name == "decimal":
        parts = dict(kind.children)
        return f"decimal({parts['precision']},{parts['scale']})"
    if name in ("list", "array"):
        return f"array<{_hive_type(dict(kind.children)['child'])}>"
    if name == "map":
        parts = dict(kind.children)
        return f"map<{_hive_type(parts['key'])},{_hive_type(parts['value'])}>"
    if name == "struct":
        members = (f"{key.lower()}:{_hive_type(child)}" for key, child in kind.children)
        return f"struct<{','.join(members)}>"
    if name not in _TYPES:
        raise Failed(f"the local cloud knows no type of Hive's for {kind}")
    return _TYPES[name]


def grouped(bucket: str, folder: str, files: list[File], combines: bool) -> Iterator[Table]:
    """One table of files that are alike, with folders as partitions; else a table a folder.

    https://docs.aws.amazon.com/glue/latest/dg/crawler-s3-folder-table-partition.html
    """
    depths = {file.key.removeprefix(folder).count("/") for file in files}
    alike = _compatible if combines else _alike
    # One that says all that files are compared by.
    first = next((file for file in files if file.compression is not None), files[0])
    if len(depths) == 1 and all(alike(first, file) for file in files):
        yield _partitioned(bucket, folder, files, depths.pop())
        return
    below: dict[str, list[File]] = {}
    for file in files:
        part, slash, _ = file.key.removeprefix(folder).partition("/")
        below.setdefault(folder + part + slash, []).append(file)
    for path, inside in below.items():
        if path.endswith("/"):
            yield from grouped(bucket, path, inside, combines)
        else:
            yield Table(bucket + path, inside)


def _alike(one: File, other: File) -> bool:
    codecs = {one.compression, other.compression} - {None}
    if len(codecs) > 1:
        return False
    shared = len(one.columns.items() & other.columns.items())
    return shared >= ALIKE * max(len(one.columns), len(other.columns))


def _compatible(one: File, other: File) -> bool:
    both = one.columns.keys() & other.columns.keys()
    return all(one.columns[name] == other.columns[name] for name in both)


def _partitioned(bucket: str, folder: str, files: list[File], depth: int) -> Table:
    table = Table(bucket + folder, files)
    if depth == 0:
        return table
    paths = [file.key.removeprefix(folder).split("/")[:-1] for file in files]
    for level in range(depth):
        names = {path[level].partition("=")[0].lower() for path in paths if "=" in path[level]}
        named = len(names) == 1 and all("=" in path[level] for path in paths)
        table.keys.append(names.pop() if named else f"partition_{level}")
    for path in paths:
        values = [part.rpartition("=")[2] for part in path]
        table.partitions[f"{bucket}{folder}{'/'.join(path)}/"] = values
    return table
