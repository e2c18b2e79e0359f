"""The log of a crawl.

https://docs.aws.amazon.com/glue/latest/dg/console-crawlers-details.html
"""

from __future__ import annotations

import time
from typing import Any

from botocore.exceptions import ClientError

from local.cloud.core import clients
from local.cloud.services.glue.logs import log_key, open_stream


class Log:
    """The log of one crawl. A role that may not write logs has none on AWS either."""

    def __init__(self, crawler: dict[str, Any], prefix: str) -> None:
        self._crawler = crawler
        self._prefix = prefix
        self._group: str = crawler["_crawls"][-1]["LogGroup"]
        self._name: str = crawler["Name"]
        self._logs: Any = None

    def open(self, caller: clients.Caller) -> None:
        """Have the stream, as the crawler's role."""
        logs = caller.client("logs")
        key = log_key(self._crawler.get("CrawlerSecurityConfiguration"))
        try:
            open_stream(logs, self._group, self._name, key)
        except ClientError:
            return
        self._logs = logs

    def write(self, level: str, message: str) -> None:
        """Write a message, where there is a log."""
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
