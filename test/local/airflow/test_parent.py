"""The parent of Airflow's processes, as the runner talks with it, and what it forks."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from runner import python
from running import until

import airflow_process
import components
from commands import Interrupted
from parent import Parent
from startup import COMPONENTS as STARTED
from startup import of_component

#: The parent, which imports a module of the test's in the place of Airflow's.
WITHOUT_AIRFLOW = f"""
import sys
sys.path.insert(0, "modules")
sys.argv = [{airflow_process.__file__!r}]
from runpy import run_path
own = run_path(sys.argv[0])
own["main"].__globals__["SHARED"] = ("stands_in",)
own["main"]()
"""

PROBE = """
import json, os, sys, time
print(json.dumps({
    "argv": sys.argv,
    "environ": dict(os.environ),
    "session": os.getsid(0) == os.getpid(),
    "input": sys.stdin.read(),
    "imported": "stands_in" in sys.modules,
    "files": len(os.listdir("/dev/fd")),
}), flush=True)
while os.environ["LASTS"] == "long":
    time.sleep(1)
sys.exit(3)
"""


def going_on() -> bool:
    return True


class Started:
    """A parent in a folder, and what it forks there."""

    def __init__(self, home: Path, module: str = "") -> None:
        self.home = home
        (home / "probe.py").write_text(PROBE)
        (home / "modules").mkdir()
        (home / "modules" / "stands_in.py").write_text(module)
        command = [python(), "-c", WITHOUT_AIRFLOW]
        self.parent = Parent(command, {"OF": "parent"}, home, home / "parent.log")
        self.pids: list[int] = []

    def fork(self, lasts: str, keep_going: Callable[[], bool] = going_on):
        arguments = (str(self.home / "probe.py"), "scheduler", "--flag")
        log = self.home / f"{len(self.pids)}.log"
        forked = self.parent.fork(arguments, log, {"LASTS": lasts}, keep_going)
        self.pids.append(forked.pid)
        return forked

    def kill(self) -> None:
        os.kill(self.parent_pid(), signal.SIGKILL)

    def parent_pid(self) -> int:
        (found,) = (
            child.pid for child in psutil.Process().children() if child.cwd() == str(self.home)
        )
        return found


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Started]:
    one = Started(tmp_path, "print('this is no answer')")
    yield one
    for pid in one.pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    one.parent.end()


def test_a_fork_is_as_if_started_by_itself(started: Started) -> None:
    (started.home / "0.log").write_text("before\n")
    forked = started.fork("short")
    assert forked.wait() == 3
    before, said = (started.home / "0.log").read_text().splitlines()
    assert before == "before"
    assert json.loads(said) == {
        "argv": [str(started.home / "probe.py"), "scheduler", "--flag"],
        "environ": {"LASTS": "short"},
        "session": True,
        "input": "",
        "imported": True,
        # Its input, output and errors, and the folder that it reads.
        "files": 4,
    }
    assert "this is no answer" in (started.home / "parent.log").read_text()


def test_forks_are_told_apart_by_their_titles(started: Started) -> None:
    forked = started.fork("long")
    title = f"airflow {started.home / 'probe.py'} scheduler --flag"
    until(lambda: " ".join(psutil.Process(forked.pid).cmdline()).strip() == title)


def test_how_each_fork_ended_is_told(started: Started) -> None:
    long, short, killed = (started.fork(lasts) for lasts in ("long", "short", "long"))
    assert short.wait() == 3
    assert killed.poll() is None
    os.kill(killed.pid, signal.SIGKILL)
    assert killed.wait() == -signal.SIGKILL
    assert long.poll() is None
    os.kill(long.pid, signal.SIGTERM)
    assert long.wait() == -signal.SIGTERM
    assert started.parent.poll() is None


def test_the_end_of_the_parent_is_taken_for_that_of_its_forks(started: Started) -> None:
    forked = started.fork("long")
    log = started.home / "0.log"
    # Until it says so, it may have what its parent reads from.
    until(lambda: log.is_file() and log.read_text())
    started.kill()
    assert forked.wait() == -signal.SIGKILL
    with pytest.raises(ChildProcessError, match=r"ended with status -9: .*parent\.log"):
        started.fork("long")
    started.parent.end()
    assert started.parent.returncode == -signal.SIGKILL


def test_a_parent_that_cannot_import_says_where_it_told_why(tmp_path: Path) -> None:
    one = Started(tmp_path, "raise ImportError('no such module')")
    with pytest.raises(ChildProcessError, match=r"ended with status 1: .*parent\.log"):
        one.fork("long")
    assert "no such module" in (tmp_path / "parent.log").read_text()
    one.parent.end()


def test_a_parent_that_takes_long_to_import_is_not_waited_for(tmp_path: Path) -> None:
    one = Started(tmp_path, "import time; time.sleep(600)")
    asked = iter([True, False])
    with pytest.raises(Interrupted):
        one.fork("long", lambda: next(asked))
    one.parent.end()
    assert one.parent.returncode == -signal.SIGKILL


def test_the_parent_ends_when_it_is_told_to(started: Started) -> None:
    forked = started.fork("long")
    started.parent.end()
    assert started.parent.returncode == 0
    assert psutil.pid_exists(forked.pid)


def test_what_airflow_s_processes_share_may_be_forked() -> None:
    """A fork has one thread, and would use its parent's connections."""
    script = f"""
import gc, sys, threading
from importlib import import_module
for name in {airflow_process.SHARED!r}:
    import_module(name)
from airflow import settings
print(threading.active_count(), settings.engine.pool.checkedin() if settings.engine else 0,
      file=sys.stderr)
"""
    variables = {
        "HOME": "/nonexistent",
        "AIRFLOW_HOME": "/nonexistent/airflow",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": "postgresql+psycopg2://nobody@/none",
    }
    ran = subprocess.run(
        [python(), "-c", script], env=variables, capture_output=True, text=True, check=False
    )
    assert ran.stderr.splitlines()[-1:] == ["1 0"], ran.stderr


