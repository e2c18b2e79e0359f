"""One of Airflow's processes, with less of Python's garbage collection; or the parent of them all.

Airflow's modules are half a million objects, all of which stay. Python by default looks through
them again and again while they are loaded, a sixth of that time, and when the process ends it takes
them apart, which is two to three seconds of CPU of the api-server.

`airflow_process.py [FILE] ARGUMENTS`: with the arguments of Airflow's command, which a file of this
folder may change before it runs it.

`airflow_process.py`: the parent. It imports once what each of them needs, two to four seconds of
CPU, and forks a process for each line that it reads: `{"arguments": [...], "log": FILE,
"variables": {...}}`, the next one after its answer, `{"pid": N}`. It writes `{"pid": N, "status":
N}` when a process has ended. It ends with its input, and waits for no process then.
"""

from __future__ import annotations

import gc
import json
import os
import runpy
import selectors
import signal
import sys
from importlib import import_module
from typing import Any

#: Objects that are added between two looks for garbage, and looks at the youngest before one at
#: those that outlived it. What a request or a task leaves behind is still found soon.
THRESHOLDS = (50_000, 10, 10)

#: What two or more of Airflow's processes import, before they do anything.
SHARED = (
    "airflow.__main__",
    "airflow.dag_processing.manager",
    "airflow.executors.local_executor",
    "airflow.jobs.scheduler_job_runner",
    "airflow.jobs.triggerer_job_runner",
)


def main() -> None:
    """Run the file, Airflow's command, or the parent."""
    gc.set_threshold(*THRESHOLDS)
    if len(sys.argv) == 1:
        # What modules print while they are imported is no answer.
        answers = os.dup(1)
        os.dup2(2, 1)
        for name in SHARED:
            import_module(name)
        for told in (sys.stdout, sys.stderr):
            told.flush()
        # What is here now is never garbage, in any of them.
        gc.freeze()
        asked = next_child(answers)
        if asked is None:
            return
        become(asked)
    try:
        if sys.argv[1].endswith(".py"):
            sys.argv.pop(0)
            runpy.run_path(sys.argv[0], run_name="__main__")
        else:
            from airflow.__main__ import main as airflow

            airflow()
    finally:
        # The process ends; what is frozen is left to the operating system.
        gc.freeze()


def next_child(answers: int) -> dict[str, Any] | None:
    """Fork what is asked for; gives a child what it was asked to be, the parent None at its end."""
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    # A signal without a handler wakes nobody.
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake)
    asking = selectors.DefaultSelector()
    asking.register(sys.stdin, selectors.EVENT_READ)
    asking.register(woken, selectors.EVENT_READ)
    while True:
        for key, _ in asking.select():
            if key.fileobj == woken:
                os.read(woken, 4096)
                tell_ended(answers)
                continue
            line = sys.stdin.readline()
            if not line:
                return None
            asked = json.loads(line)
            pid = os.fork()
            if pid == 0:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                asking.close()
                for ours in (answers, woken, wake):
                    os.close(ours)
                return asked
            say(answers, pid=pid)


def tell_ended(answers: int) -> None:
    """Say which children have ended, and how."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        say(answers, pid=pid, status=os.waitstatus_to_exitcode(status))


def say(answers: int, **what: int) -> None:
    """Write a line to whoever started this."""
    os.write(answers, f"{json.dumps(what)}\n".encode())


def become(asked: dict[str, Any]) -> None:
    """Make this process what one that was started by itself would be."""
    from setproctitle import setproctitle

    # By which a person, and a test, tells the processes apart. It needs the variables as they were.
    setproctitle(" ".join(["airflow", *asked["arguments"]]))
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDONLY)
    log = os.open(asked["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    for ours, standard in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(ours, standard)
    os.close(nothing)
    os.close(log)
    os.environ.clear()
    os.environ.update(asked["variables"])
    sys.argv[1:] = asked["arguments"]


if __name__ == "__main__":
    main()
