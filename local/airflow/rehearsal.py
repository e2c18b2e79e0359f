"""What a rehearsal of an upgrade is told, and where it works."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, fields
from importlib import metadata
from pathlib import Path
from typing import Any

#: The last line of a stack trace.
_ERROR = re.compile(r"[\w.]+(Error|Exception): ")


@dataclass(frozen=True)
class Rehearsal:
    """An environment that is to have another version."""

    #: Folder that all is read from and written to.
    home: Path
    #: The version that it has, such as 2.11.
    origin: str
    #: Airflow's configuration options by name, such as `core.parallelism`.
    options: dict[str, str]
    #: File that has them, as findings name it, and where it lies.
    options_file: str
    options_path: str
    #: As `dag_check.py` takes them.
    variables: dict[str, str | None] | None
    connections: list[str] | None
    #: The start-up script, as findings name it.
    startup_script: str
    #: Folder of the metadata database of the running environment; None where there is none.
    metadata: str | None
    #: Whether its server runs.
    running: bool
    #: Folder of PostgreSQL's programs.
    postgresql: str
    #: Programs: uv, which resolves requirements, and ruff, which knows what Airflow removed.
    uv: str
    ruff: str

    @classmethod
    def of(cls, home: Path) -> Rehearsal:
        """Read `rehearsal.json` of a home."""
        told: dict[str, Any] = json.loads((home / "rehearsal.json").read_text())
        names = {field.name for field in fields(cls)} - {"home"}
        return cls(home=home, **{name: told[name] for name in names})

    def shown(self, path: Path) -> str:
        """A file of the home as findings name it: below the DAGs, or below `plugins/`."""
        dags = self.home / "dags"
        return (path.relative_to(dags if path.is_relative_to(dags) else self.home)).as_posix()

    def python_files(self) -> list[Path]:
        """DAG files and plugins."""
        return [
            path
            for folder in ("dags", "plugins")
            for path in sorted((self.home / folder).rglob("*.py"))
        ]


def version() -> str:
    """The version of Airflow that is rehearsed: the one that is installed here."""
    return metadata.version("apache-airflow")


def last_line(log: Path) -> str:
    """What a log ends with: the last error of Python's, else the last line; else nothing."""
    lines = log.read_text(errors="replace").split("\n") if log.exists() else []
    said = [line.strip() for line in lines if line.strip()]
    errors = [line for line in said if _ERROR.match(line)]
    return (errors or said or [""])[-1]
