"""Statements that write data: CREATE TABLE AS, INSERT INTO, UNLOAD; and views.

https://docs.aws.amazon.com/athena/latest/ug/ctas-insert-into.html
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

import duckdb
import sqlglot
from ministack.services import athena, glue, s3
from sqlglot import Expr, exp

from local.cloud.services.athena import catalog, rights, sql, types, views
from local.cloud.services.athena.sql import QueryError
from local.cloud.services.athena.writing import Writing

_UNLOAD = re.compile(
    r"\s*UNLOAD\s*\((.+)\)\s*TO\s*'(s3://[^']+)'\s*(?:WITH\s*\((.*)\))?\s*;?\s*",
    re.IGNORECASE | re.DOTALL,
)

#: What writes a format, and what is registered for it.
_FORMATS = {"PARQUET": "parquet", "JSON": "json", "TEXTFILE": "csv"}
_STORED_AS = {"PARQUET": "parquet", "JSON": "textfile", "TEXTFILE": "textfile"}
_JSON_SERDE = "org.openx.data.jsonserde.JsonSerDe"


@dataclass(frozen=True)
class _Form:
    """How rows are written."""

    format: str
    delimiter: str = "\x01"
    partitioned: Sequence[str] = ()

    def options(self) -> str:
        """Of the engine's COPY."""
        found = [f"FORMAT {_FORMATS[self.format]}"]
        if self.format == "TEXTFILE":
            delimiter = self.delimiter.replace("'", "''")
            found += ["HEADER false", f"DELIMITER '{delimiter}'", "NULLSTR '\\N'", "QUOTE ''"]
        if self.partitioned:
            names = ", ".join(f'"{one}"' for one in self.partitioned)
            found.append(f"PARTITION_BY ({names})")
        return ", ".join(found)


def is_unload(query: str) -> bool:
    """Whether a text is UNLOAD, which no parser knows."""
    return _UNLOAD.fullmatch(query) is not None


async def result(query: str, statement: Expr | None, writing: Writing) -> catalog.Result:
    """Run a statement that writes; `update_count` of its result is the number of rows.

    Args:
        query: its text.
        statement: as it is parsed; None of one that no parser knows, as UNLOAD.
        writing: for whom, and where.

    Raises:
        QueryError: where it fails, or is of a form that is not run.
    """
    if (unload := _UNLOAD.fullmatch(query)) is not None:
        return await _unload(unload, writing)
    if isinstance(statement, exp.Insert):
        return await _insert(statement, writing)
    if isinstance(statement, exp.Create) and statement.expression is not None:
        if statement.kind == "TABLE":
            return await _create_table(statement, writing)
        if statement.kind == "VIEW":
            return await views.create(query, statement, writing)
    if isinstance(statement, exp.Drop) and statement.args.get("kind") == "VIEW":
        return views.drop(statement, writing)
    verb = " ".join(query.split()[:2]).upper()
    raise QueryError(f"NOT_SUPPORTED: the local cloud does not run this form of {verb} in Athena")


def _properties(text: str) -> dict[str, Any]:
    """Of WITH: texts, numbers, and lists of texts, by their names in small letters."""
    found: dict[str, Any] = {}
    for one in sqlglot.parse_one(f"SELECT {text}", dialect="trino").expressions if text else ():
        if not isinstance(one, exp.EQ):
            raise QueryError(f"SYNTAX_ERROR: line 1:1: {one.sql(dialect='trino')} is no property")
        value = one.expression
        listed = isinstance(value, exp.Array)
        found[one.this.name.lower()] = (
            [item.name for item in value.expressions] if listed else value.name
        )
    return found


def _form(given: dict[str, Any], known: Sequence[str], default: str | None) -> _Form:
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise QueryError(
            f"NOT_SUPPORTED: the local cloud does not know the property {', '.join(unknown)}"
        )
    wanted = given.get("format", default)
    if wanted is None:
        raise QueryError("INVALID_TABLE_PROPERTY: the property format is missing")
    if wanted.upper() not in _FORMATS:
        raise QueryError(
            f"NOT_SUPPORTED: the local cloud does not write {wanted}; it writes "
            f"{', '.join(_FORMATS)}"
        )
    delimiter = given.get("field_delimiter", "\x01")
    return _Form(wanted.upper(), delimiter, tuple(given.get("partitioned_by", ())))


_WRITTEN = ("format", "field_delimiter", "partitioned_by", "write_compression", "compression")


