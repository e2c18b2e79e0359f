"""Statements on the Data Catalog: databases, partitions, and what is shown of tables.

https://docs.aws.amazon.com/athena/latest/ug/ddl-reference.html
"""

from __future__ import annotations

import fnmatch
import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, unquote

from ministack.services import glue, s3

from local.cloud.core.answers import Response
from local.cloud.services.athena import rights
from local.cloud.services.athena.sql import QueryError

#: Columns, rows, and the columns' types.
Result = dict[str, Any]

_NAME = r"[`\"]?([\w-]+)[`\"]?"
_TABLE = rf"(?:{_NAME}\.)?{_NAME}"
_STRING = r"'((?:[^']|'')*)'"

#: Hive's width of a column of DESCRIBE.
_WIDTH = 20


def shown(name: str, rows: list[str]) -> Result:
    """A result of one column of text."""
    return {"columns": [name], "column_types": ["string"], "rows": [[row] for row in rows]}


NOTHING: Result = {"columns": [], "rows": []}


def result(query: str, key: str, database: str) -> Result | None:
    """Run a statement on the catalog; None where the text is none.

    Args:
        query: its text.
        key: the access key of the caller.
        database: the one that names without one are of.

    Raises:
        QueryError: where it fails.
    """
    text = query.strip().rstrip(";").rstrip()
    for pattern, run in _STATEMENTS:
        if (found := pattern.fullmatch(text)) is not None:
            return run(found, key, database or "default")
    return None


def done(answer: Response) -> Result:
    """What a call of Glue comes to."""
    if answer[0] >= 300:
        error = json.loads(answer[2])
        raise QueryError(f"FAILED: {error.get('__type', '')}: {error.get('message', '')}")
    return NOTHING


def _create_database(found: re.Match[str], key: str, _database: str) -> Result:
    exists, name, comment, location, properties = found.groups()
    name = name.lower()
    rights.require(key, "glue:CreateDatabase", *rights.database_arns(name))
    if name in glue._databases:
        if exists:
            return NOTHING
        raise QueryError(f"FAILED: SemanticException [Error 10242]: Database {name} already exists")
    given = {
        "Name": name,
        **({"Description": comment} if comment else {}),
        **({"LocationUri": location} if location else {}),
        "Parameters": dict(re.findall(rf"{_STRING}\s*=\s*{_STRING}", properties or "")),
    }
    return done(glue._create_database({"DatabaseInput": given}))


def _drop_database(found: re.Match[str], key: str, _database: str) -> Result:
    exists, name, how = found.groups()
    name = name.lower()
    rights.require(key, "glue:DeleteDatabase", *rights.database_arns(name))
    if name not in glue._databases:
        if exists:
            return NOTHING
        raise QueryError(
            f"FAILED: SemanticException [Error 10072]: Database does not exist: {name}"
        )
    if (how or "").upper() != "CASCADE" and any(_tables_of(name)):
        raise QueryError(
            "FAILED: Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask. "
            f"InvalidOperationException(message:Database {name} is not empty. One or more tables "
            "exist.)"
        )
    return done(glue._delete_database({"Name": name}))


def _tables_of(database: str) -> Iterator[tuple[str, Any]]:
    for path, table in sorted(glue._tables.items()):
        owner, _, name = path.partition("/")
        if owner == database:
            yield name, table


def _table(found: re.Match[str], key: str, database: str, first: int = 1) -> tuple[str, str, Any]:
    """The database, name and entry of the table that two groups of a match name."""
    name = (found[first] or database).lower(), found[first + 1].lower()
    rights.require_database(key, name[0])
    rights.require(key, "glue:GetTable", *rights.table_arns(*name))
    entry = glue._tables.get("/".join(name))
    if entry is None:
        raise QueryError(
            f"FAILED: SemanticException [Error 10001]: Table not found {name[0]}.{name[1]}"
        )
    return *name, entry


