"""What an environment remembers: its metadata database and logs. A new one remembers nothing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from components import Components
from postgresql import PostgreSQL, data_folder
from status import write

#: File of a home with the identity of the environment whose history lies there.
_OWNER = "environment"

#: File of a home with the version of Airflow that its metadata database is of.
MIGRATED = "migrated"


def forget_unless_of(home: Path, identity: str | None, stop: Callable[[], None]) -> bool:
    """Remove the history where it is another environment's; returns whether it was.

    Args:
        home: Home of the runner, of which nothing runs but the database.
        identity: Of the environment, as in `environment.identity_of`; None where there is none.
        stop: Stops the database.
    """
    owner = home / _OWNER
    if not owner.exists() or owner.read_text() == identity:
        return False
    stop()
    # Last of all the owner: a removal that was broken off is made again.
    shutil.rmtree(data_folder(home), ignore_errors=True)
    (home / MIGRATED).unlink(missing_ok=True)
    shutil.rmtree(home / "logs", ignore_errors=True)
    owner.unlink()
    return True


def belongs_to(home: Path, identity: str) -> None:
    """Say whose the history of the home is from now on."""
    write(home / _OWNER, identity)


def migrate(
    home: Path,
    database: PostgreSQL,
    components: Components,
    variables: Mapping[str, str],
    version: str,
    template: Path,
    keep_going: Callable[[], bool],
) -> None:
    """Bring the metadata to a version of Airflow, in a database that runs from then on.

    Airflow takes some seconds to make an empty one, always the same: the first is kept as the
    template of others.

    Args:
        home: Home of the runner.
        database: Of the home.
        components: Of the home.
        variables: Environment of Airflow's command.
        version: Version of Airflow that is installed here.
        template: Folder of an empty database of the version, where there has been one.
        keep_going: Asked again and again.

    Raises:
        ComponentError: when the migration fails, or the database is of a newer version.
        Interrupted: when `keep_going` said no.
        PostgreSQLError: when the database cannot be made or started.
    """
    fresh = not database.exists()
    if fresh and template.exists():
        database.copy_stopped(template)
        (home / MIGRATED).write_text(version)
    elif fresh:
        (home / MIGRATED).unlink(missing_ok=True)
        database.create(keep_going)
    database.start(keep_going)
    components.migrate(variables, version, keep_going)
    if fresh and not template.exists():
        database.stop()
        _keep(data_folder(home), template)
        database.start(keep_going)


def _keep(data: Path, template: Path) -> None:
    """Keep a copy of a database as the template: of several that do so at once, one."""
    partial = template.with_name(f"{template.name}.{os.getpid()}")
    shutil.copytree(data, partial)
    try:
        partial.rename(template)
    except OSError:
        shutil.rmtree(partial)
    # Those of other packages, which nobody asks for any more.
    for other in template.parent.iterdir():
        if other.suffix == "" and other != template:
            shutil.rmtree(other, ignore_errors=True)
