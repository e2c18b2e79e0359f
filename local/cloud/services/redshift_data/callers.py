"""Who calls, and as which user of a database.

https://docs.aws.amazon.com/redshift/latest/mgmt/serverless-iam.html
"""

from __future__ import annotations

from ministack.core import iam_evaluator

from local.cloud.core.settings import ACCOUNT


def owner(access_key: str) -> str:
    """Who has the statements of a caller: another session of the same role sees the same."""
    resolved = iam_evaluator.resolve_principal(access_key, ACCOUNT)
    arn = getattr(resolved, "arn", access_key)
    return arn.rsplit("/", 1)[0] if ":assumed-role/" in arn else arn


def is_root(of: str) -> bool:
    """Whether an owner is the account's root, which only commands use."""
    return of.endswith(":root")


def database_user(access_key: str) -> str:
    """The database user that a caller has the name of."""
    of = owner(access_key)
    kind = "IAMR" if ":assumed-role/" in of else "IAM"
    return f"{kind}:{of.rsplit('/', 1)[-1].rsplit(':', 1)[-1]}"
