"""Glue's crawlers: they read the schema of Parquet files where they lie, and write the catalog.

https://docs.aws.amazon.com/glue/latest/dg/add-crawler.html
"""

from __future__ import annotations

import asyncio
import fnmatch
import hashlib
import json
import os
import re
import statistics
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import duckdb
from botocore.exceptions import BotoCoreError, ClientError
from ministack.services import glue

from local.cloud import glue_jobs
from local.cloud.core import auth, clients, seam
from local.cloud.core.settings import ACCOUNT, REGION

PRINCIPAL = "glue.amazonaws.com"

LOG_GROUP = "/aws-glue/crawlers"

#: Bytes at the end of a file that are read at first: the footer of most.
TAIL_BYTES = 65_536

#: Share of columns that two files of one table have in common.
#: https://docs.aws.amazon.com/glue/latest/dg/crawler-s3-folder-table-partition.html
ALIKE = 0.7

#: Crawls that are remembered of each crawler.
HISTORY = 100

_RUNNING = ("RUNNING", "STOPPING")

_UPDATE = "UPDATE_IN_DATABASE"
_DEPRECATE = "DEPRECATE_IN_DATABASE"
_COMBINE = "CombineCompatibleSchemas"
_DELETE = "DELETE_FROM_DATABASE"

#: Members that a crawler is described by.
_MEMBERS = (
    *("Role", "DatabaseName", "Description", "Targets", "Classifiers", "TablePrefix"),
    *("SchemaChangePolicy", "RecrawlPolicy", "LineageConfiguration", "Configuration"),
    *("CrawlerSecurityConfiguration", "LakeFormationConfiguration"),
)

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

#: Set to end a crawl, by the crawler's name.
_stops: dict[str, threading.Event] = {}
_tasks: set[asyncio.Task[None]] = set()


class _Failed(Exception):
    """Why a crawl failed, as LastCrawl tells it."""


class _Stopped(Exception):
    """The crawl was stopped."""


# Operations.


def _create(content: dict[str, Any]) -> dict[str, Any]:
    name = content["Name"]
    if name in glue._crawlers:
        raise seam.ServiceError("AlreadyExistsException", f"{name} already exists")
    _require(content)
    now = time.time()
    glue._crawlers[name] = {
        "Name": name,
        "Classifiers": [],
        "RecrawlPolicy": {"RecrawlBehavior": "CRAWL_EVERYTHING"},
        "LineageConfiguration": {"CrawlerLineageSettings": "DISABLE"},
        **_described(content),
        "SchemaChangePolicy": _policy(content),
        "State": "READY",
        "CrawlElapsedTime": 0,
        "CreationTime": now,
        "LastUpdated": now,
        "Version": 1,
        "_crawls": [],
    }
    if content.get("Tags"):
        glue._tags[glue._arn("crawler", name)] = dict(content["Tags"])
    return {}


def _described(content: dict[str, Any]) -> dict[str, Any]:
    """What a request says of a crawler. Of its role, AWS keeps path and name."""
    given = {key: content[key] for key in _MEMBERS if content.get(key) is not None}
    if "Role" in given:
        given["Role"] = re.sub(r"^arn:[^:]*:iam::\d*:role/", "", given["Role"])
    return given


def _policy(content: dict[str, Any]) -> dict[str, Any]:
    return {
        "UpdateBehavior": _UPDATE,
        "DeleteBehavior": _DEPRECATE,
        **(content.get("SchemaChangePolicy") or {}),
    }


