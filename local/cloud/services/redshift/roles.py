"""The roles that a cluster works as, in COPY and UNLOAD.

https://docs.aws.amazon.com/redshift/latest/mgmt/copy-unload-iam-role.html
"""

from __future__ import annotations

from typing import Any

from local.cloud.core import access, auth
from local.cloud.core.answers import ServiceError
from local.cloud.core.service import Request
from local.cloud.services.redshift.faults import invalid

#: Who works as the roles.
PRINCIPAL = "redshift.amazonaws.com"

#: https://docs.aws.amazon.com/redshift/latest/mgmt/amazon-redshift-limits.html
_MOST = 50


def require(request: Request, roles: list[str], default: str | None) -> None:
    """Look whether a cluster may have roles, and whether the caller may pass new ones.

    Args:
        request: whose caller passes those that it names.
        roles: that the cluster has with the request.
        default: the one that `IAM_ROLE default` means; none where it is empty.

    Raises:
        ServiceError: where it may not.
    """
    content = request.content
    given = {*(content.get("IamRoles") or []), *(content.get("AddIamRoles") or [])}
    for role in sorted(given | ({default} if default else set())):
        context = {access.PASSED_TO: PRINCIPAL}
        refused = auth.refusal(request.access_key, "iam:PassRole", role, "iam", context)
        if refused is not None:
            raise ServiceError("AccessDenied", f"{refused} (iam:PassedToService: {PRINCIPAL})", 403)
        try:
            auth.role_named(role)
        except auth.Denied as denied:
            raise invalid(f"The IAM role {role} is not valid: {denied}.") from denied
    if len(roles) > _MOST:
        raise invalid(f"A cluster has {_MOST} IAM roles at most, not {len(roles)}.")
    if default and default not in roles:
        raise invalid(f"The default IAM role {default} is not associated with the cluster.")


def shown(roles: list[str]) -> list[dict[str, Any]]:
    """Roles as a cluster is described with them."""
    return [{"IamRoleArn": role, "ApplyStatus": "in-sync"} for role in roles]
