"""What becomes of Glue at a restart. All of it is saved in the emulator's stores, as it does."""

from __future__ import annotations

from typing import Any

from ministack.services import glue

from local.cloud.services.glue.crawlers import state as crawlers
from local.cloud.services.glue.jobs import state as jobs


def load_persisted_state(data: dict[str, Any]) -> None:
    """Take up what was saved; what ran then has failed."""
    glue.load_persisted_state(data)
    jobs.fail_lost_runs()
    crawlers.fail_lost_crawls()
