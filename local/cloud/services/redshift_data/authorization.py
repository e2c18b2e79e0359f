"""As whom COPY and UNLOAD go to S3: a role of the warehouse's, or keys.

https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-authorization.html
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlparse

from botocore.exceptions import ClientError

from local.cloud.core import auth, clients
from local.cloud.core.settings import REGION
from local.cloud.services.redshift_data.lexing import Words
from local.cloud.services.redshift_data.warehouse import Warehouse

_BY_NAME = {
    "ACCESS_KEY_ID": "aws_access_key_id",
    "SECRET_ACCESS_KEY": "aws_secret_access_key",
    "SESSION_TOKEN": "token",
}


class TransferError(Exception):
    """Why nothing was loaded or unloaded, in Redshift's manner."""


@dataclass
class Authorization:
    """Whose rights a statement has in S3."""

    #: Of the statement, such as `COPY`.
    verb: str
    #: An ARN, or `default`; None where there are keys.
    role: str | None = None
    #: Access key, secret key and session token, where the statement has them.
    keys: tuple[str, str, str | None] | None = None
    region: str = REGION


class Reader:
    """Reads the words of a statement that say whose rights it has."""

    def __init__(self, verb: str) -> None:
        self._verb = verb
        self._roles: list[str] = []
        self._named: dict[str, str] = {}
        self._region = REGION

    def took(self, words: Words) -> bool:
        """Whether the next words were about that; they are taken then.

        Raises:
            ValueError, TransferError: where they are incomplete.
        """
        word = words.upper()
        if word == "IAM_ROLE":
            words.expect(word)
            self._roles.append("default" if words.skip("DEFAULT") else words.text())
        elif word in ("CREDENTIALS", "WITH"):
            words.skip("WITH")
            words.expect("CREDENTIALS")
            words.skip("AS")
            parts = [part.partition("=") for part in words.text().split(";")]
            given = {name: value for name, _, value in parts}
            if "aws_iam_role" in given:
                self._roles.append(given["aws_iam_role"])
            else:
                self._named |= given
        elif word in _BY_NAME:
            words.expect(word)
            words.skip("AS")
            self._named[_BY_NAME[word]] = words.text()
        elif word == "REGION":
            words.expect(word)
            words.skip("AS")
            self._region = words.text()
        else:
            return False
        return True

    def done(self) -> Authorization:
        """What was read.

        Raises:
            TransferError: where it is nothing, or more than one.
        """
        verb, named = self._verb, self._named
        if len(self._roles) + bool(named) != 1:
            raise TransferError(
                f"{verb} needs IAM_ROLE 'arn', IAM_ROLE default, or CREDENTIALS, one of them"
            )
        if not named:
            return Authorization(verb, self._roles[0], region=self._region)
        for key in ("aws_access_key_id", "aws_secret_access_key"):
            if key not in named:
                raise TransferError(f"CREDENTIALS has no {key}")
        keys = (named["aws_access_key_id"], named["aws_secret_access_key"], named.get("token"))
        return Authorization(verb, None, keys, self._region)


def client(given: Authorization, warehouse: Warehouse) -> Any:
    """A client of S3 that has the rights of a statement.

    Raises:
        TransferError: for a role that cannot be used.
    """
    keys = given.keys or _keys_of_role(given, warehouse)
    return clients.client("s3", keys, region=given.region)


def _keys_of_role(given: Authorization, warehouse: Warehouse) -> tuple[str, str, str | None]:
    named = given.role or "default"
    role = warehouse.default_role if named.lower() == "default" else named
    if not role:
        raise TransferError(f"IAM_ROLE default: the {warehouse.kind} has no default role")
    if role not in warehouse.roles:
        raise TransferError(f"the role {role} is not associated to the {warehouse.kind}")
    reasons = []
    for service in warehouse.principals:
        try:
            vended = auth.assume(role, service, warehouse.arn)
        except auth.Denied as denied:
            reasons.append(str(denied))
        else:
            return vended.access_key_id, vended.secret_access_key, vended.session_token
    raise TransferError(
        f"User arn:aws:redshift is not authorized to assume IAM Role {role}: {reasons[0]}"
    )


@contextlib.contextmanager
def in_words(address: str) -> Iterator[None]:
    """Inside, what S3 refuses is raised in Redshift's words."""
    try:
        yield
    except ClientError as error:
        code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
        code = "AccessDenied" if code in ("403", "AccessDenied") else code
        raise TransferError(f"S3ServiceException:{message},Status {code}, {address}") from error


def address(verb: str, text: str) -> tuple[str, str]:
    """Bucket and key, or prefix, of `s3://…`.

    Raises:
        TransferError: for another address.
    """
    found = urlparse(text, allow_fragments=False)
    if found.scheme != "s3" or not found.netloc:
        raise TransferError(f"{verb} takes s3://…, not {text}")
    return found.netloc, text.removeprefix(f"s3://{found.netloc}").lstrip("/")


def keys_below(s3: Any, bucket: str, prefix: str) -> list[str]:
    """The keys that begin with a prefix, in their order."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return [entry["Key"] for page in pages for entry in page.get("Contents", [])]
