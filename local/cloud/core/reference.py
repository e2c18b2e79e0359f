"""The resource of a call, by AWS's service authorization reference.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from local.cloud.core.settings import ACCOUNT, REGION

#: The reference as a package has it, which the policies read as well.
_DATA = Path(__file__).parents[3] / "node_modules" / "@cloud-copilot" / "iam-data" / "data"

_PLACE = re.compile(r"\$\{(\w+)\}")

_KNOWN = {"Partition": "aws", "Region": REGION, "Account": ACCOUNT}


def resource(namespace: str, operation: str, content: Mapping[str, Any]) -> str:
    """The ARN that a call is about.

    Args:
        namespace: the prefix of the service's actions, such as `cloudwatch`.
        operation: the API's operation.
        content: its members, or parameters.

    Returns:
        The ARN of the first kind of resource that the request names all of. Where it names none,
        as one that creates, the pattern of the one kind that the action is always about; `*` where
        there is no such kind.
    """
    action = _table("actions", namespace).get(operation.lower(), {})
    kinds = sorted(action.get("resourceTypes", ()), key=lambda kind: not kind["required"])
    named = {
        # A list of the query protocol is flat: `InstanceId.1`.
        name.removesuffix(".1").lower(): value
        for name, value in content.items()
        if isinstance(value, str)
    }
    templates = [
        (kind["name"], _table("resourceTypes", namespace)[kind["name"].lower()]["arn"])
        for kind in kinds
    ]
    for name, template in templates:
        if (arn := _filled(template, name, named)) is not None:
            return arn
    if [kind["required"] for kind in kinds].count(True) == 1:
        return _PLACE.sub(lambda place: _KNOWN.get(place[1], "*"), templates[0][1])
    return "*"


def content(headers: Mapping[str, str], body: bytes, query: Mapping[str, list[str]]) -> Any:
    """The operation of a request, and its members: of JSON or of the query protocol."""
    target = headers.get("x-amz-target", "").rsplit(".", 1)[-1]
    if target:
        return target, json.loads(body or b"{}")
    form = {**parse_qs(body.decode(errors="replace")), **query}
    members = {name: values[0] for name, values in form.items() if values}
    return members.get("Action", ""), members


def _filled(template: str, kind: str, named: Mapping[str, str]) -> str | None:
    """The ARN of a kind; None where the request does not name all of it."""
    values = dict(_KNOWN)
    for place in _PLACE.findall(template):
        found = values.get(place) or _value(place.lower(), kind, named)
        if not found:
            return None
        if found.startswith("arn:"):
            return found
        values[place] = found
    return _PLACE.sub(lambda place: values[place[1]], template)


def _value(place: str, kind: str, named: Mapping[str, str]) -> str | None:
    own = kind.replace("-", "").lower()
    if place == f"{own}namewithpath" and (name := named.get(f"{own}name")):
        return f"{named.get('path', '/')}{name}".lstrip("/")
    # An API calls the name of what it is about just that.
    names = (place, f"{own}arn", *(("name", "arn") if place == f"{own}name" else ()))
    return next((named[name] for name in names if named.get(name)), None)


@functools.cache
def _table(part: str, namespace: str) -> Mapping[str, Any]:
    file = _DATA / part / f"{namespace}.json"
    if re.fullmatch(r"[a-z0-9-]+", namespace) is None or not file.is_file():
        return {}
    return {name.lower(): entry for name, entry in json.loads(file.read_text()).items()}
