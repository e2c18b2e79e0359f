"""Files of UNLOAD: their names, and what is in them."""

# The engine takes no parameters for tables and files: names and literals are quoted here.
# ruff: noqa: S608

from __future__ import annotations

import bz2
import gzip
import json
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
from sqlglot import exp

from local.cloud.services.redshift_data import authorization, encoded, load
from local.cloud.services.redshift_data.authorization import TransferError
from local.cloud.services.redshift_data.unload import Unload
from local.cloud.services.redshift_data.warehouse import Warehouse

#: Each writes files of its own where PARALLEL is not off.
SLICES = 2

#: What the rows are kept in while they are written, and the column of their numbers.
_ROWS, _NUMBER = "temp.main.local_unload", "local_unload_number"

#: What Hive escapes in the name of a folder.
_ESCAPED = re.compile(r"[\x00-\x1f\"#%'*/:=?\\\x7f{\[\]^]")


class _File(NamedTuple):
    key: str
    body: bytes
    rows: int


@dataclass
class _Rows:
    """Where the rows are, and how they are written."""

    unload: Unload
    cursor: duckdb.DuckDBPyConnection
    #: Names and types of all columns.
    columns: dict[str, str]
    #: Of the files' names.
    prefix: str
    #: A file that the engine may write.
    place: Path

    def written(self) -> list[str]:
        """The columns that files have."""
        apart = [] if self.unload.include else self.unload.partition_by
        return [name for name in self.columns if name not in apart]


def run(
    unload: Unload,
    query: str,
    cursor: duckdb.DuckDBPyConnection,
    warehouse: Warehouse,
) -> int:
    """Write what a query selects, with the rights of the statement.

    Args:
        unload: how, and where to.
        query: in the engine's dialect.
        cursor: in the transaction that is open.
        warehouse: whose roles may be named.

    Returns:
        The number of rows.

    Raises:
        TransferError: where files are there already, or S3 refuses.
    """
    s3 = authorization.client(unload.authorization, warehouse)
    bucket, prefix = authorization.address("UNLOAD", unload.to)
    if unload.partition_by and not prefix.endswith("/"):
        prefix += "/"
    cursor.execute(
        f"CREATE TEMP TABLE local_unload AS SELECT row_number() OVER () AS {_NUMBER}, * "
        f"FROM ({query})"
    )
    staging = tempfile.TemporaryDirectory(dir=load.staging())
    with authorization.in_words(unload.to), staging as folder:
        columns = _columns(unload, cursor)
        rows = _Rows(unload, cursor, columns, prefix, Path(folder) / "rows")
        _make_way(rows, s3, bucket)
        entries = []
        for file in _files(rows):
            s3.put_object(Bucket=bucket, Key=file.key, Body=file.body)
            meta = {"content_length": len(file.body), "record_count": file.rows}
            entries.append({"url": f"s3://{bucket}/{file.key}", "meta": meta})
        if unload.manifest:
            text = json.dumps(_manifest(rows, entries))
            s3.put_object(Bucket=bucket, Key=f"{prefix}manifest", Body=text.encode())
    # Where something fails, the transaction is undone, and this with it.
    cursor.execute(f"DROP TABLE {_ROWS}")
    return sum(entry["meta"]["record_count"] for entry in entries)


def _columns(unload: Unload, cursor: duckdb.DuckDBPyConnection) -> dict[str, str]:
    found = cursor.execute(f"SELECT column_name, column_type FROM (DESCRIBE {_ROWS})").fetchall()
    columns = {name: kind for name, kind in found if name != _NUMBER}
    if missing := [name for name in unload.partition_by if name not in columns]:
        raise TransferError(f'column "{missing[0]}" of PARTITION BY is not in the select list')
    if not unload.include and set(unload.partition_by) == set(columns):
        raise TransferError("PARTITION BY leaves no column for the files: name INCLUDE, or fewer")
    return columns


def _make_way(rows: _Rows, s3: Any, bucket: str) -> None:
    """Look whether files may be written, or delete those that are there, as is asked."""
    flags, prefix = rows.unload.flags, rows.prefix
    if "ALLOWOVERWRITE" in flags:
        return
    there = authorization.keys_below(s3, bucket, prefix)
    if "CLEANPATH" in flags:
        folders = [prefix + folder for folder, _ in _partitions(rows)]
        for key in there:
            if any(key.startswith(folder) for folder in folders):
                s3.delete_object(Bucket=bucket, Key=key)
    elif there:
        raise TransferError(
            "Specified unload destination on S3 is not empty. Consider using a different bucket / "
            "prefix, manually removing the target files in S3, or using the ALLOWOVERWRITE option."
        )