def _require(content: dict[str, Any]) -> None:
    """Refuse what this cloud would only pretend to do."""
    targets = content.get("Targets")
    if targets is not None:
        other = sorted(kind for kind, listed in targets.items() if listed and kind != "S3Targets")
        if other:
            raise _invalid(f"the local cloud crawls S3Targets alone, not {', '.join(other)}")
        if not targets.get("S3Targets"):
            raise _invalid("Crawler targets must not be empty: name one in S3Targets at least")
        for target in targets["S3Targets"]:
            if urlparse(target.get("Path", "")).scheme != "s3":
                raise _invalid(f"the path of a target begins with s3://: {target.get('Path')}")
    if content.get("Schedule"):
        raise _invalid(
            "the local cloud starts no crawler by a Schedule: start it with StartCrawler"
        )
    if content.get("Classifiers"):
        raise _invalid("the local cloud has no custom Classifiers: it reads Parquet")
    behavior = (content.get("RecrawlPolicy") or {}).get("RecrawlBehavior", "CRAWL_EVERYTHING")
    if behavior != "CRAWL_EVERYTHING":
        raise _invalid(
            f"the local cloud crawls everything: RecrawlBehavior {behavior} is not known"
        )
    try:
        json.loads(content.get("Configuration") or "{}")
    except ValueError as error:
        raise _invalid(f"Configuration is not JSON: {error}") from error


def _invalid(message: str) -> seam.ServiceError:
    return seam.ServiceError("InvalidInputException", message)


def _known(name: str) -> dict[str, Any]:
    crawler = glue._crawlers.get(name)
    if crawler is None:
        raise seam.ServiceError("EntityNotFoundException", f"Crawler with name {name} not found")
    return crawler


def _update(content: dict[str, Any]) -> dict[str, Any]:
    crawler = _known(content["Name"])
    if crawler["State"] in _RUNNING:
        raise _running(content["Name"])
    _require(content)
    crawler.update(_described(content))
    if "SchemaChangePolicy" in content:
        crawler["SchemaChangePolicy"] = _policy(content)
    crawler["LastUpdated"] = time.time()
    crawler["Version"] += 1
    return {}


def _running(name: str) -> seam.ServiceError:
    return seam.ServiceError(
        "CrawlerRunningException", f"Crawler with name {name} has already started"
    )


def _delete(content: dict[str, Any]) -> dict[str, Any]:
    crawler = _known(content["Name"])
    if crawler["State"] in _RUNNING:
        raise _running(content["Name"])
    del glue._crawlers[content["Name"]]
    glue._tags.pop(glue._arn("crawler", content["Name"]), None)
    return {}


def _shown(crawler: dict[str, Any]) -> dict[str, Any]:
    shown = {key: value for key, value in crawler.items() if not key.startswith("_")}
    if crawler["State"] in _RUNNING:
        shown["CrawlElapsedTime"] = int((time.time() - crawler["_started"]) * 1000)
    return shown


def _get(content: dict[str, Any]) -> dict[str, Any]:
    return {"Crawler": _shown(_known(content["Name"]))}


def _get_all(_content: dict[str, Any]) -> dict[str, Any]:
    return {"Crawlers": [_shown(crawler) for crawler in glue._crawlers.values()]}


def _list(_content: dict[str, Any]) -> dict[str, Any]:
    return {"CrawlerNames": sorted(glue._crawlers.keys())}


def _metrics(content: dict[str, Any]) -> dict[str, Any]:
    names = content.get("CrawlerNameList") or sorted(glue._crawlers.keys())
    return {"CrawlerMetricsList": [_measured(name, _known(name)) for name in names]}


def _measured(name: str, crawler: dict[str, Any]) -> dict[str, Any]:
    ended = [crawl for crawl in crawler["_crawls"] if "EndTime" in crawl]
    seconds = [crawl["EndTime"] - crawl["StartTime"] for crawl in ended]
    last = crawler.get("_counts") or {}
    return {
        "CrawlerName": name,
        "TimeLeftSeconds": 0.0,
        "StillEstimating": False,
        "LastRuntimeSeconds": seconds[-1] if seconds else 0.0,
        "MedianRuntimeSeconds": statistics.median(seconds) if seconds else 0.0,
        "TablesCreated": last.get("created", 0),
        "TablesUpdated": last.get("updated", 0),
        "TablesDeleted": last.get("deleted", 0),
    }


