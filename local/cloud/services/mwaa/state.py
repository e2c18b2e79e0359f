"""The environments that are saved. The emulator would start a container for each that it loads."""

from __future__ import annotations

from typing import Any

from ministack.services import mwaa


def load_persisted_state(data: dict[str, Any]) -> None:
    """Take up what was saved."""
    mwaa._environments.update(data.get("environments", {}))