def _partitions(rows: _Rows) -> Iterator[tuple[str, str]]:
    """The folder of each partition below the prefix, and which rows are its own."""
    names = rows.unload.partition_by
    if not names:
        yield "", "true"
        return
    values = ", ".join(f"CAST({_name(name)} AS VARCHAR)" for name in names)
    found = rows.cursor.execute(f"SELECT DISTINCT {values} FROM {_ROWS} ORDER BY ALL").fetchall()
    for of in found:
        folders = (f"{name}={_folder(value)}/" for name, value in zip(names, of, strict=True))
        own = " AND ".join(
            f"{one} IS NOT DISTINCT FROM {exp.convert(value).sql('duckdb')}"
            for one, value in zip(values.split(", "), of, strict=True)
        )
        yield "".join(folders), own


def _files(rows: _Rows) -> Iterator[_File]:
    unload = rows.unload
    compressed = ".gz" if "GZIP" in unload.flags else ".bz2" if "BZIP2" in unload.flags else ""
    ending = ".parquet" if unload.format == "PARQUET" else compressed
    if unload.extension is not None:
        ending = f".{unload.extension}"
    slices = SLICES if unload.parallel else 1
    for folder, own in _partitions(rows):
        for number in range(slices):
            where = f"{own} AND {_NUMBER} % {slices} = {(number + 1) % slices}"
            for part, (body, count) in enumerate(_parts(rows, where)):
                name = f"{number:04}_part_{part:02}" if unload.parallel else f"{part:03}"
                yield _File(f"{rows.prefix}{folder}{name}{ending}", body, count)


def _parts(rows: _Rows, where: str) -> Iterator[tuple[bytes, int]]:
    """The files of a slice: bodies, and their numbers of rows."""
    unload, cursor = rows.unload, rows.cursor
    names = ", ".join(_name(name) for name in rows.written())
    select = f"SELECT {names} FROM {_ROWS} WHERE {where} ORDER BY {_NUMBER}"
    if unload.format == "PARQUET":
        place = str(rows.place).replace("'", "''")
        options = "FORMAT parquet, COMPRESSION snappy"
        [(count,)] = cursor.execute(f"COPY ({select}) TO '{place}' ({options})").fetchall()
        if count:
            yield rows.place.read_bytes(), count
        return
    lines = encoded.lines(unload, rows.written(), cursor.execute(select))
    header = encoded.header(unload, rows.written())
    pending, size, count = [header], len(header), 0
    for line in lines:
        if count and size + len(line) > unload.largest:
            yield _compressed(unload, b"".join(pending)), count
            pending, size, count = [header], len(header), 0
        pending.append(line)
        size += len(line)
        count += 1
    # JSON has no file without a row.
    if count or unload.format != "JSON":
        yield _compressed(unload, b"".join(pending)), count


def _compressed(unload: Unload, body: bytes) -> bytes:
    if "GZIP" in unload.flags:
        return gzip.compress(body, mtime=0)
    return bz2.compress(body) if "BZIP2" in unload.flags else body


def _manifest(rows: _Rows, entries: list[dict[str, Any]]) -> dict[str, Any]:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_UNLOAD_command_examples.html"""
    if not rows.unload.verbose:
        keep = ("url", "meta") if rows.unload.format == "PARQUET" else ("url",)
        return {"entries": [{member: entry[member] for member in keep} for entry in entries]}
    elements = [
        {"name": name, "type": {"base": encoded.type_name(rows.columns[name])}}
        for name in rows.written()
    ]
    metas = [entry["meta"] for entry in entries]
    return {
        "entries": entries,
        "schema": {"elements": elements},
        "meta": {
            member: sum(meta[member] for meta in metas)
            for member in ("content_length", "record_count")
        },
        "author": {"name": "Amazon Redshift", "version": "1.0.0"},
    }


def _folder(value: str | None) -> str:
    if value is None:
        return "__HIVE_DEFAULT_PARTITION__"
    return _ESCAPED.sub(lambda found: f"%{ord(found[0]):02X}", value)


def _name(name: str) -> str:
    return exp.to_identifier(name, quoted=True).sql("duckdb")