async def _create_table(statement: exp.Create, writing: Writing) -> catalog.Result:
    database, name = sql.named(statement.this, writing.tables.database)
    rights.require_change(writing.key, "CreateTable", database, name)
    if f"{database}/{name}" in glue._tables:
        if statement.args.get("exists"):
            return catalog.NOTHING
        raise QueryError(
            f"TABLE_ALREADY_EXISTS: line 1:1: Destination table 'awsdatacatalog.{database}.{name}' "
            "already exists"
        )
    properties = statement.args.get("properties")
    written = [
        # The name is a word of the dialect's own.
        one.sql(dialect="trino").replace("PARTITIONED_BY=", '"partitioned_by"=')
        for one in (properties.expressions if properties else ())
        if not isinstance(one, exp.WithDataProperty)
    ]
    given = _properties(", ".join(written))
    form = _form(given, (*_WRITTEN, "external_location"), "PARQUET")
    location = _location_of_new(given.get("external_location"), database, name, writing)
    empty = any(
        isinstance(one, exp.WithDataProperty) and one.args.get("no")
        for one in (properties.expressions if properties else ())
    )
    rows = writing.tables.text(statement.expression)
    select = f"SELECT * FROM ({rows}){' LIMIT 0' if empty else ''}"  # noqa: S608 -- a tree's text
    columns, count = await _written(select, form, location, writing)
    keys = [column for column in columns if column["Name"] in form.partitioned]
    _register(database, name, columns, keys, form, location)
    _register_partitions(database, name, [key["Name"] for key in keys], location, writing)
    return {**catalog.NOTHING, "update_count": count, "written": writing.written}


def _location_of_new(wanted: str | None, database: str, name: str, writing: Writing) -> str:
    if wanted is not None and writing.enforced:
        raise QueryError(
            "The Create Table As Select query failed because it was submitted with an "
            "'external_location' property to an Athena Workgroup that enforces a centralized "
            "output location for all queries. Please remove the 'external_location' property and "
            "resubmit the query."
        )
    location = (wanted or f"{writing.output}tables/{writing.identifier}").rstrip("/")
    _require_empty(location, f"table '{database}.{name}'")
    return location


def _require_empty(location: str, of: str) -> None:
    target = urlparse(location)
    bucket = s3._buckets.get(target.netloc)
    if bucket is None:
        raise QueryError(f"HIVE_FILESYSTEM_ERROR: the bucket of {location} does not exist")
    prefix = target.path.strip("/")
    if any(key.startswith(f"{prefix}/") for key in list(bucket["objects"])):
        raise QueryError(
            f"HIVE_PATH_ALREADY_EXISTS: Target directory for {of} already exists: {location}. You "
            "may need to manually clean the data at the location before retrying."
        )


async def _insert(statement: exp.Insert, writing: Writing) -> catalog.Result:
    target = statement.this
    table = target.this if isinstance(target, exp.Schema) else target
    database, name = sql.named(table, writing.tables.database)
    entry = rights.require_table(writing.key, database, name)
    if entry.get("TableType") == "VIRTUAL_VIEW":
        raise QueryError("NOT_SUPPORTED: line 1:1: Inserting into views is not supported")
    columns = catalog.columns_of(entry)
    names = (
        [column.name.lower() for column in target.expressions]
        if isinstance(target, exp.Schema)
        else [column["Name"] for column in columns]
    )
    source = statement.expression
    if isinstance(source, exp.Values):
        source = exp.select("*").from_(exp.alias_(source, "given", table=True))
    text = writing.tables.text(source)
    places = ", ".join(f"c{place}" for place in range(len(names)))
    by_name = dict(zip(names, places.split(", "), strict=True))
    selected = ", ".join(
        f"CAST({by_name.get(column['Name'], 'NULL')} AS {types.of_engine(column['Type'])}) "
        f'AS "{column["Name"]}"'
        for column in columns
    )
    keys = [str(column["Name"]) for column in entry.get("PartitionKeys") or []]
    parameters = ((entry.get("StorageDescriptor") or {}).get("SerdeInfo") or {}).get("Parameters")
    form = _Form(_format_of(entry), (parameters or {}).get("field.delim", "\x01"), tuple(keys))
    location = str(entry["StorageDescriptor"]["Location"]).rstrip("/")
    source = f"({text}) AS source({places})"
    select = f"SELECT {selected} FROM {source}"  # noqa: S608 -- a tree's text
    try:
        _, count = await _written(select, form, location, writing)
    except duckdb.BinderException as error:
        raise QueryError(
            f"SYNTAX_ERROR: line 1:1: Insert query has mismatched column types or numbers: {error}"
        ) from error
    _register_partitions(database, name, keys, location, writing)
    return {**catalog.NOTHING, "update_count": count, "written": writing.written}


def _format_of(entry: Any) -> str:
    kind = athena._data_format(entry)
    found = {"parquet": "PARQUET", "json": "JSON", "csv": "TEXTFILE"}.get(kind)
    library = ((entry.get("StorageDescriptor") or {}).get("SerdeInfo") or {}).get(
        "SerializationLibrary", ""
    )
    if found is None or "OpenCSVSerde" in library:
        raise QueryError(f"NOT_SUPPORTED: the local cloud does not insert into tables of {library}")
    return found


