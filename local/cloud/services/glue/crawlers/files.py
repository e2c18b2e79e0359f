"""The files of a crawler's target, of which the footers are read where they lie, in S3."""

from __future__ import annotations

import fnmatch
import os
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import ParseResult, urlparse

import duckdb

from local.cloud.services.glue.crawlers import Failed, Stopped
from local.cloud.services.glue.crawlers.log import Log
from local.cloud.services.glue.crawlers.schema import File, Table, grouped, read

#: Bytes at the end of a file that are read at first: the footer of most.
TAIL_BYTES = 65_536


def address_of(path: str) -> ParseResult:
    """The address of a target, whose path Glue takes with `s3://` and without."""
    return urlparse(path if "://" in path else f"s3://{path}")


class Reader:
    """Reads targets.

    Args:
        s3: a client of the crawler's role.
        combines: whether files are one table as long as no column's type differs.
        stop: set to end it.
        log: what is to be told.
    """

    def __init__(self, s3: Any, combines: bool, stop: threading.Event, log: Log) -> None:
        self._s3 = s3
        self._combines = combines
        self._stop = stop
        self._log = log

    def tables(self, target: dict[str, Any]) -> Iterator[Table]:
        """The tables of a target's path.

        Raises:
            Failed: where a file is none of Parquet.
            Stopped: as soon as it is stopped.
        """
        where = address_of(target["Path"])
        prefix = where.path.lstrip("/")
        if prefix and not prefix.endswith("/"):
            prefix += "/"
        files = [
            self._footer(where.netloc, key, size)
            for key, size in self._objects(where.netloc, prefix, target.get("Exclusions") or [])
        ]
        if not files:
            self._log.write("INFO", f"No files were found in s3://{where.netloc}/{prefix}")
            return
        yield from grouped(f"s3://{where.netloc}/", prefix, files, self._combines)

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

    def _footer(self, bucket: str, key: str, size: int) -> File:
        """Read what a file's footer says of it."""
        if self._stop.is_set():
            raise Stopped
        tail = self._tail(bucket, key, min(size, TAIL_BYTES))
        if not tail.endswith(b"PAR1") or len(tail) < 12:
            raise Failed(
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
                return File(key, size, *read(path))
            except duckdb.Error as error:
                raise Failed(f"s3://{bucket}/{key} cannot be read as Parquet: {error}") from error

    def _tail(self, bucket: str, key: str, length: int) -> bytes:
        return self._s3.get_object(Bucket=bucket, Key=key, Range=f"bytes=-{length}")["Body"].read()