def _list_crawls(content: dict[str, Any]) -> dict[str, Any]:
    crawls = _known(content["CrawlerName"])["_crawls"]
    return {"Crawls": crawls[::-1][: content.get("MaxResults", 20)]}


async def _start(content: dict[str, Any]) -> dict[str, Any]:
    name = content["Name"]
    crawler = _known(name)
    if crawler["State"] in _RUNNING:
        raise _running(name)
    glue_jobs.require_security(crawler.get("CrawlerSecurityConfiguration"))
    now = time.time()
    crawler["State"] = "RUNNING"
    crawler["_started"] = now
    prefix = str(uuid.uuid4())
    crawler["_crawls"] = [
        *crawler["_crawls"][1 - HISTORY :],
        {
            "CrawlId": prefix,
            "State": "RUNNING",
            "StartTime": now,
            "LogGroup": _log_group(crawler),
            "LogStream": name,
            "MessagePrefix": prefix,
        },
    ]
    stop = _stops[name] = threading.Event()
    task = asyncio.create_task(_run(crawler, prefix, stop))
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)
    return {}


def _log_group(crawler: dict[str, Any]) -> str:
    """Encrypted logs have a group of their own."""
    security = crawler.get("CrawlerSecurityConfiguration")
    if glue_jobs.log_key(security) is None:
        return LOG_GROUP
    return f"{LOG_GROUP}-role/{glue_jobs.path_and_name(crawler['Role'])}-{security}"


async def _stop(content: dict[str, Any]) -> dict[str, Any]:
    name = content["Name"]
    state = _known(name)["State"]
    if state == "READY":
        raise seam.ServiceError(
            "CrawlerNotRunningException", f"Crawler with name {name} isn't running"
        )
    if state == "STOPPING":
        raise seam.ServiceError("CrawlerStoppingException", f"Crawler with name {name} is stopping")
    glue._crawlers[name]["State"] = "STOPPING"
    _stops[name].set()
    return {}


OPERATIONS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "CreateCrawler": _create,
    "DeleteCrawler": _delete,
    "GetCrawler": _get,
    "GetCrawlerMetrics": _metrics,
    "GetCrawlers": _get_all,
    "ListCrawlers": _list,
    "ListCrawls": _list_crawls,
    "StartCrawler": _start,
    "StopCrawler": _stop,
    "UpdateCrawler": _update,
}


def fail_lost_crawls() -> None:
    """End the crawls that ran when the process ended."""
    for crawler in glue._crawlers.all_values():
        if crawler["State"] in _RUNNING:
            _end(crawler, "FAILED", "The service was restarted while the crawler ran.")


# A crawl.


async def _run(crawler: dict[str, Any], prefix: str, stop: threading.Event) -> None:
    """Run a crawl to its end. What it finds out is written here alone, on the loop."""
    crawl = _Crawl(json.loads(json.dumps(crawler)), prefix, stop)
    status, message = "SUCCEEDED", None
    try:
        await asyncio.to_thread(crawl.run)
    except _Stopped:
        status = "CANCELLED"
    except (_Failed, auth.Denied) as error:
        status, message = "FAILED", str(error)
    except (ClientError, BotoCoreError) as error:
        status, message = "FAILED", _reason(error)
    except Exception as error:
        status, message = "FAILED", f"Internal Service Exception: {error!r}"
    crawler["State"] = "STOPPING"
    await asyncio.to_thread(crawl.close, status, message)
    crawler["_counts"] = crawl.counts
    _end(crawler, status, message)
    seam.changed()


def _reason(error: Exception) -> str:
    """A service's error as Glue tells it."""
    if not isinstance(error, ClientError):
        return str(error)
    about = error.response["Error"]
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return f"{about.get('Message')} (Status Code: {status}; Error Code: {about.get('Code')})"


