"""Requests about crawlers.

https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-crawler-crawling.html
"""

from __future__ import annotations

import json
import re
import statistics
import time
import uuid
from typing import Any

from ministack.services import glue

from local.cloud.core.answers import ServiceError
from local.cloud.core.service import Operation, Request
from local.cloud.services.glue import logs, rights
from local.cloud.services.glue.crawlers import catalog, engine, state
from local.cloud.services.glue.crawlers.files import address_of

LOG_GROUP = "/aws-glue/crawlers"

#: Crawls that are remembered of each crawler.
HISTORY = 100

#: Members that a crawler is described by.
_MEMBERS = (
    *("Role", "DatabaseName", "Description", "Targets", "Classifiers", "TablePrefix"),
    *("SchemaChangePolicy", "RecrawlPolicy", "LineageConfiguration", "Configuration"),
    *("CrawlerSecurityConfiguration", "LakeFormationConfiguration"),
)


def _create(request: Request) -> dict[str, Any]:
    content = request.content
    name = content["Name"]
    if name in glue._crawlers:
        raise ServiceError("AlreadyExistsException", f"{name} already exists")
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
        glue._tags[rights.arn(f"crawler/{name}")] = dict(content["Tags"])
    return {}


def _described(content: dict[str, Any]) -> dict[str, Any]:
    """What a request says of a crawler. Of its role, AWS keeps path and name."""
    given = {key: content[key] for key in _MEMBERS if content.get(key) is not None}
    if "Role" in given:
        given["Role"] = re.sub(r"^arn:[^:]*:iam::\d*:role/", "", given["Role"])
    return given


def _policy(content: dict[str, Any]) -> dict[str, Any]:
    return {
        "UpdateBehavior": catalog.UPDATE,
        "DeleteBehavior": catalog.DEPRECATE,
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
            address = address_of(target.get("Path", ""))
            if address.scheme != "s3" or not address.netloc:
                raise _invalid(
                    f"the path of a target is s3://bucket/prefix or bucket/prefix, not "
                    f"{target.get('Path')!r}"
                )
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


def _invalid(message: str) -> ServiceError:
    return ServiceError("InvalidInputException", message)


def _update(request: Request) -> dict[str, Any]:
    content = request.content
    crawler = state.known(content["Name"])
    if crawler["State"] in state.RUNNING:
        raise _running(content["Name"])
    _require(content)
    crawler.update(_described(content))
    if "SchemaChangePolicy" in content:
        crawler["SchemaChangePolicy"] = _policy(content)
    crawler["LastUpdated"] = time.time()
    crawler["Version"] += 1
    return {}


def _running(name: str) -> ServiceError:
    return ServiceError("CrawlerRunningException", f"Crawler with name {name} has already started")


def _delete(request: Request) -> dict[str, Any]:
    content = request.content
    crawler = state.known(content["Name"])
    if crawler["State"] in state.RUNNING:
        raise _running(content["Name"])
    del glue._crawlers[content["Name"]]
    glue._tags.pop(rights.arn(f"crawler/{content['Name']}"), None)
    return {}


def _get(request: Request) -> dict[str, Any]:
    return {"Crawler": state.shown(state.known(request.content["Name"]))}


def _get_all(_request: Request) -> dict[str, Any]:
    return {"Crawlers": [state.shown(crawler) for crawler in glue._crawlers.values()]}


def _list(_request: Request) -> dict[str, Any]:
    return {"CrawlerNames": sorted(glue._crawlers.keys())}


def _metrics(request: Request) -> dict[str, Any]:
    content = request.content
    names = content.get("CrawlerNameList") or sorted(glue._crawlers.keys())
    return {"CrawlerMetricsList": [_measured(name, state.known(name)) for name in names]}


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


def _list_crawls(request: Request) -> dict[str, Any]:
    content = request.content
    crawls = state.known(content["CrawlerName"])["_crawls"]
    return {"Crawls": crawls[::-1][: content.get("MaxResults", 20)]}


async def _start(request: Request) -> dict[str, Any]:
    name = request.content["Name"]
    crawler = state.known(name)
    if crawler["State"] in state.RUNNING:
        raise _running(name)
    logs.require_security(crawler.get("CrawlerSecurityConfiguration"))
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
    engine.run(crawler, prefix)
    return {}


def _log_group(crawler: dict[str, Any]) -> str:
    """Encrypted logs have a group of their own."""
    security = crawler.get("CrawlerSecurityConfiguration")
    if logs.log_key(security) is None:
        return LOG_GROUP
    return f"{LOG_GROUP}-role/{logs.path_and_name(crawler['Role'])}-{security}"


async def _stop(request: Request) -> dict[str, Any]:
    name = request.content["Name"]
    at = state.known(name)["State"]
    if at == "READY":
        raise ServiceError("CrawlerNotRunningException", f"Crawler with name {name} isn't running")
    if at == "STOPPING":
        raise ServiceError("CrawlerStoppingException", f"Crawler with name {name} is stopping")
    glue._crawlers[name]["State"] = "STOPPING"
    engine.stop_crawl(name)
    return {}


OPERATIONS: dict[str, Operation] = {
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
