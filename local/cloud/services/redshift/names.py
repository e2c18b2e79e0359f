"""What names and passwords of Redshift may be."""

from __future__ import annotations

import re

from sqlglot.dialects.redshift import Redshift

from local.cloud.core.answers import ServiceError
from local.cloud.services.redshift.faults import invalid

#: https://docs.aws.amazon.com/redshift/latest/dg/r_pg_keywords.html
_RESERVED = Redshift.Generator.RESERVED_KEYWORDS

_IDENTIFIER = re.compile(r"[a-zA-Z](-?[a-zA-Z0-9])*")
_DATABASE = re.compile(r"[a-z_][a-z0-9_$]{0,63}")
_USER = re.compile(r"[a-z][a-z0-9_+.@-]{0,127}")


def identifier(parameter: str, text: str, most: int = 63) -> str:
    """The identifier of a cluster or snapshot, or the name of a group.

    https://docs.aws.amazon.com/redshift/latest/APIReference/API_CreateCluster.html

    Raises:
        ServiceError: where it is none.
    """
    if _IDENTIFIER.fullmatch(text) is None or len(text) > most:
        raise invalid(
            f"The parameter {parameter} is not a valid identifier: {text}. Identifiers must begin "
            "with a letter, contain only ASCII letters, digits and hyphens, not end with a hyphen "
            f"or contain two consecutive hyphens, and have {most} characters at most."
        )
    return text


def database(text: str) -> str:
    """The name of a cluster's first database. As above."""
    if _DATABASE.fullmatch(text) is None or text in _RESERVED:
        raise invalid(
            f"The parameter DBName is not a valid database name: {text}. It must have 1 to 64 "
            "lowercase letters, digits, underscores and dollar signs, begin with a letter or an "
            "underscore, and be no reserved word."
        )
    return text


def user(text: str) -> str:
    """The name of an administrator. As above."""
    if _USER.fullmatch(text) is None or text == "public" or text in _RESERVED:
        raise invalid(
            f"The parameter MasterUsername is not a valid user name: {text}. It must have 1 to 128 "
            "lowercase letters, digits and _ + . @ -, begin with a letter, and be neither PUBLIC "
            "nor a reserved word."
        )
    return text


def require_password(text: str) -> None:
    """Look at a password of an administrator, which no message may repeat. As above.

    Raises:
        ServiceError: where it is none.
    """
    printable = all(33 <= ord(one) <= 126 and one not in "'\"\\/@" for one in text)
    kinds = (r"[a-z]", r"[A-Z]", r"[0-9]")
    if not 8 <= len(text) <= 64 or not printable or not all(re.search(k, text) for k in kinds):
        raise ServiceError(
            "InvalidParameterValue",
            "The parameter MasterUserPassword is not a valid password. It must have 8 to 64 "
            "printable ASCII characters other than ' \" \\ / @, with an uppercase letter, a "
            "lowercase letter and a digit among them.",
        )
