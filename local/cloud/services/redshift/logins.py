"""Who may log in to a cluster's databases with temporary credentials.

https://docs.aws.amazon.com/redshift/latest/mgmt/redshift-iam-access-control-identity-based.html
"""

from __future__ import annotations

from local.cloud.core import auth
from local.cloud.services.redshift import state


def refusal(
    access_key: str, action: str, cluster: str, database: str | None, user: str | None = None
) -> str | None:
    """Why a caller may not have credentials; None where it may.

    Args:
        access_key: the caller's.
        action: `redshift:GetClusterCredentials`, or that with the name of IAM's.
        cluster: its identifier.
        database: the one that they are for; None for all of them.
        user: the database user; None with the name of IAM's.
    """
    context = {"redshift:DbName": database, "redshift:DbUser": user}
    given = {key: value for key, value in context.items() if value}
    for kind, name in (("dbuser", user), ("dbname", database)):
        if name is not None:
            arn = state.arn_of(kind, f"{cluster}/{name}")
            refused = auth.refusal(access_key, action, arn, "redshift", given)
            if refused is not None:
                return refused
    return None
