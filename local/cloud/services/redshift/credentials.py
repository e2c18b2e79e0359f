"""Temporary credentials of database users, and who may have them.

https://docs.aws.amazon.com/redshift/latest/APIReference/API_GetClusterCredentials.html
"""

from __future__ import annotations

import re
import secrets
import time
from typing import Any

from local.cloud.core.answers import ServiceError
from local.cloud.core.service import Request
from local.cloud.services.redshift.clusters import find
from local.cloud.services.redshift.faults import combined, invalid, unsupported
from local.cloud.services.redshift.logins import refusal
from local.cloud.services.redshift_data import callers

_LEAST_SECONDS, _MOST_SECONDS = 900, 3600

_USER = re.compile(r"[A-Za-z][A-Za-z0-9_+.@-]{0,63}|IAMR?:.{1,64}")


def _get(request: Request) -> dict[str, Any]:
    content = request.content
    cluster, user = _cluster(content), content["DbUser"]
    if _USER.fullmatch(user) is None or user.lower() == "public":
        raise invalid(f"The parameter DbUser is not a valid user name: {user}")
    for member in ("AutoCreate", "DbGroups"):
        if content.get(member):
            raise unsupported(f"{member} of GetClusterCredentials")
    database = content.get("DbName") or None
    action = "redshift:GetClusterCredentials"
    refused = refusal(request.access_key, action, cluster, database, user)
    if refused is not None:
        raise ServiceError("AccessDenied", refused, 403)
    return _credentials(content, f"IAM:{user}")


def _get_with_iam(request: Request) -> dict[str, Any]:
    content = request.content
    cluster, database = _cluster(content), content.get("DbName") or "*"
    action = "redshift:GetClusterCredentialsWithIAM"
    refused = refusal(request.access_key, action, cluster, database)
    if refused is not None:
        raise ServiceError("AccessDenied", refused, 403)
    answer = _credentials(content, callers.database_user(request.access_key))
    return {**answer, "NextRefreshTime": answer["Expiration"]}


def _cluster(content: dict[str, Any]) -> str:
    if content.get("CustomDomainName"):
        raise unsupported("custom domain names")
    if not content.get("ClusterIdentifier"):
        raise combined("Give ClusterIdentifier.")
    return str(find(content["ClusterIdentifier"])["ClusterIdentifier"])


def _credentials(content: dict[str, Any], user: str) -> dict[str, Any]:
    seconds = content.get("DurationSeconds", _LEAST_SECONDS)
    if not _LEAST_SECONDS <= seconds <= _MOST_SECONDS:
        raise invalid(
            f"DurationSeconds must be from {_LEAST_SECONDS} to {_MOST_SECONDS}, not {seconds}."
        )
    password = secrets.token_urlsafe(48)
    return {"DbUser": user, "DbPassword": password, "Expiration": time.time() + seconds}


OPERATIONS = {
    "GetClusterCredentials": _get,
    "GetClusterCredentialsWithIAM": _get_with_iam,
}
