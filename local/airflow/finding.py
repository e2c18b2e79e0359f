"""What a check of DAG files finds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

#: The run fails, or the file cannot be imported.
ERROR = "error"

#: It works, and costs or surprises later.
WARNING = "warning"


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a file."""

    #: Path of the file below the folder that is checked.
    file: str
    #: Line of the file; None where it cannot be told.
    line: int | None
    #: Name of the rule, such as `dag-cycle`.
    rule: str
    level: str
    message: str


def line_of(file: Path, text: str) -> int | None:
    """The first line of a file that has a text; None where none has."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    return next((number for number, line in enumerate(lines, 1) if text in line), None)


def line_of_name(file: Path, *names: str) -> int | None:
    """The first line that has one of these names as a string; the earlier name counts first."""
    for name in names:
        for quote in "\"'":
            line = line_of(file, f"{quote}{name}{quote}")
            if line is not None:
                return line
    return None
