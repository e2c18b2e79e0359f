"""What a crawl writes into the Data Catalog.

https://docs.aws.amazon.com/glue/latest/dg/crawler-configuration.html
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
from typing import Any

from local.cloud.services.glue.crawlers import Stopped
from local.cloud.services.glue.crawlers.log import Log
from local.cloud.services.glue.crawlers.schema import Table

UPDATE = "UPDATE_IN_DATABASE"
DEPRECATE = "DEPRECATE_IN_DATABASE"
_DELETE = "DELETE_FROM_DATABASE"
_COMBINE = "CombineCompatibleSchemas"


def combines(crawler: dict[str, Any]) -> bool:
    """Whether files are one table as long as no column's type differs."""
    return _configuration(crawler, "Grouping").get("TableGroupingPolicy") == _COMBINE


def _configuration(crawler: dict[str, Any], part: str) -> dict[str, Any]:
    return json.loads(crawler.get("Configuration") or "{}").get(part, {})


class Writer:
    """Writes tables as a crawler's policy says.

    Args:
        glue: a client of the crawler's role.
        crawler: the crawler.
        stop: set to end it.
        log: what is to be told.
        counts: of tables that were `created`, `updated` and `deleted`, which it adds to.
    """

    def __init__(
        self,
        glue: Any,
        crawler: dict[str, Any],
        stop: threading.Event,
        log: Log,
        counts: dict[str, int],
    ) -> None:
        self._glue = glue
        self._crawler = crawler
        self._name: str = crawler["Name"]
        self._stop = stop
        self._log = log
        self._counts = counts

    def write(self, database: str, tables: list[Table]) -> None:
        """Write tables, and see to those whose data is gone.

        Raises:
            Stopped: as soon as it is stopped.
        """
        pages = self._glue.get_paginator("get_tables").paginate(DatabaseName=database)
        there = {table["Name"]: table for page in pages for table in page["TableList"]}
        written = set()
        for table in tables:
            if self._stop.is_set():
                raise Stopped
            name = self._table_name(table, there)
            written.add(name)
            self._write_table(database, name, table, there.get(name))
            self._write_partitions(database, name, table)
        for name, known in there.items():
            mine = (known.get("Parameters") or {}).get("UPDATED_BY_CRAWLER") == self._name
            if mine and name not in written:
                self._drop(database, known)

    def _table_name(self, table: Table, there: dict[str, Any]) -> str:
        """Prefix, and the last part of the path in small letters.

        A name that another place's table has gets the place's hash.
        """
        last = table.path.rstrip("/").rsplit("/", 1)[-1].lower()
        prefix = self._crawler.get("TablePrefix", "").lower()
        name = prefix + re.sub(r"[^a-z0-9_]", "_", last)
        known = there.get(name)
        if known is not None and known["StorageDescriptor"].get("Location") != table.path:
            hashed = hashlib.md5(table.path.encode(), usedforsecurity=False).hexdigest()
            return f"{name}_{hashed}"
        return name

    def _write_table(
        self, database: str, name: str, table: Table, known: dict[str, Any] | None
    ) -> None:
        wanted = self._input(name, table, known)
        if known is None:
            self._glue.create_table(DatabaseName=database, TableInput=wanted)
            self._counts["created"] += 1
            self._log.write("INFO", f"Created table {name} in database {database}")
        elif self._crawler["SchemaChangePolicy"]["UpdateBehavior"] == UPDATE:
            if _is_as(known, wanted):
                return
            self._glue.update_table(DatabaseName=database, TableInput=wanted)
            self._counts["updated"] += 1
            self._log.write("INFO", f"Updated table {name} in database {database}")
        elif not _is_as(known, wanted):
            self._log.write("INFO", f"The schema of table {name} has changed; it is left as it is")

    def _input(self, name: str, table: Table, known: dict[str, Any] | None) -> dict[str, Any]:
        rows = sum(file.rows for file in table.files)
        size = sum(file.size for file in table.files)
        parameters = {
            "CrawlerSchemaDeserializerVersion": "1.0",
            "CrawlerSchemaSerializerVersion": "1.0",
            "UPDATED_BY_CRAWLER": self._name,
            "averageRecordSize": str(size // rows if rows else 0),
            "classification": "parquet",
            "compressionType": "none",
            "objectCount": str(len(table.files)),
            "recordCount": str(rows),
            "sizeKey": str(size),
            "typeOfData": "file",
        }
        columns = [{"Name": n, "Type": t} for n, t in table.columns().items()]
        if known is not None and self._merges():
            there = known["StorageDescriptor"]["Columns"]
            names = {column["Name"] for column in there}
            columns = [*there, *(c for c in columns if c["Name"] not in names)]
        return {
            "Name": name,
            "Owner": "owner",
            "Retention": 0,
            "TableType": "EXTERNAL_TABLE",
            "Parameters": parameters,
            "PartitionKeys": [{"Name": key, "Type": "string"} for key in table.keys],
            "StorageDescriptor": _storage(table.path, columns, parameters),
        }

    def _merges(self) -> bool:
        """Whether columns are only added."""
        output = _configuration(self._crawler, "CrawlerOutput")
        return output.get("Tables", {}).get("AddOrUpdateBehavior") == "MergeNewColumns"

    def _write_partitions(self, database: str, name: str, table: Table) -> None:
        if not table.keys:
            return
        about = {"DatabaseName": database, "TableName": name}
        pages = self._glue.get_paginator("get_partitions").paginate(**about)
        there = {tuple(p["Values"]) for page in pages for p in page["Partitions"]}
        columns = [{"Name": n, "Type": t} for n, t in table.columns().items()]
        new = [
            {
                "Values": values,
                "StorageDescriptor": _storage(path, columns, {"classification": "parquet"}),
                "Parameters": {"classification": "parquet"},
            }
            for path, values in table.partitions.items()
            if tuple(values) not in there
        ]
        # 100 is the API's limit.
        for start in range(0, len(new), 100):
            self._glue.batch_create_partition(**about, PartitionInputList=new[start : start + 100])
        if new:
            self._log.write("INFO", f"Added {len(new)} partitions to table {name}")
        gone = there - {tuple(values) for values in table.partitions.values()}
        if self._crawler["SchemaChangePolicy"]["DeleteBehavior"] == _DELETE:
            for values in sorted(gone):
                self._glue.delete_partition(**about, PartitionValues=list(values))

    def _drop(self, database: str, table: dict[str, Any]) -> None:
        """Do what is to be done with a table whose data is gone."""
        name = table["Name"]
        behavior = self._crawler["SchemaChangePolicy"]["DeleteBehavior"]
        if behavior == _DELETE:
            self._glue.delete_table(DatabaseName=database, Name=name)
            self._counts["deleted"] += 1
            self._log.write("INFO", f"Deleted table {name} in database {database}")
        elif behavior == DEPRECATE:
            if "DEPRECATED_BY_CRAWLER" in table["Parameters"]:
                return
            members = (
                *("Name", "Owner", "Retention", "TableType", "PartitionKeys"),
                "StorageDescriptor",
            )
            kept = {key: table[key] for key in members if key in table}
            stamp = {"DEPRECATED_BY_CRAWLER": str(int(time.time() * 1000))}
            kept["Parameters"] = {**table["Parameters"], **stamp}
            self._glue.update_table(DatabaseName=database, TableInput=kept)
            self._counts["updated"] += 1
            self._log.write("INFO", f"Deprecated table {name} in database {database}")
        else:
            self._log.write("INFO", f"The data of table {name} is gone; it is left as it is")


def _storage(path: str, columns: list[dict[str, str]], parameters: dict[str, str]) -> dict:
    formats = "org.apache.hadoop.hive.ql.io.parquet"
    return {
        "Columns": columns,
        "Location": path,
        "InputFormat": f"{formats}.MapredParquetInputFormat",
        "OutputFormat": f"{formats}.MapredParquetOutputFormat",
        "Compressed": False,
        "NumberOfBuckets": -1,
        "SerdeInfo": {
            "SerializationLibrary": f"{formats}.serde.ParquetHiveSerDe",
            "Parameters": {"serialization.format": "1"},
        },
        "BucketColumns": [],
        "SortColumns": [],
        "Parameters": parameters,
        "StoredAsSubDirectories": False,
    }


def _is_as(known: dict[str, Any], wanted: dict[str, Any]) -> bool:
    return all(
        known.get(member) == wanted[member]
        for member in ("Parameters", "PartitionKeys", "StorageDescriptor")
    )