def _show_databases(found: re.Match[str], key: str, _database: str) -> Result:
    rights.require(key, "glue:GetDatabases", *rights.database_arns("*"))
    return shown("database_name", _like(found[1], sorted(glue._databases)))


def _show_tables(found: re.Match[str], key: str, database: str) -> Result:
    name = (found[1] or database).lower()
    rights.require_database(key, name)
    rights.require(key, "glue:GetTables", *rights.table_arns(name, "*"))
    return shown("tab_name", _like(found[2], [table for table, _ in _tables_of(name)]))


def _show_views(found: re.Match[str], key: str, database: str) -> Result:
    name = (found[1] or database).lower()
    rights.require_database(key, name)
    rights.require(key, "glue:GetTables", *rights.table_arns(name, "*"))
    views = [view for view, table in _tables_of(name) if table.get("TableType") == "VIRTUAL_VIEW"]
    return shown("views", _like(found[2], views))


def _like(pattern: str | None, names: list[str]) -> list[str]:
    """Those of a pattern of Hive's: `*` for anything, `|` between patterns."""
    patterns = (pattern or "*").split("|")
    return [name for name in names if any(fnmatch.fnmatchcase(name, one) for one in patterns)]


def columns_of(entry: Any) -> list[dict[str, Any]]:
    """Columns of a table, those that it is partitioned by last."""
    return [
        *((entry.get("StorageDescriptor") or {}).get("Columns") or []),
        *(entry.get("PartitionKeys") or []),
    ]


def _show_columns(found: re.Match[str], key: str, database: str) -> Result:
    # The database may stand behind the table as well.
    _, _, entry = _table(found, key, found[3] or database)
    return shown("field", [column["Name"] for column in columns_of(entry)])


def _describe(found: re.Match[str], key: str, database: str) -> Result:
    _, _, entry = _table(found, key, database)
    keys = entry.get("PartitionKeys") or []
    rows = [_line(column) for column in columns_of(entry)]
    if keys:
        rows += [
            _line({}),
            _line({"Name": "# Partition Information"}),
            _line({"Name": "# col_name", "Type": "data_type", "Comment": "comment"}),
            _line({}),
            *(_line(column) for column in keys),
        ]
    return {
        "columns": ["col_name", "data_type", "comment"],
        "column_types": ["string"] * 3,
        # Each row is one text, as Hive prints it.
        "rows": [[row] for row in rows],
    }


def _line(column: dict[str, Any]) -> str:
    parts = (column.get(part) or "" for part in ("Name", "Type", "Comment"))
    return "\t".join(part.ljust(_WIDTH) for part in parts)


def _show_create_table(found: re.Match[str], key: str, database: str) -> Result:
    name, table, entry = _table(found, key, database)
    storage = entry.get("StorageDescriptor") or {}
    serde = storage.get("SerdeInfo") or {}

    def listed(columns: list[dict[str, Any]]) -> str:
        return ", \n".join(f"  `{column['Name']}` {column['Type']}" for column in columns)

    def pairs(values: dict[str, Any]) -> str:
        return ", \n".join(f"  '{one}'='{value}'" for one, value in sorted(values.items()))

    keys = entry.get("PartitionKeys") or []
    text = "\n".join(
        [
            f"CREATE EXTERNAL TABLE `{name}.{table}`(",
            f"{listed(storage.get('Columns') or [])})",
            *([f"PARTITIONED BY ( \n{listed(keys)})"] if keys else []),
            f"ROW FORMAT SERDE \n  '{serde.get('SerializationLibrary', '')}' ",
            "WITH SERDEPROPERTIES ( ",
            f"{pairs(serde.get('Parameters') or {})}) ",
            f"STORED AS INPUTFORMAT \n  '{storage.get('InputFormat', '')}' ",
            f"OUTPUTFORMAT \n  '{storage.get('OutputFormat', '')}'",
            f"LOCATION\n  '{storage.get('Location', '')}'",
            "TBLPROPERTIES (",
            f"{pairs(entry.get('Parameters') or {})})",
        ]
    )
    return shown("createtab_stmt", text.split("\n"))


