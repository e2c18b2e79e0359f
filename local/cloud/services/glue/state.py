"""What is saved of Glue, in the emulator's stores, and what becomes of it at a restart."""

from __future__ import annotations

from typing import Any

from ministack.services import glue

from local.cloud.services.glue.crawlers import state as crawlers
from local.cloud.services.glue.jobs import state as jobs


def get_state() -> dict[str, Any]:
    """What is saved."""
    return glue.get_state()


def load_persisted_state(data: dict[str, Any]) -> None:
    """Take up what was saved; what ran then has failed."""
    glue.load_persisted_state(data)
    jobs.fail_lost_runs()
    crawlers.fail_lost_crawls()


def reset() -> None:
    """Forget everything."""
    glue.reset()
