"""Parse DAG files as the DAG processor does and tell what they did: `parse.py FILE…`.

Prints JSON: for each file its DAGs as Airflow serializes them, its import errors, and what it must
not do while it is parsed: open a connection, look a name up, start a process, read a Variable or a
Connection. It is noted where it happens, so that a file cannot hide it in a `try`.
"""

from __future__ import annotations

import functools
import json
import logging
import socket
import sys
from pathlib import Path

from airflow.dag_processing.dagbag import DagBag
from airflow.models.variable import Variable as OldVariable
from airflow.sdk import Connection, Variable
from airflow.serialization.serialized_objects import DagSerialization

#: Audit events of Python's that only an outside effect raises:
#: https://docs.python.org/3/library/audit_events.html
FORBIDDEN = {
    "os.exec",
    "os.fork",
    "os.posix_spawn",
    "os.system",
    "socket.connect",
    "socket.getaddrinfo",
    "socket.gethostbyname",
    "socket.sendto",
    "subprocess.Popen",
}

_noted: list[str] | None = None


def _audit(event: str, args: tuple) -> None:
    if _noted is not None and event in FORBIDDEN:
        _noted.append(f"{event} {args[1:] if event.startswith('socket') else args[:2]}")


def _watch(owner: type, name: str) -> None:
    plain = getattr(owner, name)

    @functools.wraps(plain)
    def noting(*args, **kwargs):
        if _noted is not None:
            _noted.append(f"{owner.__name__}.{name} {args}")
        return plain(*args, **kwargs)

    setattr(owner, name, noting)


def parse(path: Path) -> dict:
    """What a file holds, and what it did."""
    global _noted
    _noted = noted = []
    try:
        bag = DagBag(path)
    finally:
        _noted = None
    return {
        "dags": {dag_id: DagSerialization.to_dict(dag) for dag_id, dag in sorted(bag.dags.items())},
        "import_errors": [str(error) for error in bag.import_errors.values()],
        "noted": noted,
    }


def main() -> None:
    logging.disable(logging.CRITICAL)
    # Airflow resolves its own host's name once; that is not the file's doing.
    socket.getfqdn()
    sys.addaudithook(_audit)
    _watch(Variable, "get")
    _watch(OldVariable, "get")
    _watch(Connection, "get")
    print(json.dumps({path: parse(Path(path)) for path in sys.argv[1:]}, default=str))


if __name__ == "__main__":
    main()
