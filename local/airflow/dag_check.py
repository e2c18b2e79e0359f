"""Imports the DAG files of a folder as Airflow's DAG processor does, and tells what is wrong.

Usage: `dag_check.py FOLDER NAMES`, run by the Python that has the environment's requirements.
`NAMES` is JSON with `variables`, an object of the environment's Variables (null for a value that
is not known), and `connections`, a list of ids; null where they are not known. The last line of
what it prints is the answer, a list of findings.
"""

from __future__ import annotations

import json
import logging
import os
import re
import socket
import sys
from collections import Counter
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from dag_effects import Effects
from dag_names import CONNECTION, VARIABLE, Named, named_in_code, named_in_tasks
from finding import ERROR, WARNING, Finding, line_of, line_of_name

#: Rules by the exceptions of Airflow's that an import fails with; any other is an `import-error`.
_RULES = {
    "AirflowDagCycleException": "dag-cycle",
    "AirflowDagDuplicatedIdException": "duplicate-dag-id",
    "AirflowTimetableInvalid": "schedule",
}

#: How near to the import a start date lies that is computed from the time of the import.
_NOW = timedelta(hours=1)


def check(folder: Path, names: dict[str, Any]) -> list[Finding]:
    """What is wrong with the DAG files of a folder, in the order of files and lines."""
    from airflow.dag_processing.dagbag import DagBag

    effects = Effects(folder, names["variables"])
    effects.watch()
    bagged: list[Any] = []

    class Bag(DagBag):
        def bag_dag(self, dag: Any) -> None:
            bagged.append(dag)
            super().bag_dag(dag)

    bag = Bag(str(folder))
    noted = effects.findings()
    named = named_in_code(folder)
    found = [*noted, *_twice(bagged, folder), *_plugins()]
    for dag in bag.dags.values():
        in_tasks, broken = named_in_tasks(dag, folder)
        named += in_tasks
        found += [*broken, *_schedule(dag, folder)]
    missing = _missing(named, names)
    refused = {(one.file, one.line) for one in missing}
    refused |= {(one.file, one.line) for one in noted if one.rule == "top-level-network"}
    imports = [_import_error(folder, file, said) for file, said in bag.import_errors.items()]
    found += [*missing, *(one for one in imports if (one.file, one.line) not in refused)]
    return sorted(found, key=lambda one: (one.file, one.line or 0, one.rule, one.message))


def _import_error(folder: Path, file: str, said: str) -> Finding:
    name = os.path.relpath(folder / file, folder)
    lines = said.rstrip().splitlines() or [""]
    # What follows the last frame: a message may have several lines.
    frames = max((i for i, line in enumerate(lines) if line.startswith(" ")), default=-1)
    reason = " ".join(line.strip() for line in lines[frames + 1 :]) or lines[-1].strip()
    rule = _RULES.get(reason.split(":")[0].rsplit(".", 1)[-1], "import-error")
    path = folder / name
    line = _line(name, lines) or line_of_name(path, *reversed(_NAMES.findall(reason)))
    if line is None and rule == "schedule":
        # Airflow names neither the DAG nor the schedule.
        line = line_of(path, "schedule=")
    return Finding(name, line, rule, ERROR, f"cannot be imported: {reason}")


#: What a reason may name of a file: a quoted text, one in brackets, a word.
_NAMES = re.compile(r"(?<=')[^']+(?=')|(?<=\[)[^\]]+(?=\])|[\w.-]+")


def _line(name: str, lines: list[str]) -> int | None:
    """The last line of a file that a stack trace names."""
    for text in reversed(lines):
        before, found, line = text.strip().partition('", line ')
        if found and before.endswith(name):
            return int(line.split(",")[0])
    return None


def _twice(bagged: list[Any], folder: Path) -> list[Finding]:
    """DAGs of one id in one file, of which Airflow keeps the last without a word."""
    # Airflow may find one DAG of a file twice.
    different = {id(dag): dag for dag in bagged}.values()
    counted = Counter((dag.fileloc, dag.dag_id) for dag in different)
    return [
        Finding(
            os.path.relpath(file, folder),
            line_of_name(Path(file), dag_id),
            "duplicate-dag-id",
            ERROR,
            f"{count} DAGs of the file have the id {dag_id}; Airflow keeps the last. "
            "Give each an id of its own.",
        )
        for (file, dag_id), count in counted.items()
        if count > 1
    ]


def _plugins() -> list[Finding]:
    """Plugins that cannot be loaded, by their files."""
    from airflow import plugins_manager

    folder = Path(os.environ["AIRFLOW__CORE__PLUGINS_FOLDER"])
    return [
        Finding(
            f"plugins/{os.path.relpath(folder / file, folder)}",
            None,
            "plugin",
            ERROR,
            f"The plugin cannot be loaded: {error.strip().splitlines()[-1]}",
        )
        for file, error in plugins_manager.get_import_errors().items()
    ]


def _schedule(dag: Any, folder: Path) -> list[Finding]:
    """A schedule that never comes, a start date that moves, and what Airflow cannot store."""
    from airflow.serialization.serialized_objects import DagSerialization
    from airflow.timetables.base import TimeRestriction

    file, path = os.path.relpath(dag.fileloc, folder), Path(dag.fileloc)
    line = line_of_name(path, dag.dag_id)
    found = []
    starts = [dag.start_date, *(task.start_date for task in dag.tasks)]
    now = datetime.now(UTC)
    if any(start is not None and abs(now - start) < _NOW for start in starts):
        found.append(
            Finding(
                file,
                line,
                "moving-start-date",
                WARNING,
                f"start_date of {dag.dag_id} is the time of the import, and moves with each: "
                "its runs may never be due. Write a date.",
            )
        )
    try:
        stored = DagSerialization.from_dict(DagSerialization.to_dict(dag))
    except Exception as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[-1]
        return [*found, Finding(file, line, "not-serializable", ERROR, reason)]
    timetable = stored.timetable
    if timetable.can_be_scheduled and timetable.periodic:
        earliest: Any = stored.start_date
        restriction = TimeRestriction(earliest=earliest, latest=None, catchup=False)
        try:
            following = timetable.next_dagrun_info(
                last_automated_data_interval=None, restriction=restriction
            )
            reason = "no run follows" if following is None and stored.start_date else None
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
        if reason is not None:
            summary = timetable.summary
            message = f"The schedule {summary} of {dag.dag_id} never comes: {reason}"
            found.append(Finding(file, line, "schedule", ERROR, message))
    return found


def _missing(named: list[Named], names: dict[str, Any]) -> list[Finding]:
    """Variables and connections that are named, and that the environment has not."""
    known = {VARIABLE: names["variables"], CONNECTION: names["connections"]}
    setting = {VARIABLE: "variables", CONNECTION: "connections"}
    return [
        Finding(
            one.file,
            one.line,
            f"unknown-{one.kind.lower()}",
            ERROR,
            f"The stack has no {one.kind} {one.name}. Add it to the setting {setting[one.kind]}, "
            "or give the read a default.",
        )
        for one in dict.fromkeys(named)
        if known[one.kind] is not None and one.name not in known[one.kind]
    ]


def main() -> int:
    """Print the findings of the folder that the arguments name."""
    logging.disable(logging.CRITICAL)
    # Airflow resolves its own host's name once; that is not a file's doing.
    socket.getfqdn()
    folder = Path(sys.argv[1]).resolve()
    print(json.dumps([asdict(one) for one in check(folder, json.loads(sys.argv[2]))]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
