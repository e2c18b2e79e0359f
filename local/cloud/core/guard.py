"""Runs a command that must not outlive the local cloud.

    python -I -S guard.py COMMAND [ARGUMENT…]

Started as the leader of a process group. Its standard input is a pipe that the local cloud holds
open: when that ends, however it ends, all of the group is killed. Ends as the command does, as a
shell would say it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading


def main() -> int:
    """Run the command; its status."""
    for signum in (signal.SIGTERM, signal.SIGINT):
        # The command has the same signal, and its end is waited for. SIG_IGN would be inherited.
        signal.signal(signum, lambda *_: None)
    try:
        child = subprocess.Popen(  # noqa: S603 -- what a step or job is made of
            sys.argv[1:], stdin=subprocess.DEVNULL
        )
    except OSError as error:
        print(
            f'Cannot run program "{sys.argv[1]}": error={error.errno}, {error.strerror}',
            file=sys.stderr,
        )
        return 127 if isinstance(error, FileNotFoundError) else 126
    threading.Thread(target=_watch, daemon=True).start()
    status = child.wait()
    return status if status >= 0 else 128 - status


def _watch() -> None:
    while os.read(0, 1):
        pass
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
