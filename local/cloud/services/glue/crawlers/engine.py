"""A crawl: it reads what lies in the targets and writes the catalog, under the crawler's role.

https://docs.aws.amazon.com/glue/latest/dg/add-crawler.html
"""

from __future__ import annotations

import asyncio
import json
import threading
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local.cloud.core import auth, changes, clients
from local.cloud.core.settings import ACCOUNT
from local.cloud.services.glue import rights
from local.cloud.services.glue.crawlers import Failed, Stopped, catalog, files, state
from local.cloud.services.glue.crawlers.log import Log
from local.cloud.services.glue.crawlers.schema import Table
from local.cloud.services.glue.rights import PRINCIPAL

#: Set to end a crawl, by the crawler's name.
_stops: dict[str, threading.Event] = {}

_tasks: set[asyncio.Task[None]] = set()


def run(crawler: dict[str, Any], prefix: str) -> None:
    """Begin a crawl; how it ends is written into the crawler.

    Args:
        crawler: the crawler.
        prefix: what each message of its log begins with.
    """
    stop = _stops[crawler["Name"]] = threading.Event()
    task = asyncio.create_task(_run(crawler, prefix, stop))
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)


def stop_crawl(crawler: str) -> None:
    """End the crawl of a crawler."""
    _stops[crawler].set()


async def _run(crawler: dict[str, Any], prefix: str, stop: threading.Event) -> None:
    """Run a crawl to its end. What it finds out is written here alone, on the loop."""
    crawl = _Crawl(json.loads(json.dumps(crawler)), prefix, stop)
    status, message = "SUCCEEDED", None
    try:
        await asyncio.to_thread(crawl.run)
    except Stopped:
        status = "CANCELLED"
    except (Failed, auth.Denied) as error:
        status, message = "FAILED", str(error)
    except (ClientError, BotoCoreError) as error:
        status, message = "FAILED", _reason(error)
    except Exception as error:
        status, message = "FAILED", f"Internal Service Exception: {error!r}"
    crawler["State"] = "STOPPING"
    await asyncio.to_thread(crawl.close, status, message)
    crawler["_counts"] = crawl.counts
    state.end(crawler, status, message)
    changes.notify()


def _reason(error: Exception) -> str:
    """A service's error as Glue tells it."""
    if not isinstance(error, ClientError):
        return str(error)
    about = error.response["Error"]
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return f"{about.get('Message')} (Status Code: {status}; Error Code: {about.get('Code')})"


class _Crawl:
    """One crawl, under the crawler's role."""

    def __init__(self, crawler: dict[str, Any], prefix: str, stop: threading.Event) -> None:
        self._crawler = crawler
        self._stop = stop
        self._log = Log(crawler, prefix)
        self.counts = {"created": 0, "updated": 0, "deleted": 0}

    def run(self) -> None:
        """Crawl.

        Raises:
            Failed: with the reason.
            Stopped: as soon as it is stopped.
        """
        name, role = self._crawler["Name"], self._crawler["Role"]
        arn = role if role.startswith("arn:") else f"arn:aws:iam::{ACCOUNT}:role/{role}"
        source = rights.arn(f"crawler/{name}")
        try:
            caller = clients.Caller(arn, PRINCIPAL, source).renewed()
        except auth.Denied as denied:
            raise Failed(
                "Service is unable to assume provided role. Please verify role's TrustPolicy: "
                f"{denied}"
            ) from denied
        glue = caller.client("glue")
        combines = catalog.combines(self._crawler)
        reader = files.Reader(caller.client("s3"), combines, self._stop, self._log)
        writer = catalog.Writer(glue, self._crawler, self._stop, self._log, self.counts)
        self._log.open(caller)
        self._log.write("BENCHMARK", f"Running Start Crawl for Crawler {name}")
        self._log.write(
            "INFO",
            "Crawler configured with SchemaChangePolicy "
            + json.dumps(self._crawler["SchemaChangePolicy"]),
        )
        database = self._crawler.get("DatabaseName") or "default"
        if security := self._crawler.get("CrawlerSecurityConfiguration"):
            glue.get_security_configuration(Name=security)
        glue.get_database(Name=database)
        found: dict[str, Table] = {}
        for target in self._crawler["Targets"]["S3Targets"]:
            for table in reader.tables(target):
                found[table.path] = table
        self._log.write(
            "BENCHMARK", f"Classification complete, writing results to database {database}"
        )
        writer.write(database, list(found.values()))
        self._log.write("BENCHMARK", "Finished writing to Catalog")

    def close(self, status: str, message: str | None) -> None:
        """Write the last lines of the log."""
        if message is not None:
            self._log.write("ERROR", message)
        if status == "CANCELLED":
            self._log.write("INFO", "Crawl was cancelled")
        self._log.write("BENCHMARK", "Crawler has finished running and is in state READY")