#: An option that names code of a team's own.
LOGGING = "AIRFLOW__LOGGING__LOGGING_CONFIG_CLASS"

#: Variables of each component of MWAA.
SAME = {name: {"A": "1", **of_component(name)} for name in STARTED}


@pytest.mark.parametrize(
    ("variables", "platform", "expected"),
    [
        (SAME, "linux", True),
        (SAME, "darwin", False),
        ({**SAME, "webserver": {**SAME["webserver"], "A": "2"}}, "linux", False),
        ({**SAME, "worker": {**SAME["worker"], "B": "1"}}, "linux", False),
        ({**SAME, "scheduler": {}}, "linux", False),
        ({name: {**of, LOGGING: "own.LOGGING"} for name, of in SAME.items()}, "linux", False),
    ],
)
def test_processes_are_forked_where_airflow_is_told_the_same(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, dict[str, str]],
    platform: str,
    expected: bool,
) -> None:
    monkeypatch.setattr(components.sys, "platform", platform)
    assert components.shared(tmp_path, variables) is expected
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "my_plugin.py").touch()
    assert components.shared(tmp_path, variables) is expected
    (tmp_path / "plugins" / "airflow_local_settings.py").touch()
    assert components.shared(tmp_path, variables) is False


def test_a_parent_that_is_gone_is_started_again_with_all_of_its_forks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "stands_in.py").write_text("")
    (tmp_path / "probe.py").write_text("import time; time.sleep(600)")
    monkeypatch.setattr(components, "RUN", ("-c", WITHOUT_AIRFLOW))
    words = {name: (str(tmp_path / "probe.py"), name) for name in components.COMPONENTS}
    monkeypatch.setattr(components, "COMPONENTS", words)
    # As `environment.base_variables`: titles are not written over the variables.
    own = {components.OWNER: str(tmp_path), "SPT_NOENV": "1"}
    owned = {name: {**of, **own} for name, of in SAME.items()}
    all_of_them = components.Components(tmp_path)

    def alive() -> list[psutil.Process]:
        return [one for one in psutil.process_iter() if owner(one) == str(tmp_path)]

    all_of_them.start(python(), owned, going_on)
    first = alive()
    # The parent, and what it forked.
    assert len(first) == 1 + len(words)
    try:
        for time_of in range(components.RESTARTS):
            before = alive()
            gone = next(one for one in before if one.parent() == psutil.Process())
            gone.kill()
            until(lambda gone=gone: not components.runs(gone))
            all_of_them.revive()
            now = alive()
            assert len(now) == len(before), time_of
            assert not {one.pid for one in now} & {one.pid for one in before}
    finally:
        all_of_them.stop()
    assert alive() == []


def owner(process: psutil.Process) -> str | None:
    with suppress(psutil.Error, OSError):
        if components.runs(process):
            return process.environ().get(components.OWNER)
    return None
