"""What processes on a cluster's nodes have: the rights of their role, and their configuration."""

from __future__ import annotations

import urllib.parse
from collections.abc import Mapping
from typing import Any

from local.cloud.core import auth
from local.cloud.core.settings import Settings
from local.cloud.services.emr.clusters.rights import NODE_PRINCIPAL

_settings: Settings


def start(settings: Settings) -> None:
    """Take note of where this cloud is."""
    global _settings
    _settings = settings


def credentials(cluster: dict[str, Any]) -> dict[str, str]:
    """Variables by which a process gets the role of a cluster's nodes, again and again."""
    role = cluster["_role"]
    query = urllib.parse.urlencode({"role": role, "service": NODE_PRINCIPAL})
    return {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": (
            f"http://127.0.0.1:{_settings.port}/_local/credentials?{query}"
        ),
        "AWS_CONTAINER_AUTHORIZATION_TOKEN": auth.route_token(_settings, NODE_PRINCIPAL, role),
    }


def properties(cluster: Mapping[str, Any], *path: str) -> dict[str, str]:
    """The properties of a configuration classification of a cluster.

    https://docs.aws.amazon.com/emr/latest/ReleaseGuide/emr-configure-apps.html
    """
    found: dict[str, str] = {}
    level = [cluster]
    for name in path:
        level = [
            one
            for outer in level
            for one in outer.get("Configurations") or []
            if one.get("Classification") == name
        ]
    for one in level:
        found |= one.get("Properties") or {}
    return found
