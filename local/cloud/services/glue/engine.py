"""What does Glue's work: the runs of jobs. Crawls need nothing before the first request."""

from __future__ import annotations

from local.cloud.core.settings import Settings
from local.cloud.services.glue.jobs import engine as jobs


def start(settings: Settings) -> None:
    """Get ready, before the first request."""
    jobs.start(settings)


def stop() -> None:
    """Nothing is left to do: the processes of runs end with this one, and so do crawls."""