def _show_properties(found: re.Match[str], key: str, database: str) -> Result:
    _, _, entry = _table(found, key, database)
    parameters = sorted((entry.get("Parameters") or {}).items())
    return shown("prpt_name", [f"{name}\t{value}" for name, value in parameters])


def _show_partitions(found: re.Match[str], key: str, database: str) -> Result:
    name, table, entry = _table(found, key, database)
    rights.require(key, "glue:GetPartitions", *rights.table_arns(name, table))
    keys = _keys(name, table, entry)
    partitions = glue._partitions.get(f"{name}/{table}", [])
    return shown("partition", sorted(partition_path(keys, one["Values"]) for one in partitions))


def _keys(database: str, table: str, entry: Any) -> list[str]:
    keys = [str(column["Name"]) for column in entry.get("PartitionKeys") or []]
    if not keys:
        raise QueryError(f"FAILED: SemanticException table {database}.{table} is not partitioned")
    return keys


def partition_path(keys: list[str], values: list[str]) -> str:
    """The folder of a partition, as Hive names it."""
    return "/".join(
        f"{one}={quote(value, safe=' ')}" for one, value in zip(keys, values, strict=True)
    )


def add_partition(database: str, table: str, values: list[str], location: str, key: str) -> bool:
    """Register a partition; whether it was not there.

    Raises:
        QueryError: where the caller may not.
    """
    rights.require(key, "glue:BatchCreatePartition", *rights.table_arns(database, table))
    entry = glue._tables[f"{database}/{table}"]
    storage = {**(entry.get("StorageDescriptor") or {}), "Location": location}
    given = {"Values": values, "StorageDescriptor": storage, "Parameters": {}}
    wanted = {"DatabaseName": database, "TableName": table, "PartitionInputList": [given]}
    return not json.loads(glue._batch_create_partition(wanted)[2])["Errors"]


_PARTITION = re.compile(
    rf"\s*PARTITION\s*\(([^)]*)\)\s*(?:LOCATION\s*{_STRING})?\s*", re.IGNORECASE
)
_VALUE = re.compile(rf"\s*{_NAME}\s*=\s*(?:{_STRING}|(-?[\w.]+))\s*")


def _partitions(text: str, keys: list[str]) -> Iterator[tuple[list[str], str | None]]:
    """The values and the location of each partition that is named."""
    place = 0
    while place < len(text):
        found = _PARTITION.match(text, place)
        if found is None:
            raise QueryError(f"FAILED: ParseException line 1:{place} near '{text[place:]}'")
        values = [_VALUE.fullmatch(one) for one in found[1].split(",")]
        given = {one[1].lower(): one[2] if one[3] is None else one[3] for one in values if one}
        if set(given) != {key.lower() for key in keys}:
            raise QueryError(
                "FAILED: SemanticException partition spec "
                f"{{{found[1]}}} does not have the columns {', '.join(keys)}"
            )
        yield [given[key.lower()] for key in keys], found[2]
        place = found.end()


def _add_partitions(found: re.Match[str], key: str, database: str) -> Result:
    name, table, entry = _table(found, key, database)
    keys = _keys(name, table, entry)
    base = str(entry["StorageDescriptor"]["Location"]).rstrip("/")
    for values, location in _partitions(found[4], keys):
        where = location or f"{base}/{partition_path(keys, values)}"
        if not add_partition(name, table, values, where.rstrip("/"), key) and not found[3]:
            raise QueryError(
                "FAILED: AlreadyExistsException(message:Partition already exists: "
                f"{partition_path(keys, values)})"
            )
    return NOTHING


