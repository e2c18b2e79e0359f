"""Glue as AWS has it where ministack differs: rights, jobs and crawlers.

https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api.html
"""

from __future__ import annotations

import contextvars
import json
from collections.abc import Iterator
from typing import Any

from ministack.services import glue, iam

from local.cloud import glue_crawlers, glue_jobs
from local.cloud.core import auth, seam
from local.cloud.core.settings import ACCOUNT, REGION, Settings

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

_OPERATIONS = {**glue_crawlers.OPERATIONS, **glue_jobs.OPERATIONS}

#: Headers and query of the request that is being served.
_request: contextvars.ContextVar[tuple[dict[str, str], dict[str, list[str]]]] = (
    contextvars.ContextVar("glue_request")
)


def install(settings: Settings) -> None:
    """Put these in the place of ministack's own."""
    plain, plain_load = glue.handle_request, glue.load_persisted_state

    async def handle_request(
        method: str, path: str, headers: dict[str, str], body: bytes, query_params: dict
    ) -> seam.Response:
        operation = headers.get("x-amz-target", "").rsplit(".", 1)[-1]
        if not operation:
            return await plain(method, path, headers, body, query_params)
        _request.set((headers, query_params))
        content = json.loads(body or b"{}")
        try:
            _require_ancestors(operation, content)
            _require_role(operation, content)
        except seam.ServiceError as error:
            return seam.json_answer({"__type": error.code, "message": str(error)}, error.status)
        if operation in _OPERATIONS:
            return await seam.dispatch(_OPERATIONS, headers, body)
        # On the loop, where the state is copied to be saved as well: it never changes meanwhile.
        return glue._handle_request_sync(method, path, headers, body, query_params)

    def load_persisted_state(data: dict[str, Any]) -> None:
        plain_load(data)
        glue_jobs.fail_lost_runs()
        glue_crawlers.fail_lost_crawls()

    glue.handle_request = handle_request
    glue.load_persisted_state = load_persisted_state
    glue_jobs.install(settings)
    auth.resources_of("glue", _resource)


def _resource(operation: str, content: dict[str, Any]) -> str:
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
        resource = f"table/{database}/{table or '*'}"
    elif "Database" in operation and operation != "GetDatabases":
        resource = f"database/{name}"
    elif "Crawl" in operation:
        resource = f"crawler/{content.get('CrawlerName') or name or '*'}"
    elif "Job" in operation:
        resource = f"job/{content.get('JobName') or name or '*'}"
    else:
        resource = "catalog"
    return _arn(resource)


def _arn(resource: str) -> str:
    return f"arn:aws:glue:{REGION}:{ACCOUNT}:{resource}"


def _is_about_tables(operation: str) -> bool:
    return any(part in operation for part in ("Table", "Partition", "ColumnStatistics"))


def _ancestors(operation: str, content: dict[str, Any]) -> Iterator[str]:
    """What else of the catalog a call needs its action on.

    https://docs.aws.amazon.com/glue/latest/dg/glue-specifying-resource-arns.html
    """
    if _is_about_tables(operation) and content.get("DatabaseName"):
        yield _arn("catalog")
        yield _arn(f"database/{content['DatabaseName']}")
    elif "Database" in operation and operation != "GetDatabases":
        yield _arn("catalog")


def _require_ancestors(operation: str, content: dict[str, Any]) -> None:
    caller = seam.caller(*_request.get())
    for arn in _ancestors(operation, content):
        refused = auth.refusal(caller, f"glue:{operation}", arn, "glue")
        if refused is not None:
            raise seam.ServiceError("AccessDeniedException", refused)


def _require_role(operation: str, content: dict[str, Any]) -> None:
    """Check that the caller may pass a role, and that Glue can have it."""
    if operation not in _PASSING:
        return
    member = _PASSING[operation]
    role = (content.get(member) or {} if member else content).get("Role")
    if role is None:
        return
    arn = role_arn(role)
    auth.require_pass_role(*_request.get(), arn, PRINCIPAL)
    try:
        auth.assume(arn, PRINCIPAL, _resource(operation, content))
    except auth.Denied as denied:
        raise seam.ServiceError(
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
