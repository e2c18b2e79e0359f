"""Spark, for the steps and notebooks of EMR and the jobs of Glue."""

from __future__ import annotations

from local.cloud.core.settings import Settings
from local.cloud.engines.spark import home, process


def start(settings: Settings) -> None:
    """Get ready, before the first submission."""
    home.start(settings)
    process.start(settings)
