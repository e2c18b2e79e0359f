"""Word of changes outside of requests, so that they are saved."""

from __future__ import annotations

from collections.abc import Callable

_listeners: list[Callable[[], object]] = []


def subscribe(listener: Callable[[], object]) -> None:
    """Call it, from any thread, whenever something has changed outside of a request."""
    _listeners.append(listener)


def notify() -> None:
    """Say that something has changed outside of a request, so that it is saved."""
    for listener in _listeners:
        listener()
