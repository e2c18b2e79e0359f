"""Rehearses an upgrade: what of an environment would break under the Airflow installed here.

Usage: `rehearse.py STEP HOME`, a name of `STEPS` and a folder that is thrown away: it has `dags`,
`plugins`, where the environment has them `requirements.txt` and `startup.sh`, and
`rehearsal.json`, which says the rest as `Rehearsal` has it. Nothing outside of it is written, but
the caches of uv and pip. Prints JSON: a list of findings.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from importlib import metadata
from pathlib import Path

import psutil

import check_dags
from components import ComponentError, Components
from environment import INHERITED, base_variables, default_variables, option_variables, read_secrets
from finding import ERROR, WARNING, Finding
from history import MIGRATED
from postgresql import PostgreSQL, PostgreSQLError, address
from rehearsal import Rehearsal, last_line, version
from rehearse_options import options
from rehearse_requirements import requirements
from rehearse_uses import uses
from startup import COMPONENTS, StartupError, variables_after


def startup(rehearsal: Rehearsal) -> list[Finding]:
    """What the start-up script says when it is run as each component of MWAA runs it."""
    script = rehearsal.home / "startup.sh"
    if not script.exists():
        return []
    home = {"HOME": str(rehearsal.home), "AIRFLOW_HOME": str(rehearsal.home / "airflow")}
    overridable = {name: os.environ[name] for name in INHERITED if name in os.environ}
    overridable |= {**default_variables(), **home}
    fixed = option_variables(rehearsal.options)
    overridable = {name: value for name, value in overridable.items() if name not in fixed}
    found = []
    heard = _Heard()
    logger = logging.getLogger("airflow-runner")
    logger.addHandler(heard)
    for component in COMPONENTS:
        log = rehearsal.home / f"startup-{component}.log"
        try:
            variables_after(script, component, overridable, fixed, log, lambda: True)
        except StartupError as error:
            last = last_line(log).replace(f"{rehearsal.home}/", "")
            message = f"{_without(str(error), log)} Its last line: {last}"
            found.append(_of_script(rehearsal, log, ERROR, message))
            # Whatever ends it in one ends it in the others, and each may take minutes.
            break
    logger.removeHandler(heard)
    for said in dict.fromkeys(heard.said):
        found.append(_of_script(rehearsal, None, WARNING, _without(said, rehearsal.home)))
    return found


class _Heard(logging.Handler):
    """Keeps what is logged as a warning."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())


def _without(message: str, path: Path) -> str:
    """A message without the path of a log that is thrown away, and what leads to it."""
    return message.split(f" Its output: {path}")[0].split(f": {path}")[0]


def _of_script(rehearsal: Rehearsal, log: Path | None, level: str, message: str) -> Finding:
    line = None
    for row in log.read_text(errors="replace").splitlines() if log and log.exists() else []:
        # As bash tells an error of its own: `startup.sh: line 3: nonsense: command not found`.
        _, told, rest = row.partition("startup.sh: line ")
        line = int(rest.split(":")[0]) if told else line
    return Finding(rehearsal.startup_script, line, "startup-script", level, message)


def dags(rehearsal: Rehearsal) -> list[Finding]:
    """What is wrong with DAG files and plugins where they are imported under the new version."""
    names = json.dumps(
        {
            "variables": rehearsal.variables,
            "connections": rehearsal.connections,
            "options": rehearsal.options,
        }
    )
    return [Finding(**one) for one in check_dags.findings(rehearsal.home, names)]


def migration(rehearsal: Rehearsal) -> list[Finding]:
    """What keeps the metadata of the running environment from being migrated: on a copy."""
    if rehearsal.metadata is None:
        return []
    source, home = Path(rehearsal.metadata), rehearsal.home / "airflow"
    home.mkdir(exist_ok=True)
    database = PostgreSQL(home, Path(rehearsal.postgresql))
    log = database.log
    try:
        if rehearsal.running:
            database.copy_running(source.parent, lambda: True)
        else:
            database.copy_stopped(source)
        stamp = source.with_name(MIGRATED)
        if stamp.exists():
            shutil.copyfile(stamp, home / stamp.name)
        database.start(lambda: True)
        log = home / "logs" / "migrate.log"
        variables = base_variables(home, 1, read_secrets(home), address(home))
        Components(home).migrate(variables, metadata.version("apache-airflow"), lambda: True)
    except (ComponentError, OSError, PostgreSQLError) as error:
        last = last_line(log).replace(f"{rehearsal.home}/", "").rstrip(".")
        said = f"{_without(str(error), log)}. {last}."
        return [
            Finding(
                source.name,
                None,
                "metadata",
                ERROR,
                f"The metadata cannot be migrated to Airflow {version()}: {said} MWAA would roll "
                "the upgrade back. Correct what it names in the running environment.",
            )
        ]
    finally:
        database.stop()
    return []


#: In the order in which they are taken: the requirements decide what the DAGs are imported with.
STEPS: Mapping[str, Callable[[Rehearsal], list[Finding]]] = {
    "requirements": requirements,
    "startup": startup,
    "options": options,
    "dags": dags,
    "uses": uses,
    "metadata": migration,
}


def _end_with_parent() -> None:
    """End, with all that was started, once nobody holds the other end of the input."""

    def watch() -> None:
        while os.read(sys.stdin.fileno(), 1):
            pass
        for process in psutil.Process().children(recursive=True):
            with suppress(ProcessLookupError):
                # A script is ended with what it is just about to start, which is of its group.
                group = os.getpgid(process.pid)
                if group == os.getpgrp():
                    os.kill(process.pid, signal.SIGKILL)
                else:
                    os.killpg(group, signal.SIGKILL)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def main() -> int:
    """Take the step that the arguments name; 1 where it cannot be told how it ends."""
    _end_with_parent()
    step, home = sys.argv[1], Path(sys.argv[2]).resolve()
    try:
        found = STEPS[step](Rehearsal.of(home))
    except RuntimeError as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps([asdict(one) for one in found]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
