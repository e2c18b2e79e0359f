"""The log of a run: what its script writes, and Spark's own."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from local.cloud.core import clients
from local.cloud.services.glue.logs import log_key, open_stream

#: Seconds between two writes of a run's log.
LOG_SECONDS = 2

#: Bytes of one write of a log; the API's limit is 1 MiB.
LOG_BYTES = 500_000


class RunLogs:
    """The streams of a run: what the script writes, and Spark's own log."""

    def __init__(
        self, caller: clients.Caller, run: dict[str, Any], arguments: dict[str, str]
    ) -> None:
        self._caller = caller
        self._groups = [f"{run['LogGroupName']}/{name}" for name in ("output", "error")]
        self._stream = f"{arguments.get('--custom-logStream-prefix') or run['Id']}-driver"
        self._key = log_key(run.get("SecurityConfiguration"))
        self._copying = threading.Lock()
        self._read = [0, 0]
        self._made: set[str] = set()

    async def follow(self, *files: Path) -> None:
        """Copy what is written, until it is cancelled."""
        while True:
            await asyncio.sleep(LOG_SECONDS)
            await asyncio.to_thread(self.copy, *files)

    def copy(self, *files: Path) -> None:
        """Copy what is new in each file to its group. A role that may not has no log, as on AWS."""
        for number, file in enumerate(files):
            with self._copying, file.open("rb") as opened:
                opened.seek(self._read[number])
                while text := opened.read(LOG_BYTES):
                    self._read[number] += len(text)
                    with contextlib.suppress(ClientError):
                        self._put(self._groups[number], text.decode(errors="replace"))

    def _put(self, group: str, text: str) -> None:
        logs = self._caller.client("logs")
        if group not in self._made:
            open_stream(logs, group, self._stream, self._key)
            self._made.add(group)
        now = int(time.time() * 1000)
        events = [{"timestamp": now, "message": line} for line in text.splitlines() if line.strip()]
        # 10,000 is the API's limit.
        for start in range(0, len(events), 10_000):
            logs.put_log_events(
                logGroupName=group,
                logStreamName=self._stream,
                logEvents=events[start : start + 10_000],
            )
