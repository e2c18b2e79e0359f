"""What DuckDB's connections are at work for, so that it can be broken off.

DuckDB forgets an interrupt when its next call begins: one that comes between two calls of the same
work, or before the first, stops nothing. It is therefore repeated until the work has ended.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

_AGAIN_SECONDS = 0.05


class AtWork:
    """Connections by the id of what they are at work for."""

    def __init__(self) -> None:
        self._connections: dict[str, duckdb.DuckDBPyConnection] = {}
        # An interrupt must not reach what the same connection does next.
        self._lock = threading.Lock()

    @contextmanager
    def on(self, identifier: str, connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
        """Inside, `interrupt` reaches the connection."""
        with self._lock:
            self._connections[identifier] = connection
        try:
            yield
        finally:
            with self._lock:
                del self._connections[identifier]

    def interrupt(self, identifier: str) -> None:
        """Break off what is at work, where it is; returns at once."""
        threading.Thread(target=self._interrupt, args=(identifier,), daemon=True).start()

    def _interrupt(self, identifier: str) -> None:
        while True:
            with self._lock:
                connection = self._connections.get(identifier)
                if connection is None:
                    return
                connection.interrupt()
            time.sleep(_AGAIN_SECONDS)
