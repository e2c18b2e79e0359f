"""What is saved of EMR beside the emulator's own stores, and what becomes of it at a restart."""

from __future__ import annotations

import copy
from typing import Any

from ministack.services import emr

from local.cloud.services.emr.clusters import state as clusters
from local.cloud.services.emr.notebooks import state as notebooks

#: By their names.
security_configurations: dict[str, dict[str, Any]] = {}


def get_state() -> dict[str, Any]:
    """What is saved."""
    return {
        **emr.get_state(),
        "_notebook_executions": copy.deepcopy(notebooks.executions),
        "_security_configurations": copy.deepcopy(security_configurations),
    }


def load_persisted_state(data: dict[str, Any]) -> None:
    """Take up what was saved; what ran then has ended."""
    emr.load_persisted_state(data)
    security_configurations.update(data.get("_security_configurations", {}))
    clusters.take_up()
    notebooks.take_up(data.get("_notebook_executions", {}))


def reset() -> None:
    """Forget everything."""
    emr.reset()
    notebooks.executions.clear()
    security_configurations.clear()
