"""The parent of Airflow's processes, and the processes that it forks."""

from __future__ import annotations

import json
import os
import select
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from commands import Interrupted

#: Seconds between two looks whether the runner is to stop.
_LOOK_SECONDS = 0.5

#: Seconds that it has to end.
_END_SECONDS = 5


class Fork:
    """A process of Airflow's; like `subprocess.Popen`, though it is another's child."""

    def __init__(self, parent: Parent, pid: int) -> None:
        """Known by the parent.

        Args:
            parent: Whose child it is.
            pid: Its number.
        """
        self._parent = parent
        self.pid = pid

    @property
    def returncode(self) -> int | None:
        """How it ended; None where that is not known yet. Its parent's end is taken for its own."""
        return self._parent.statuses.get(self.pid, self._parent.returncode)

    def poll(self) -> int | None:
        """How it ended; None where it runs."""
        self._parent.poll()
        return self.returncode

    def wait(self) -> int:
        """Wait for its end, and tell how it ended."""
        while (status := self.poll()) is None:
            self._parent.listen(_LOOK_SECONDS)
        return status


class Parent:
    """The process of `airflow_process.py` without arguments."""

    def __init__(
        self, command: Sequence[str], variables: Mapping[str, str], home: Path, log: Path
    ) -> None:
        """Start it; it imports what Airflow's processes need, and then waits.

        Args:
            command: What runs `airflow_process.py`.
            variables: Those of its processes, but for what one of them has as another value.
            home: The folder that it works in.
            log: The file that it writes to.
        """
        self._log = log
        #: How each process ended that has, by its number.
        self.statuses: dict[int, int] = {}
        self._forked: list[int] = []
        self._rest = b""
        with log.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603 -- our own Python
                command,
                env=dict(variables),
                cwd=home,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
                # A group of its own: a terminal's Ctrl-C is the runner's to pass on.
                start_new_session=True,
            )

    @property
    def returncode(self) -> int | None:
        """How it ended, when `poll` has been asked; None where it runs."""
        return self._process.returncode

    def poll(self) -> int | None:
        """How it ended; None where it runs."""
        self.listen(0)
        return self._process.poll()

    def fork(
        self,
        arguments: Sequence[str],
        log: Path,
        variables: Mapping[str, str],
        keep_going: Callable[[], bool],
    ) -> Fork:
        """Have it fork a process.

        Args:
            arguments: Of `airflow_process.py`.
            log: The file that it writes to.
            variables: All that it has.
            keep_going: Asked while the parent still imports; False ends the wait.

        Raises:
            ChildProcessError: where the parent has ended.
            Interrupted: when `keep_going` said no.
        """
        asked = {"arguments": list(arguments), "log": str(log), "variables": dict(variables)}
        if (to := self._process.stdin) is not None:
            # Its end is noticed below.
            with suppress(BrokenPipeError):
                to.write(f"{json.dumps(asked)}\n".encode())
                to.flush()
        while not self._forked:
            if not keep_going():
                # It would fork what it has been asked for.
                self._process.kill()
                raise Interrupted
            self.listen(_LOOK_SECONDS)
            if (status := self._process.poll()) is not None:
                raise ChildProcessError(
                    f"the parent of Airflow's processes ended with status {status}: {self._log}"
                )
        return Fork(self, self._forked.pop(0))

    def listen(self, seconds: float) -> None:
        """Take note of what it says, and wait so long for the first of it."""
        if (told := self._process.stdout) is None:
            return
        while select.select([told], [], [], seconds)[0]:
            text = os.read(told.fileno(), 65_536)
            if not text:
                return
            *lines, self._rest = (self._rest + text).split(b"\n")
            for line in lines:
                said = json.loads(line)
                if "status" in said:
                    self.statuses[said["pid"]] = said["status"]
                else:
                    self._forked.append(said["pid"])
            seconds = 0

    def end(self) -> None:
        """End it, and wait for that; its processes are left as they are."""
        with self._process as process:
            if process.stdin is not None:
                # What a parent that is gone was still asked for.
                with suppress(BrokenPipeError):
                    process.stdin.close()
            try:
                process.wait(_END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
