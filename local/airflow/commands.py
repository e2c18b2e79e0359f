"""Commands that are run to their end, unless time is up or the runner is to stop."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path


class Interrupted(Exception):
    """A command was ended because the runner is to stop."""


def run(
    command: Sequence[str],
    variables: Mapping[str, str],
    seconds: float,
    keep_going: Callable[[], bool],
    output: Path,
    cwd: Path | None = None,
) -> int | None:
    """Run a command; returns its status, or None where it did not end in time.

    Args:
        command: Program and arguments.
        variables: All of its environment.
        seconds: How long it may take; then it is killed, with all that it started.
        keep_going: Asked again and again; once it says no, the command is killed.
        output: File that what it says is added to.
        cwd: Folder that it is run in.

    Raises:
        Interrupted: when `keep_going` said no.
    """
    with output.open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 -- what the runner is made of
            command,
            env=dict(variables),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    deadline = time.monotonic() + seconds
    while process.poll() is None:
        stopping = not keep_going()
        if stopping or time.monotonic() > deadline:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            if stopping:
                raise Interrupted
            return None
        time.sleep(0.05)
    return process.returncode
