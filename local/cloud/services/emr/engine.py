"""What does EMR's work: clusters, their steps and notebooks."""

from __future__ import annotations

from local.cloud.core.settings import Settings
from local.cloud.services.emr import nodes
from local.cloud.services.emr.clusters import rights
from local.cloud.services.emr.notebooks import engine as notebooks
from local.cloud.services.emr.steps import engine as steps


def start(settings: Settings) -> None:
    """Get ready, before the first request."""
    rights.start()
    nodes.start(settings)
    steps.start(settings)
    notebooks.start(settings)


def stop() -> None:
    """Nothing is left to do: the processes on the nodes end with this one."""
