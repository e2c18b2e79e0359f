"""A statement that writes, and for whom."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import duckdb

from local.cloud.services.athena.tables import Tables


@dataclass(frozen=True)
class Writing:
    """A statement that writes, and for whom."""

    #: The tables that it reads.
    tables: Tables
    #: The access key of the caller.
    key: str
    #: The query's id, which names the files.
    identifier: str
    #: The folder of the query's result, with a slash at its end.
    output: str
    #: Whether the workgroup says where results go.
    enforced: bool
    #: Has a function work with an engine that is interrupted when the query is cancelled.
    work: Callable[[Callable[[duckdb.DuckDBPyConnection], Any]], Any]
    #: Addresses of the files that are written.
    written: list[str] = field(default_factory=list)
