"""COPY from S3, as Redshift does it: with a role's rights, all or nothing.

https://docs.aws.amazon.com/redshift/latest/dg/r_COPY.html
"""

# The engine takes no parameters for tables and files: names and literals are quoted here.
# ruff: noqa: S608

from __future__ import annotations

import bz2
import gzip
import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
from botocore.exceptions import ClientError
from sqlglot import exp

from local.cloud.services.redshift_data import authorization, catalog, objects, records
from local.cloud.services.redshift_data.authorization import TransferError
from local.cloud.services.redshift_data.copy_from_s3 import Copy
from local.cloud.services.redshift_data.typed import Typed, literal, typed
from local.cloud.services.redshift_data.warehouse import Warehouse

_staging = Path()

#: A row of Redshift's has 4 MB at most; here with its quotes.
_LINE_BYTES = 16 * 1024 * 1024
_NOT_UTF8 = re.compile("[\ud800-\udfff]")


def start(folder: Path) -> None:
    """Keep what is fetched in a folder, and remove what a kill left there."""
    global _staging
    _staging = folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def staging() -> Path:
    """The one folder that the SQL engine may read and write files in."""
    return _staging


class _Object(NamedTuple):
    address: str
    body: bytes


class _WrongField(Exception):
    """Why a field cannot be loaded."""


@dataclass
class _Load:
    """A COPY that is at work."""

    copy: Copy
    columns: list[catalog.Column]
    s3: Any
    #: Why rows are left out, each with its place.
    wrong: list[str] = field(default_factory=list)

    def refuse(self, reason: str) -> None:
        """Leave a row out, or fail where there are too many.

        Raises:
            TransferError: for the last one that is too many.
        """
        self.wrong.append(reason)
        if len(self.wrong) >= max(1, self.copy.max_error):
            raise failed(self.copy, self.wrong[0])


def failed(copy: Copy, detail: str) -> TransferError:
    """What is raised where a load fails."""
    return TransferError(
        f"Load into table '{copy.table.name}' failed. Check 'sys_load_error_detail' system table "
        f"for details: {detail}"
    )


def run(copy: Copy, cursor: duckdb.DuckDBPyConnection, warehouse: Warehouse) -> int:
    """Load the objects into the table, inside the transaction that is open.

    Returns:
        The number of rows.

    Raises:
        TransferError: for a role that cannot be used, objects that it cannot read, or bad rows.
    """
    s3 = authorization.client(copy.authorization, warehouse)
    table = catalog.find(cursor, copy.table)
    known = {column.name: column for column in table.columns}
    names = copy.columns or list(known)
    if unknown := [name for name in names if name not in known]:
        raise TransferError(f'column "{unknown[0]}" of relation "{table.name}" does not exist')
    load = _Load(copy, [known[name] for name in names], s3)
    with tempfile.TemporaryDirectory(dir=_staging) as folder:
        with authorization.in_words(copy.source):
            found = list(_objects(copy, s3))
        try:
            if copy.format == "PARQUET":
                source = _parquet(load, cursor, found, Path(folder))
            else:
                source = _typed(load, cursor, found, Path(folder) / "rows")
            into = copy.table.sql(dialect="duckdb", identify=True)
            quoted = ", ".join(exp.to_identifier(n, quoted=True).sql("duckdb") for n in names)
            [(count,)] = cursor.execute(f"INSERT INTO {into} ({quoted}) {source}").fetchall()
        except duckdb.ConstraintException as error:
            null = "NOT NULL" in str(error)
            what = "Missing data for not-null field" if null else "String length exceeds DDL length"
            raise failed(copy, f"{what}: {error}") from error
        except duckdb.InterruptException:
            raise
        except duckdb.Error as error:
            raise failed(copy, str(error)) from error
    return int(count)


def _objects(copy: Copy, s3: Any) -> Iterator[_Object]:
    """The objects of a COPY: all whose key begins with the path, or a manifest's."""
    bucket, prefix = authorization.address("COPY", copy.source)
    if "MANIFEST" in copy.flags:
        wanted = _manifest(copy, s3.get_object(Bucket=bucket, Key=prefix)["Body"].read())
    else:
        keys = authorization.keys_below(s3, bucket, prefix)
        wanted = [(f"s3://{bucket}/{key}", True) for key in keys if not key.endswith("/")]
    count = 0
    for address, mandatory in wanted:
        where, key = authorization.address("COPY", address)
        try:
            # Not download_file, whose HEAD is refused without a word of what is missing.
            body = s3.get_object(Bucket=where, Key=key)["Body"].read()
        except ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchKey" and not mandatory:
                continue
            raise
        count += 1
        yield _Object(address, _plain(copy, address, body))
    if not count:
        raise TransferError(f"The specified S3 prefix '{prefix}' does not exist")


