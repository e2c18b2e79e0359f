"""Who a policy names: AWS takes no user or role of the account that is not there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from ministack.services import iam

from local.cloud.core.settings import ACCOUNT

_OWN = re.compile(rf"arn:aws:iam::{ACCOUNT}:(user|role)/(?:.*/)?([^/]+)")


def missing(document: str | dict[str, Any]) -> str | None:
    """The first user or role of the account that a policy names and that is not there.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    """
    policy = json.loads(document) if isinstance(document, str) else document
    for arn in _named(policy):
        if found := _OWN.fullmatch(arn):
            there = iam._users if found[1] == "user" else iam._roles
            if (there.get(found[2]) or {}).get("Arn") != arn:
                return arn
    return None


def _named(policy: dict[str, Any]) -> Iterator[str]:
    statements = policy.get("Statement") or []
    for statement in statements if isinstance(statements, list) else [statements]:
        for element in ("Principal", "NotPrincipal"):
            principal = statement.get(element)
            if isinstance(principal, dict):
                arns = principal.get("AWS") or []
                yield from arns if isinstance(arns, list) else [arns]