def _end(crawler: dict[str, Any], status: str, message: str | None) -> None:
    now = time.time()
    last = crawler["_crawls"][-1]
    last.update(
        State={"SUCCEEDED": "COMPLETED", "CANCELLED": "STOPPED"}.get(status, status), EndTime=now
    )
    crawler["State"] = "READY"
    crawler["CrawlElapsedTime"] = int((now - crawler["_started"]) * 1000)
    crawler["LastCrawl"] = {
        "Status": status,
        "LogGroup": last["LogGroup"],
        "LogStream": last["LogStream"],
        "MessagePrefix": last["MessagePrefix"],
        "StartTime": last["StartTime"],
    }
    if message is not None:
        last["ErrorMessage"] = crawler["LastCrawl"]["ErrorMessage"] = message[:2048]


@dataclass
class _File:
    """A Parquet file: what its footer says."""

    key: str
    size: int
    columns: dict[str, str]
    rows: int
    compression: str


@dataclass
class _Table:
    """What is to be in the catalog."""

    #: Folder with a slash at the end, or one file.
    path: str
    files: list[_File]
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


class _Crawl:
    """One crawl, under the crawler's role."""

    def __init__(self, crawler: dict[str, Any], prefix: str, stop: threading.Event) -> None:
        self._crawler = crawler
        self._name: str = crawler["Name"]
        self._prefix = prefix
        self._group: str = crawler["_crawls"][-1]["LogGroup"]
        self._stop = stop
        self._logs: Any = None
        self.counts = {"created": 0, "updated": 0, "deleted": 0}

    def run(self) -> None:
        """Crawl.

        Raises:
            _Failed: with the reason.
            _Stopped: as soon as it is stopped.
        """
        role = self._crawler["Role"]
        arn = role if role.startswith("arn:") else f"arn:aws:iam::{ACCOUNT}:role/{role}"
        source = f"arn:aws:glue:{REGION}:{ACCOUNT}:crawler/{self._name}"
        try:
            caller = clients.Caller(arn, PRINCIPAL, source).renewed()
        except auth.Denied as denied:
            raise _Failed(
                "Service is unable to assume provided role. Please verify role's TrustPolicy: "
                f"{denied}"
            ) from denied
        self._s3, self._glue = caller.client("s3"), caller.client("glue")
        self._open_log(caller)
        self._log("BENCHMARK", f"Running Start Crawl for Crawler {self._name}")
        self._log(
            "INFO",
            "Crawler configured with SchemaChangePolicy "
            + json.dumps(self._crawler["SchemaChangePolicy"]),
        )
        database = self._crawler.get("DatabaseName") or "default"
        self._glue.get_database(Name=database)
        found: dict[str, _Table] = {}
        for target in self._crawler["Targets"]["S3Targets"]:
            for table in self._tables(target):
                found[table.path] = table
        self._log("BENCHMARK", f"Classification complete, writing results to database {database}")
        self._write(database, list(found.values()))
        self._log("BENCHMARK", "Finished writing to Catalog")

    def close(self, status: str, message: str | None) -> None:
        """Write the last lines of the log."""
        if message is not None:
            self._log("ERROR", message)
        if status == "CANCELLED":
            self._log("INFO", "Crawl was cancelled")
        self._log("BENCHMARK", "Crawler has finished running and is in state READY")

    # The log: https://docs.aws.amazon.com/glue/latest/dg/console-crawlers-details.html

    def _open_log(self, caller: clients.Caller) -> None:
        logs = caller.client("logs")
        key = glue_jobs.log_key(self._crawler.get("CrawlerSecurityConfiguration"))
        try:
            glue_jobs.open_stream(logs, self._group, self._name, key)
        except ClientError:
            # A role that may not write logs has none on AWS either.
            return
        self._logs = logs

    def _log(self, level: str, message: str) -> None:
        if self._logs is None:
            return
        event = {
            "timestamp": int(time.time() * 1000),
            "message": f"[{self._prefix}] {level} : {message}",
        }
        try:
            self._logs.put_log_events(
                logGroupName=self._group, logStreamName=self._name, logEvents=[event]
            )
        except ClientError:
            self._logs = None

    # Reading.

    def _tables(self, target: dict[str, Any]) -> Iterator[_Table]:
        """The tables of a target's path."""
        where = urlparse(target["Path"])
        prefix = where.path.lstrip("/")
        if prefix and not prefix.endswith("/"):
            prefix += "/"
        files = [
            self._footer(where.netloc, key, size)
            for key, size in self._objects(where.netloc, prefix, target.get("Exclusions") or [])
        ]
        if not files:
            self._log("INFO", f"No files were found in s3://{where.netloc}/{prefix}")
            return
        yield from _grouped(f"s3://{where.netloc}/", prefix, files, self._combines())

    def _objects(
        self, bucket: str, prefix: str, exclusions: list[str]
    ) -> Iterator[tuple[str, int]]:
        """Keys and sizes of the files with data."""
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        for page in pages:
            for entry in page.get("Contents", []):
                key, size = entry["Key"], entry["Size"]
                rest = key.removeprefix(prefix)
                # Markers of folders and of finished jobs, and what Hive hides.
                if size == 0 or any(part.startswith(("_", ".")) for part in rest.split("/")):
                    continue
                if not any(fnmatch.fnmatch(rest, pattern) for pattern in exclusions):
                    yield key, size

    def _footer(self, bucket: str, key: str, size: int) -> _File:
        """Read what a file's footer says of it."""
        if self._stop.is_set():
            raise _Stopped
        tail = self._tail(bucket, key, min(size, TAIL_BYTES))
        if not tail.endswith(b"PAR1") or len(tail) < 12:
            raise _Failed(
                f"s3://{bucket}/{key} is no Parquet file, and the crawlers of the local cloud "
                "read Parquet alone"
            )
        length = int.from_bytes(tail[-8:-4], "little") + 8
        if length > len(tail):
            tail = self._tail(bucket, key, min(size, length))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "file.parquet"
            # As long as the file, with nothing but magic and footer in it.
            with path.open("wb") as file:
                file.write(b"PAR1")
                file.seek(size - len(tail), os.SEEK_SET)
                file.write(tail)
            try:
                return _File(key, size, *_read(path))
            except duckdb.Error as error:
                raise _Failed(f"s3://{bucket}/{key} cannot be read as Parquet: {error}") from error

    def _tail(self, bucket: str, key: str, length: int) -> bytes:
        return self._s3.get_object(Bucket=bucket, Key=key, Range=f"bytes=-{length}")["Body"].read()

    # Writing.

    def _write(self, database: str, tables: list[_Table]) -> None:
        pages = self._glue.get_paginator("get_tables").paginate(DatabaseName=database)
        there = {table["Name"]: table for page in pages for table in page["TableList"]}
        written = set()
        for table in tables:
            if self._stop.is_set():
                raise _Stopped
            name = self._table_name(table, there)
            written.add(name)
            self._write_table(database, name, table, there.get(name))
            self._write_partitions(database, name, table)
        for name, known in there.items():
            mine = (known.get("Parameters") or {}).get("UPDATED_BY_CRAWLER") == self._name
            if mine and name not in written:
                self._drop(database, known)

    def _table_name(self, table: _Table, there: dict[str, Any]) -> str:
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
        self, database: str, name: str, table: _Table, known: dict[str, Any] | None
    ) -> None:
        wanted = self._input(name, table, known)
        if known is None:
            self._glue.create_table(DatabaseName=database, TableInput=wanted)
            self.counts["created"] += 1
            self._log("INFO", f"Created table {name} in database {database}")
        elif self._crawler["SchemaChangePolicy"]["UpdateBehavior"] == _UPDATE:
            if _is_as(known, wanted):
                return
            self._glue.update_table(DatabaseName=database, TableInput=wanted)
            self.counts["updated"] += 1
            self._log("INFO", f"Updated table {name} in database {database}")
        elif not _is_as(known, wanted):
            self._log("INFO", f"The schema of table {name} has changed; it is left as it is")

    def _input(self, name: str, table: _Table, known: dict[str, Any] | None) -> dict[str, Any]:
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

    # https://docs.aws.amazon.com/glue/latest/dg/crawler-configuration.html

    def _configuration(self, part: str) -> dict[str, Any]:
        return json.loads(self._crawler.get("Configuration") or "{}").get(part, {})

    def _combines(self) -> bool:
        """Whether files are one table as long as no column's type differs."""
        return self._configuration("Grouping").get("TableGroupingPolicy") == _COMBINE

    def _merges(self) -> bool:
        """Whether columns are only added."""
        output = self._configuration("CrawlerOutput")
        return output.get("Tables", {}).get("AddOrUpdateBehavior") == "MergeNewColumns"

    def _write_partitions(self, database: str, name: str, table: _Table) -> None:
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
            self._log("INFO", f"Added {len(new)} partitions to table {name}")
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
            self.counts["deleted"] += 1
            self._log("INFO", f"Deleted table {name} in database {database}")
        elif behavior == _DEPRECATE:
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
            self.counts["updated"] += 1
            self._log("INFO", f"Deprecated table {name} in database {database}")
        else:
            self._log("INFO", f"The data of table {name} is gone; it is left as it is")


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