def _manifest(copy: Copy, body: bytes) -> list[tuple[str, bool]]:
    """Addresses of a manifest, and whether each has to be there.

    https://docs.aws.amazon.com/redshift/latest/dg/loading-data-files-using-manifest.html
    """
    try:
        entries = json.loads(body)["entries"]
        found = [(str(entry["url"]), entry.get("mandatory") is True) for entry in entries]
        if copy.format == "PARQUET":
            for entry in entries:
                int(entry["meta"]["content_length"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise TransferError(
            f"The manifest {copy.source} is not valid: {type(error).__name__} {error}"
        ) from error
    return found


def _plain(copy: Copy, address: str, body: bytes) -> bytes:
    try:
        if "GZIP" in copy.flags:
            return gzip.decompress(body)
        return bz2.decompress(body) if "BZIP2" in copy.flags else body
    except (OSError, EOFError, ValueError) as error:
        raise failed(copy, f"{address} is not compressed as the statement says") from error


def _parquet(
    load: _Load, cursor: duckdb.DuckDBPyConnection, found: list[_Object], folder: Path
) -> str:
    """The query of the columns of Parquet files, in their order.

    https://docs.aws.amazon.com/redshift/latest/dg/copy-usage_notes-copy-from-columnar.html
    """
    selects = []
    for number, one in enumerate(found):
        file = folder / str(number)
        file.write_bytes(one.body)
        source = f"read_parquet({literal(str(file))}, hive_partitioning = false)"
        columns = cursor.execute(
            f"SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM {source})"
        ).fetchall()
        missing = len(load.columns) - len(columns)
        if missing < 0 or (missing and "FILLRECORD" not in load.copy.flags):
            raise TransferError(
                f"Spectrum Scan Error: Unmatched number of columns between table and file. Table "
                f"columns: {len(load.columns)}, Data columns: {len(columns)}, File name: "
                f"{one.address}"
            )
        for column, (name, kind) in zip(load.columns, columns, strict=False):
            if not _fits(kind, column.kind):
                raise TransferError(
                    f"Spectrum Scan Error: File '{one.address}' has an incompatible Parquet schema "
                    f"for column '{one.address}.{name}'. Column type: {column.kind}, Parquet "
                    f"schema: {kind}"
                )
        nulls = "".join(", NULL" for _ in range(missing))
        selects.append(f"SELECT *{nulls} FROM {source}")
    return " UNION ALL ".join(selects)


#: Types of Parquet that a column of another type takes.
_TAKES = {
    "BIGINT": ("INTEGER", "SMALLINT", "TINYINT"),
    "INTEGER": ("SMALLINT", "TINYINT"),
    "SMALLINT": ("TINYINT",),
    "DOUBLE": ("FLOAT",),
    "VARCHAR": ("BLOB", "ENUM"),
    "TIMESTAMP": ("TIMESTAMP_NS", "TIMESTAMP_MS", "TIMESTAMP_S", "TIMESTAMP WITH TIME ZONE"),
    "TIMESTAMP WITH TIME ZONE": ("TIMESTAMP", "TIMESTAMP_NS", "TIMESTAMP_MS"),
}


def _fits(kind: str, column: str) -> bool:
    of_file, own = kind.split("(")[0], column.split("(")[0]
    return of_file == own or of_file in _TAKES.get(own, ())


def _typed(load: _Load, cursor: duckdb.DuckDBPyConnection, found: list[_Object], file: Path) -> str:
    """The query of the rows that can be loaded, with their values; what cannot is refused."""
    with file.open("wb") as rows:
        for number, one in enumerate(found):
            for record in _records(load, one):
                line = _line(load, one, number, record)
                if line is not None:
                    rows.write(line)
    names = [f"c{place}" for place in range(len(load.columns))]
    values = [
        typed(load.copy, name, column.kind)
        for name, column in zip(names, load.columns, strict=True)
    ]
    raw = ", ".join(f"'{name}': 'VARCHAR'" for name in ("file", "line", *names))
    source = (
        f"read_csv({literal(str(file))}, auto_detect = false, header = false, delim = ',', "
        f"quote = '\"', escape = '\"', columns = {{{raw}}}, nullstr = '\\N', "
        f"allow_quoted_nulls = false, max_line_size = {_LINE_BYTES}, parallel = false)"
    )
    wrong = _wrong(load, names, values)
    of_files = [one.address for one in found]
    limit = max(1, load.copy.max_error)
    for place, text, number, line in cursor.execute(
        f"SELECT place, CASE place {_cases(names)} END, file, line "
        f"FROM (SELECT *, {wrong} AS place FROM {source}) WHERE place IS NOT NULL LIMIT {limit}"
    ).fetchall():
        column = load.columns[place]
        load.refuse(
            f"Invalid value '{text}' for column \"{column.name}\" of type {column.kind}, "
            f"{of_files[int(number)]} line {line}"
        )
    selected = ", ".join(value.value for value in values)
    return f"SELECT {selected} FROM {source} WHERE {wrong} IS NULL"


def _cases(names: list[str]) -> str:
    return " ".join(f"WHEN {place} THEN {name}" for place, name in enumerate(names))


def _wrong(load: _Load, names: list[str], values: list[Typed]) -> str:
    """The first column, by its place, whose text is no value of its type; null where all are."""
    cases = [
        f"WHEN {name} IS NOT NULL AND ({value.value}) IS NULL THEN {place}"
        for place, (name, value) in enumerate(zip(names, values, strict=True))
        if value.strict and load.columns[place].kind != "VARCHAR"
    ]
    return f"CASE {' '.join(cases)} END" if cases else "CAST(NULL AS INTEGER)"


def _records(load: _Load, one: _Object) -> Iterator[records.Record]:
    copy = load.copy
    text = one.body.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    if copy.format != "JSON":
        return records.lines(copy, text)
    names = [column.name for column in load.columns]
    if copy.json.lower() in ("auto", "auto ignorecase"):
        return objects.records(text, objects.by_name(names, copy.json.lower() != "auto"))
    if not copy.json.startswith("s3://"):
        raise TransferError(
            f"the COPY option JSON '{copy.json}' is not supported by the local cloud"
        )
    bucket, key = authorization.address("COPY", copy.json)
    with authorization.in_words(copy.json):
        content = load.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    return objects.records(text, objects.by_paths(content, names))


def _line(load: _Load, one: _Object, number: int, record: records.Record) -> bytes | None:
    """A record as the engine reads it; None where it is refused."""
    fields, wanted = record.fields, len(load.columns)
    wrong = record.wrong
    if not wrong and load.copy.format == "TEXT" and len(fields) == wanted + 1 and not fields[-1]:
        # A delimiter after the last field is none too many.
        fields = fields[:-1]
    if not wrong and len(fields) < wanted and "FILLRECORD" in load.copy.flags:
        fields = [*fields, *[""] * (wanted - len(fields))]
    if not wrong and len(fields) != wanted:
        wrong = "Extra column(s) found" if len(fields) > wanted else "Delimiter not found"
    column = ""
    values = []
    if not wrong:
        for of, text in zip(load.columns, fields, strict=True):
            try:
                values.append(_field(load.copy, of, text))
            except _WrongField as error:
                wrong, column = str(error), f' for column "{of.name}"'
                break
    if wrong:
        load.refuse(f"{wrong}{column}, {one.address} line {record.line}")
        return None
    cells = ("\\N" if v is None else '"' + v.replace('"', '""') + '"' for v in values)
    return (f'"{number}","{record.line}",' + ",".join(cells) + "\n").encode()


def _field(copy: Copy, column: catalog.Column, text: str | None) -> str | None:
    """A field as it is loaded; None for a null.

    https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-data-conversion.html

    Raises:
        _WrongField: where it does not fit.
    """
    if text is not None and _NOT_UTF8.search(text):
        if copy.replacement is None:
            raise _WrongField("String contains invalid or unsupported UTF8 codepoints")
        text = _NOT_UTF8.sub(copy.replacement, text)
    if text == copy.texts.get("NULL", records.NULL) and copy.format != "JSON":
        text = None
    if text is not None and column.kind == "VARCHAR":
        if "BLANKSASNULL" in copy.flags and text and not text.strip():
            text = None
        elif "TRIMBLANKS" in copy.flags:
            text = text.rstrip()
        if text == "" and "EMPTYASNULL" in copy.flags:
            text = None
        if text is not None and column.length is not None:
            text = _fitting(copy, column.length, text)
    elif text is not None and not text.strip():
        text = None
    if text is None and not column.nullable:
        raise _WrongField("Missing data for not-null field")
    return text


def _fitting(copy: Copy, length: int, text: str) -> str:
    data = text.encode()
    if len(data) <= length:
        return text
    if "TRUNCATECOLUMNS" not in copy.flags:
        raise _WrongField("String length exceeds DDL length")
    return data[:length].decode(errors="ignore")
