"""What an environment remembers: its metadata database and logs. A new one remembers nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

from status import write

#: File of a home with the identity of the environment whose history lies there.
_OWNER = "environment"


def forget_unless_of(home: Path, identity: str | None) -> bool:
    """Remove the history where it is another environment's; returns whether it was.

    Nothing may run for the home.

    Args:
        home: Home of the runner.
        identity: Of the environment, as in `environment.identity_of`; None where there is none.
    """
    owner = home / _OWNER
    if not owner.exists() or owner.read_text() == identity:
        return False
    # Last of all the owner: a removal that was broken off is made again.
    for database in home.glob("airflow.db*"):
        database.unlink()
    (home / "migrated").unlink(missing_ok=True)
    shutil.rmtree(home / "logs", ignore_errors=True)
    owner.unlink()
    return True


def belongs_to(home: Path, identity: str) -> None:
    """Say whose the history of the home is from now on."""
    write(home / _OWNER, identity)
