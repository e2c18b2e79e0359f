"""The tables of a query as relations of the engine: files, partitions, views."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from typing import Any

from ministack.services import athena, glue
from sqlglot import Expr, exp

from local.cloud.services.athena import formats, projection, rights, sql
from local.cloud.services.athena.sql import QueryError

_VIEW = re.compile(r"/\* Presto View: (\S+) \*/")

#: Views in views.
_DEEPEST = 20


class Tables:
    """Makes the engine's text of statements, with the data of the tables that they read."""

    def __init__(self, key: str, database: str) -> None:
        """Take who asks.

        Args:
            key: the access key of the caller, who needs the rights to all that is read.
            database: the one that names without one are of.
        """
        self._key = key
        #: The one that names without one are of.
        self.database = database or "default"
        self._relations: dict[str, str] = {}
        #: Folders with copies of the data, to be removed when the query has ended.
        self.folders: list[str] = []

    def text(self, statement: Expr) -> str:
        """A query in the engine's dialect.

        Raises:
            QueryError: where a table or its data is not there, or not for the caller.
        """
        return self._text(statement, self.database, 0)

    def _text(self, statement: Expr, database: str, depth: int) -> str:
        if depth > _DEEPEST:
            raise QueryError("VIEW_IS_RECURSIVE: line 1:1: the view is recursive")
        own = {cte.alias_or_name.lower() for cte in statement.find_all(exp.CTE)}
        for table in list(statement.find_all(exp.Table)):
            if not table.name or (not table.db and table.name.lower() in own):
                continue
            owner, name = (table.db or database).lower(), table.name.lower()
            place = f"__relation_{len(self._relations)}"
            self._relations[place] = ""
            self._relations[place] = self._relation(owner, name, depth)
            if not table.alias:
                table.set("alias", exp.TableAlias(this=exp.to_identifier(name, quoted=True)))
            table.set("this", exp.to_identifier(place, quoted=True))
            table.set("db", None)
            table.set("catalog", None)
        for column in statement.find_all(exp.Column):
            # The relation goes by the table's name alone.
            column.set("db", None)
            column.set("catalog", None)
        text = statement.sql(dialect="duckdb")
        for place, relation in self._relations.items():
            text = text.replace(f'"{place}"', relation)
        return text

    def _relation(self, database: str, name: str, depth: int) -> str:
        entry = rights.require_table(self._key, database, name)
        if entry.get("TableType") == "VIRTUAL_VIEW":
            found = _VIEW.fullmatch(entry.get("ViewOriginalText") or "")
            if found is None:
                raise QueryError(f"NOT_SUPPORTED: {database}.{name} is no view of Athena's")
            view = json.loads(base64.b64decode(found[1]))
            return f"({self._text(sql.parsed(view['originalSql']), view['schema'], depth + 1)})"
        location = (entry.get("StorageDescriptor") or {}).get("Location")
        if not location:
            return str(athena._empty_relation(entry))
        if not entry.get("PartitionKeys"):
            return self._files(entry, location) or str(athena._empty_relation(entry))
        return self._partitioned(database, name, entry)

    def _partitioned(self, database: str, name: str, entry: Any) -> str:
        """The registered partitions, or those projected, each with its values."""
        keys = entry["PartitionKeys"]
        plain = {**entry, "PartitionKeys": []}
        parts = []
        for values, location in self._partitions(database, name, entry):
            files = self._files(plain, location)
            if files is not None:
                constants = ", ".join(
                    f"TRY_CAST('{_quoted(value)}' AS {athena._duckdb_type(key)}) AS "
                    f'"{key["Name"]}"'
                    for key, value in zip(keys, values, strict=True)
                )
                parts.append(f"SELECT *, {constants} FROM {files}")  # noqa: S608 -- of the catalog
        if not parts:
            return str(athena._empty_relation(entry))
        return f"({' UNION ALL BY NAME '.join(parts)})"

    def _partitions(self, database: str, name: str, entry: Any) -> Iterator[tuple[list[str], str]]:
        if projection.is_projected(entry):
            yield from projection.partitions(entry)
            return
        rights.require(self._key, "glue:GetPartitions", *rights.table_arns(database, name))
        for one in glue._partitions.get(f"{database}/{name}", []):
            yield one["Values"], one["StorageDescriptor"]["Location"]

    def _files(self, entry: Any, location: str) -> str | None:
        """The relation of all files at a location; None where there is none."""
        rights.require_data(self._key, location)
        files = athena._materialize_table_files(location, self.folders)
        if not files:
            return None
        return formats.relation(entry, files)


def _quoted(text: str) -> str:
    return text.replace("'", "''")
