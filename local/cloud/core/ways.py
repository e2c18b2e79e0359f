"""Which services a caller in a network reaches: by its routes and endpoints, as on AWS."""

from __future__ import annotations

from collections.abc import Callable

#: Why a role's call to a service does not arrive, from the caller's access key and the name that
#: requests are signed for; None where it does.
Way = Callable[[str, str], str | None]

_ways: list[Way] = []


def of_callers(way: Way) -> None:
    """Have calls of a kind of caller looked at."""
    _ways.append(way)


def blocked(access_key: str, service: str) -> str | None:
    """Why a call does not arrive; None where it does."""
    return next((why for way in _ways if (why := way(access_key, service)) is not None), None)
