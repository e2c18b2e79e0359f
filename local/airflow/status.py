"""What the runner says of itself: `status.json` in its home, for its owner only."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path


class State(StrEnum):
    """Where a runner is on its way."""

    PREPARING = "preparing"
    WAITING = "waiting"
    STARTING = "starting"
    HEALTHY = "healthy"
    STOPPING = "stopping"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(frozen=True)
class Status:
    """Content of the file.

    `waiting` is for the environment to exist, `healthy` means that every component has a heartbeat.
    """

    state: State
    environment: str
    #: Of Airflow.
    version: str
    pid: int
    url: str
    username: str
    password: str
    #: The folder with the socket of the metadata database.
    database: str
    #: Why, for `failed`.
    error: str | None = None


def write(path: Path, content: str) -> None:
    """Write a file for its owner only; a reader sees the old content or the new."""
    partial = path.with_name(f"{path.name}.partial")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(content)
    partial.replace(path)


def write_status(home: Path, status: Status) -> None:
    """Say where the runner is."""
    write(home / "status.json", json.dumps(asdict(status), indent=2) + "\n")
