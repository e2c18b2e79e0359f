"""All that users made and that is there now, in every service: what `destroy` must leave empty."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ministack import app
from ministack.core.responses import AccountRegionScopedDict, AccountScopedDict

#: What a fresh account has, or what is a record of calls and no resource: service, collection.
IGNORED = {
    ("sts", "sessions"),
    ("cloudtrail", "*"),
    ("tagging", "*"),
}


def _entries(content: Any) -> dict[str, Any]:
    if isinstance(content, (AccountScopedDict, AccountRegionScopedDict)):
        return {str(key[-1]): value for key, value in content._data.items()}
    if isinstance(content, Mapping):
        return {str(key): value for key, value in content.items()}
    if isinstance(content, (list, tuple, set)):
        return {str(value): value for value in content}
    return {}


def _snapshot() -> dict[str, dict[str, dict[str, Any]]]:
    return {
        service: {name: _entries(part) for name, part in (get_state() or {}).items()}
        for service, get_state in app._build_persistence_save_dict().items()
    }


def taken() -> dict[str, dict[str, list[str]]]:
    """List it: service, collection, ids. Empty where nothing is left."""
    return _snapshot()