def _read(path: Path) -> tuple[dict[str, str], int, str]:
    """Columns, rows and compression of a Parquet file, of which the footer is enough."""
    with duckdb.connect() as local:
        described = local.read_parquet(str(path), hive_partitioning=False)
        columns = {
            name.lower(): _hive_type(kind)
            for name, kind in zip(described.columns, described.types, strict=True)
        }
        rows = local.execute(
            "SELECT num_rows FROM parquet_file_metadata(?)", [str(path)]
        ).fetchone()
        codec = local.execute("SELECT any_value(compression) FROM parquet_metadata(?)", [str(path)])
        return columns, rows[0], str(codec.fetchone()[0] or "none").lower()


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
        raise _Failed(f"the local cloud knows no type of Hive's for {kind}")
    return _TYPES[name]


# Which files are one table.


def _grouped(bucket: str, folder: str, files: list[_File], combines: bool) -> Iterator[_Table]:
    """One table of files that are alike, with folders as partitions; else a table a folder.

    https://docs.aws.amazon.com/glue/latest/dg/crawler-s3-folder-table-partition.html
    """
    depths = {file.key.removeprefix(folder).count("/") for file in files}
    alike = _compatible if combines else _alike
    if len(depths) == 1 and all(alike(files[0], file) for file in files[1:]):
        yield _partitioned(bucket, folder, files, depths.pop())
        return
    below: dict[str, list[_File]] = {}
    for file in files:
        part, slash, _ = file.key.removeprefix(folder).partition("/")
        below.setdefault(folder + part + slash, []).append(file)
    for path, inside in below.items():
        if path.endswith("/"):
            yield from _grouped(bucket, path, inside, combines)
        else:
            yield _Table(bucket + path, inside)


def _alike(one: _File, other: _File) -> bool:
    if one.compression != other.compression:
        return False
    shared = len(one.columns.items() & other.columns.items())
    return shared >= ALIKE * max(len(one.columns), len(other.columns))


def _compatible(one: _File, other: _File) -> bool:
    both = one.columns.keys() & other.columns.keys()
    return all(one.columns[name] == other.columns[name] for name in both)


def _partitioned(bucket: str, folder: str, files: list[_File], depth: int) -> _Table:
    table = _Table(bucket + folder, files)
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
