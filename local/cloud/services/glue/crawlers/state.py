"""Crawlers as they are kept, in the emulator's store."""

from __future__ import annotations

import time
from typing import Any

from ministack.services import glue

from local.cloud.core.answers import ServiceError

#: States of crawlers that are at work.
RUNNING = ("RUNNING", "STOPPING")


def known(name: str) -> dict[str, Any]:
    """A crawler; raises ServiceError where there is none."""
    crawler = glue._crawlers.get(name)
    if crawler is None:
        raise ServiceError("EntityNotFoundException", f"Crawler with name {name} not found")
    return crawler


def shown(crawler: dict[str, Any]) -> dict[str, Any]:
    """A crawler as the API gives it."""
    shown = {key: value for key, value in crawler.items() if not key.startswith("_")}
    if crawler["State"] in RUNNING:
        shown["CrawlElapsedTime"] = int((time.time() - crawler["_started"]) * 1000)
    return shown


def fail_lost_crawls() -> None:
    """End the crawls that ran when the process ended."""
    for crawler in glue._crawlers.all_values():
        if crawler["State"] in RUNNING:
            end(crawler, "FAILED", "The service was restarted while the crawler ran.")


def end(crawler: dict[str, Any], status: str, message: str | None) -> None:
    """Write down how a crawl ended.

    Args:
        crawler: the crawler.
        status: of its LastCrawl.
        message: its ErrorMessage.
    """
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
