"""Who may do what in Glue: the resources of a call, and the roles that it passes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ministack.services import iam

from local.cloud.core import auth
from local.cloud.core.answers import ServiceError
from local.cloud.core.service import Request
from local.cloud.core.settings import ACCOUNT, REGION

PRINCIPAL = "glue.amazonaws.com"

#: Operations that pass a role, and the member that holds what is made.
_PASSING = {
    "CreateCrawler": None,
    "CreateJob": None,
    "UpdateCrawler": None,
    "UpdateJob": "JobUpdate",
}

#: Operations that IAM knows no resource for, by a part of their names.
_UNNAMED = ("SecurityConfiguration", "Classifier", "ListJobs", "ListCrawlers", "Script")


def resource(operation: str, content: dict[str, Any]) -> str:
    """The most special resource of a call.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsglue.html
    """
    if "ResourceArn" in content:
        return str(content["ResourceArn"])
    if any(part in operation for part in _UNNAMED):
        return "*"
    database = content.get("DatabaseName")
    name = content.get("Name") or next(
        (part["Name"] for key, part in content.items() if key.endswith("Input") and "Name" in part),
        None,
    )
    if _is_about_tables(operation):
        table = content.get("TableName") or name
        path = f"table/{database}/{table or '*'}"
    elif "Database" in operation and operation != "GetDatabases":
        path = f"database/{name}"
    elif "Crawl" in operation:
        path = f"crawler/{content.get('CrawlerName') or name or '*'}"
    elif "Job" in operation:
        path = f"job/{content.get('JobName') or name or '*'}"
    else:
        path = "catalog"
    return arn(path)


def arn(path: str) -> str:
    """The ARN of what a path names, such as `job/name`."""
    return f"arn:aws:glue:{REGION}:{ACCOUNT}:{path}"


def _is_about_tables(operation: str) -> bool:
    return any(part in operation for part in ("Table", "Partition", "ColumnStatistics"))


def _ancestors(operation: str, content: dict[str, Any]) -> Iterator[str]:
    """What else of the catalog a call needs its action on.

    https://docs.aws.amazon.com/glue/latest/dg/glue-specifying-resource-arns.html
    """
    if _is_about_tables(operation) and content.get("DatabaseName"):
        yield arn("catalog")
        yield arn(f"database/{content['DatabaseName']}")
    elif "Database" in operation and operation != "GetDatabases":
        yield arn("catalog")


def require_ancestors(request: Request) -> None:
    """Check that the caller may do it with what the resource is in as well.

    Raises:
        ServiceError: where it may not.
    """
    action = f"glue:{request.operation}"
    for ancestor in _ancestors(request.operation, request.content):
        refused = auth.refusal(request.access_key, action, ancestor, "glue")
        if refused is not None:
            raise ServiceError("AccessDeniedException", refused)


def require_role(request: Request) -> None:
    """Check that the caller may pass a role, and that Glue can have it.

    Raises:
        ServiceError: where either is not so.
    """
    if request.operation not in _PASSING:
        return
    member = _PASSING[request.operation]
    role = (request.content.get(member) or {} if member else request.content).get("Role")
    if role is None:
        return
    known = role_arn(role)
    auth.require_pass_role(request.access_key, known, PRINCIPAL)
    try:
        auth.assume(known, PRINCIPAL, resource(request.operation, request.content))
    except auth.Denied as denied:
        raise ServiceError(
            "InvalidInputException",
            "Service is unable to assume provided role. Please verify role's TrustPolicy: "
            f"{denied}",
        ) from denied


def role_arn(role: str) -> str:
    """The ARN of a role that is given as one, or by its path and name."""
    if role.startswith("arn:"):
        return role
    known = iam._roles.get(role.rsplit("/", 1)[-1])
    return known["Arn"] if known else f"arn:aws:iam::{ACCOUNT}:role/{role}"
