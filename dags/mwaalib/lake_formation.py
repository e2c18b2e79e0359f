"""Refusals of AWS Lake Formation, told with what to grant to whom.

In an account where `IAMAllowedPrincipals` is off, what IAM allows is not enough for the catalog:
https://docs.aws.amazon.com/lake-formation/latest/dg/access-control-overview.html
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any, TypeVar

from airflow.sdk.exceptions import AirflowFailException

#: What the Data Catalog answers, and Athena and Glue jobs hand on: the permission and what it is on
#: are not always named. A table that is not there yet is refused as one that is. The last is
#: Athena's, for data: https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-tables-integrating-athena.html
_REFUSED = re.compile(
    r"Insufficient Lake Formation permission\(s\)"
    r"(?:: Required (?P<permission>[A-Z]\w*(?: [A-Z]\w*)*))?"
    r"(?: on (?P<resource>[\w:/.-]*[\w/]))?"
    r"|Principal does not have any privilege on specified resource"
)

#: Role of the tasks, as it is told.
TASKS = "the environment's execution role"

F = TypeVar("F", bound=Callable[..., Any])


class LakeFormationError(AirflowFailException):
    """Lake Formation refuses what IAM allows. A retry would find it so again."""


def told(role: str = TASKS) -> Callable[[F], F]:
    """Decorator of an operator's method: Lake Formation's refusal fails the task with the remedy.

    Args:
        role: The role that Lake Formation has refused, in words.

    Raises:
        LakeFormationError: in place of an error that has Lake Formation's own text.
    """

    def decorate(method: F) -> F:
        @functools.wraps(method)
        def call(*args: Any, **kwargs: Any) -> Any:
            try:
                return method(*args, **kwargs)
            except LakeFormationError:
                raise
            except Exception as error:
                remedy = remedy_of(str(error), role)
                if remedy is None:
                    raise
                raise LakeFormationError(f"{error} {remedy}") from error

        return call  # type: ignore[return-value]

    return decorate


def remedy_of(message: str, role: str = TASKS) -> str | None:
    """What to do about an error's message, or None where it is not Lake Formation's.

    Args:
        message: The message.
        role: The role that was refused, in words.
    """
    refused = _REFUSED.search(message)
    if refused is None:
        return None
    permission, resource = refused["permission"], refused["resource"]
    if permission is not None:
        permission = permission.upper().replace(" ", "_")
    elif (resource or "").startswith(("s3://", "arn:")):
        permission = "DATA_LOCATION_ACCESS"
    return (
        "This account has Lake Formation, which refuses what IAM allows: an administrator of the "
        f"data lake must grant {permission or 'what is missing'} on "
        f"{resource or 'the database and its tables'} to {role}, by `aws lakeformation "
        "grant-permissions`. docs/deploying.md, An account with Lake Formation, lists all that "
        "each role needs."
    )