async def _unload(found: re.Match[str], writing: Writing) -> catalog.Result:
    query, location, properties = found.groups()
    form = _form(_properties(properties or ""), _WRITTEN, None)
    location = location.rstrip("/")
    _require_empty(location, "the output")
    rows = writing.tables.text(sql.parsed(query))
    select = f"SELECT * FROM ({rows})"  # noqa: S608 -- a tree's text
    _, count = await _written(select, form, location, writing)
    return {**catalog.NOTHING, "update_count": count, "written": writing.written}


async def _written(
    select: str, form: _Form, location: str, writing: Writing
) -> tuple[list[dict[str, str]], int]:
    """Write the rows of a query below a location; its columns in Hive's types, and their number."""
    with tempfile.TemporaryDirectory(prefix="athena-") as folder:
        place = Path(folder) / ("rows" if form.partitioned else f"rows.{form.format.lower()}")

        def work(engine: duckdb.DuckDBPyConnection) -> tuple[list[dict[str, str]], int]:
            columns = [
                {"Name": str(row[0]).lower(), "Type": types.hive(str(row[0]), str(row[1]))}
                for row in engine.execute(f"DESCRIBE {select}").fetchall()
            ]
            missing = set(form.partitioned) - {column["Name"] for column in columns}
            if missing:
                raise QueryError(
                    f"INVALID_TABLE_PROPERTY: Partition columns {sorted(missing)} not present in "
                    "schema"
                )
            casts = ", ".join(
                f'CAST("{one["Name"]}" AS {types.of_engine(one["Type"])}) AS "{one["Name"]}"'
                for one in columns
            )
            selected = f"SELECT {casts} FROM ({select})"  # noqa: S608 -- a tree's text
            copied = f"COPY ({selected}) TO '{place}' ({form.options()})"
            count = engine.execute(copied).fetchone()
            return columns, int(count[0]) if count else 0

        columns, count = await writing.work(work)
        for number, (path, file) in enumerate(_files(place)):
            name = f"{writing.identifier}_{number}"
            _put(f"{location}/{path}{name}", file.read_bytes(), writing)
    return columns, count


def _files(place: Path) -> Iterator[tuple[str, Path]]:
    """Each file, with the folder below the location that it belongs to."""
    if place.is_file():
        yield "", place
        return
    for file in sorted(path for path in place.rglob("*") if path.is_file()):
        yield f"{file.parent.relative_to(place)}/", file


def _put(address: str, data: bytes, writing: Writing) -> None:
    target = urlparse(address)
    key = target.path.lstrip("/")
    rights.require(writing.key, "s3:PutObject", f"arn:aws:s3:::{target.netloc}/{key}")
    headers = {"content-type": "application/octet-stream", "content-length": str(len(data))}
    answer = s3._put_object(target.netloc, key, data, headers)
    if isinstance(answer, tuple) and answer[0] >= 300:
        raise QueryError(f"HIVE_WRITER_CLOSE_ERROR: {address}: {answer[2].decode()}")
    writing.written.append(address)


def _register(
    database: str,
    name: str,
    columns: list[dict[str, str]],
    keys: list[dict[str, str]],
    form: _Form,
    location: str,
) -> None:
    input_format, output_format, serde = athena._STORED_AS[_STORED_AS[form.format]]
    parameters = {"serialization.format": "1"}
    if form.format == "JSON":
        serde = _JSON_SERDE
    elif form.format == "TEXTFILE":
        serde = athena._LAZY_SIMPLE_SERDE
        parameters |= {"field.delim": form.delimiter}
    table = {
        "Name": name,
        "Owner": "hadoop",
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"EXTERNAL": "TRUE", "has_encrypted_data": "false"},
        "PartitionKeys": keys,
        "StorageDescriptor": {
            "Columns": [column for column in columns if column not in keys],
            "Location": location,
            "InputFormat": input_format,
            "OutputFormat": output_format,
            "SerdeInfo": {"SerializationLibrary": serde, "Parameters": parameters},
        },
    }
    catalog.done(glue._create_table({"DatabaseName": database, "TableInput": table}))


def _register_partitions(
    database: str, name: str, keys: list[str], location: str, writing: Writing
) -> None:
    """Register the folders that the query has written into, where they are not yet."""
    if not keys:
        return
    target = urlparse(location)
    prefix = f"{target.path.lstrip('/')}/"
    folders = {
        key.removeprefix(prefix).rpartition("/")[0]
        for key in list(s3._buckets[target.netloc]["objects"])
        if key.startswith(prefix) and f"/{writing.identifier}_" in key
    }
    for folder in sorted(folders):
        values = [unquote(part.partition("=")[2]) for part in folder.split("/")]
        catalog.add_partition(database, name, values, f"{location}/{folder}", writing.key)
