"""Notes what DAG files do while they are imported, and should do in a task.

The DAG processor imports each file again and again, by default every 30 seconds: what it reads
then is asked for as often, and a service that does not answer takes the file's DAGs away.
https://airflow.apache.org/docs/apache-airflow/stable/best-practices.html#top-level-python-code
"""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from finding import ERROR, WARNING, Finding

#: Events of Python's that lead out of the process, with the rule that each breaks:
#: https://docs.python.org/3/library/audit_events.html
_EVENTS = {
    "os.exec": "top-level-process",
    "os.fork": "top-level-process",
    "os.posix_spawn": "top-level-process",
    "os.system": "top-level-process",
    "socket.connect": "top-level-network",
    "socket.getaddrinfo": "top-level-network",
    "socket.gethostbyname": "top-level-network",
    "socket.sendto": "top-level-network",
    "subprocess.Popen": "top-level-process",
}

_NO_DEFAULT = object()


class Effects:
    """What the files of a folder did outside of themselves."""

    def __init__(self, folder: Path, variables: Mapping[str, str | None] | None) -> None:
        """Note nothing yet.

        Args:
            folder: The folder of the DAGs.
            variables: Variables of the environment, None for a value that is not known; None where
                the Variables themselves are not known.
        """
        self._folder = folder
        self._variables = variables
        self._findings: dict[tuple[str, int, str, str], Finding] = {}

    def findings(self) -> list[Finding]:
        """What was noted, each once."""
        return list(self._findings.values())

    def watch(self) -> None:
        """Begin. Nothing can be watched twice in one process."""
        from airflow.models.variable import Variable as OldVariable
        from airflow.sdk import Connection, Variable

        sys.addaudithook(self._audit)
        for owner in (Variable, OldVariable):
            self._watch(owner, self._variable)
        self._watch(Connection, self._connection)

    def _place(self) -> tuple[str, int] | None:
        """File and line of the folder that is being run, the innermost."""
        frame = sys._getframe(2)
        while frame is not None:
            path = Path(frame.f_code.co_filename)
            if path.is_relative_to(self._folder):
                return path.relative_to(self._folder).as_posix(), frame.f_lineno
            frame = frame.f_back
        return None

    def _note(self, place: tuple[str, int], rule: str, level: str, message: str) -> None:
        self._findings.setdefault(
            (*place, rule, message), Finding(place[0], place[1], rule, level, message)
        )

    def _audit(self, event: str, args: tuple) -> None:
        rule = _EVENTS.get(event)
        if rule is None:
            return
        place = self._place()
        if place is None:
            return
        shown = args[1:] if event.startswith("socket.") else args[:2]
        self._note(
            place,
            rule,
            ERROR,
            f"{event} {', '.join(map(str, shown))} while the file is imported: do it in a task.",
        )
        if rule == "top-level-network":
            raise ConnectionRefusedError(f"{event} is refused while DAG files are checked")

    def _watch(self, owner: type, answer: Callable) -> None:
        plain = owner.get  # type: ignore[attr-defined]

        @functools.wraps(plain)
        def noting(*args: Any, **kwargs: Any) -> Any:
            place = self._place()
            return plain(*args, **kwargs) if place is None else answer(place, *args, **kwargs)

        owner.get = staticmethod(noting)  # type: ignore[attr-defined]

    def _variable(
        self,
        place: tuple[str, int],
        key: str,
        default: Any = _NO_DEFAULT,
        deserialize_json: bool = False,
        **older: Any,
    ) -> Any:
        """As `Variable.get`, with the Variables of the environment."""
        self._note(
            place,
            "top-level-variable",
            WARNING,
            f"The Variable {key} is read while the file is imported, a call of the secrets "
            f"backend each time: read it in a task, or write {{{{ var.value.{key} }}}} in a "
            "template.",
        )
        default = older.get("default_var", default)
        known = self._variables
        value = None if known is None else known.get(key)
        if value is not None:
            return json.loads(value) if deserialize_json else value
        if default is not _NO_DEFAULT:
            return default
        if known is None or key in known:
            return {} if deserialize_json else ""
        raise KeyError(f"Variable {key} does not exist")

    def _connection(self, place: tuple[str, int], conn_id: str) -> Any:
        from airflow.sdk import Connection

        self._note(
            place,
            "top-level-connection",
            WARNING,
            f"The connection {conn_id} is read while the file is imported, a call of the secrets "
            "backend each time: read it in a task.",
        )
        return Connection(conn_id=conn_id, conn_type="generic")
