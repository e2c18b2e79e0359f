"""Ends what a runner leaves behind when it is killed: the runner cannot do that itself."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from components import end_left_over


@contextmanager
def guarded(home: Path) -> Iterator[None]:
    """See to it that nothing runs for a home once this process is gone, however it went."""
    guard = subprocess.Popen(  # noqa: S603 -- our own Python
        [sys.executable, __file__, str(home)],
        env={},
        stdin=subprocess.PIPE,
        # Out of the group of the runner, which may be killed as a whole.
        start_new_session=True,
    )
    with guard:
        yield


if __name__ == "__main__":
    # The other end is this process's parent's alone: it closes when the parent is gone.
    sys.stdin.buffer.read()
    end_left_over(Path(sys.argv[1]))
