"""Glue: the resource that a call is about. ministack takes all that has a name for a table."""

from __future__ import annotations

from typing import Any

import auth
from settings import ACCOUNT, REGION


def install() -> None:
    """Name the resources of Glue's calls."""
    auth.resources_of("glue", _resource)


def _resource(operation: str, content: dict[str, Any]) -> str:
    """The most special resource of a call.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsglue.html
    """
    if "ResourceArn" in content:
        return str(content["ResourceArn"])
    database = content.get("DatabaseName")
    name = content.get("Name") or next(
        (part["Name"] for key, part in content.items() if key.endswith("Input") and "Name" in part),
        None,
    )
    if "Table" in operation or "Partition" in operation or "ColumnStatistics" in operation:
        table = content.get("TableName") or name
        resource = f"table/{database}/{table or '*'}"
    elif "Database" in operation and operation != "GetDatabases":
        resource = f"database/{name}"
    elif "Crawler" in operation:
        resource = f"crawler/{content.get('CrawlerName') or name or '*'}"
    elif "Job" in operation:
        resource = f"job/{content.get('JobName') or name or '*'}"
    else:
        resource = "catalog"
    return f"arn:aws:glue:{REGION}:{ACCOUNT}:{resource}"