def _drop_partitions(found: re.Match[str], key: str, database: str) -> Result:
    name, table, entry = _table(found, key, database)
    keys = _keys(name, table, entry)
    rights.require(key, "glue:DeletePartition", *rights.table_arns(name, table))
    there = glue._partitions.get(f"{name}/{table}", [])
    for values, _ in _partitions(found[4].replace("),", ") "), keys):
        if not any(one["Values"] == values for one in there) and not found[3]:
            raise QueryError(
                "FAILED: SemanticException [Error 10006]: Partition not found "
                f"{partition_path(keys, values)}"
            )
        wanted = {"DatabaseName": name, "TableName": table, "PartitionValues": values}
        glue._delete_partition(wanted)
    return NOTHING


def _repair(found: re.Match[str], key: str, database: str) -> Result:
    """Register the folders that are named as Hive names partitions."""
    name, table, entry = _table(found, key, database)
    keys = _keys(name, table, entry)
    location = str(entry["StorageDescriptor"]["Location"]).rstrip("/")
    rights.require_data(key, location)
    bucket, _, prefix = location.removeprefix("s3://").partition("/")
    depth = len(keys)
    folders = {
        "/".join(object_key.removeprefix(f"{prefix}/").split("/")[:depth])
        for object_key in list(s3._buckets[bucket]["objects"])
        if object_key.startswith(f"{prefix}/")
    }
    rows = []
    for folder in sorted(folders):
        parts = [part.partition("=") for part in folder.split("/")]
        if [part[0].lower() for part in parts] == [one.lower() for one in keys]:
            values = [unquote(part[2]) for part in parts]
            if add_partition(name, table, values, f"{location}/{folder}", key):
                rows.append(f"Repair: Added partition to metastore {table}:{folder}")
    return shown("", rows)


def _statement(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern.replace(" ", r"\s+"), re.IGNORECASE | re.DOTALL)


_DATABASE = r"(?:DATABASE|SCHEMA)"
_OF = rf"(?: (?:IN|FROM) {_NAME})?"
_LIKE = rf"(?: (?:LIKE )?{_STRING})?"

_STATEMENTS: list[tuple[re.Pattern[str], Callable[[re.Match[str], str, str], Result]]] = [
    (
        _statement(
            rf"CREATE {_DATABASE}( IF NOT EXISTS)? {_NAME}(?: COMMENT {_STRING})?"
            rf"(?: LOCATION {_STRING})?(?: WITH DBPROPERTIES\s*(\(.*\)))?"
        ),
        _create_database,
    ),
    (
        _statement(rf"DROP {_DATABASE}( IF EXISTS)? {_NAME}(?: (RESTRICT|CASCADE))?"),
        _drop_database,
    ),
    (_statement(rf"SHOW {_DATABASE}S{_LIKE}"), _show_databases),
    (_statement(rf"SHOW TABLES{_OF}{_LIKE}"), _show_tables),
    (_statement(rf"SHOW VIEWS{_OF}{_LIKE}"), _show_views),
    (_statement(rf"SHOW COLUMNS (?:IN|FROM) {_TABLE}{_OF}"), _show_columns),
    (_statement(rf"SHOW PARTITIONS {_TABLE}"), _show_partitions),
    (_statement(rf"SHOW CREATE TABLE {_TABLE}"), _show_create_table),
    (_statement(rf"SHOW TBLPROPERTIES {_TABLE}"), _show_properties),
    (_statement(rf"(?:DESCRIBE|DESC)(?: EXTENDED| FORMATTED)? {_TABLE}"), _describe),
    (_statement(rf"ALTER TABLE {_TABLE} ADD( IF NOT EXISTS)? (PARTITION.*)"), _add_partitions),
    (_statement(rf"ALTER TABLE {_TABLE} DROP( IF EXISTS)? (PARTITION.*)"), _drop_partitions),
    (_statement(rf"MSCK REPAIR TABLE {_TABLE}"), _repair),
]
