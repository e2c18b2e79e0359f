"""Airflow's processes: the same that `airflow standalone` has, without its log servers.

Those listen on all interfaces, and serve files that lie on this machine anyway.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path

import psutil

COMPONENTS: Mapping[str, tuple[str, ...]] = {
    "api-server": ("api-server",),
    "scheduler": ("scheduler", "--skip-serve-logs"),
    "dag-processor": ("dag-processor",),
    "triggerer": ("triggerer", "--skip-serve-logs"),
}

#: Names of the components in the answer of the health address.
_HEALTH = ("metadatabase", "scheduler", "dag_processor", "triggerer")

#: Seconds for a component to end in order.
STOP_SECONDS = 20

#: Seconds for the triggerer, which takes ten to notice. Nothing is lost: what waits is kept
#: in the database, and the next triggerer takes it up.
TRIGGERER_STOP_SECONDS = 1

#: How often a component that ends by itself is started again before that is a failure.
RESTARTS = 3

#: Seconds that a migration of the metadata may take.
_MIGRATE_SECONDS = 300


class ComponentError(Exception):
    """A component cannot be kept running; the message names it and its log."""


def _end_with_parent() -> None:
    """Ask Linux for SIGTERM when the parent is gone, however it went."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)


class Components:
    """The processes of one Airflow."""

    def __init__(self, home: Path) -> None:
        """Nothing runs yet.

        Args:
            home: Home of the runner, `AIRFLOW_HOME`.
        """
        self._home = home
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._restarts = 0
        self._command: tuple[str, Mapping[str, str]] = (sys.executable, {})

    def log(self, component: str) -> Path:
        """The log of a component."""
        folder = self._home / "logs"
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{component}.log"

    def migrate(
        self, variables: Mapping[str, str], version: str, keep_going: Callable[[], bool]
    ) -> None:
        """Bring the metadata database to the version; nothing is done where that was done before.

        Raises:
            ComponentError: when the migration fails.
        """
        stamp = self._home / "migrated"
        if stamp.exists() and stamp.read_text() == version:
            return
        process = self._spawn("migrate", sys.executable, ("db", "migrate"), variables)
        deadline = time.monotonic() + _MIGRATE_SECONDS
        while process.poll() is None:
            if not keep_going() or time.monotonic() > deadline:
                process.kill()
                process.wait()
                break
            time.sleep(0.1)
        if process.returncode == 0:
            stamp.write_text(version)
        elif keep_going():
            raise ComponentError(f"the metadata database cannot be made: {self.log('migrate')}")

    def start(self, python: str, variables: Mapping[str, str]) -> None:
        """Start every component."""
        self._command = (python, variables)
        self._restarts = 0
        for name in COMPONENTS:
            self._start(name)

    def _start(self, name: str) -> None:
        python, variables = self._command
        self._processes[name] = self._spawn(name, python, COMPONENTS[name], variables)

    def _spawn(
        self, name: str, python: str, args: tuple[str, ...], variables: Mapping[str, str]
    ) -> subprocess.Popen[bytes]:
        with self.log(name).open("ab") as log:
            return subprocess.Popen(  # noqa: S603 -- our own Python
                [python, "-m", "airflow", *args],
                env=dict(variables),
                cwd=self._home,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # A group of its own: a terminal's Ctrl-C is the runner's to pass on.
                start_new_session=True,
                preexec_fn=_end_with_parent,
            )

    def revive(self) -> None:
        """Start again what ended by itself.

        Raises:
            ComponentError: when that has happened too often.
        """
        for name, process in self._processes.items():
            if process.poll() is None:
                continue
            self._restarts += 1
            if self._restarts > RESTARTS:
                raise ComponentError(
                    f"the {name} ended with status {process.returncode}, for the "
                    f"{self._restarts}th time that one of Airflow's processes did: {self.log(name)}"
                )
            self._start(name)

    def healthy(self, url: str) -> bool:
        """Whether every component has a heartbeat of late."""
        try:
            with urllib.request.urlopen(f"{url}/api/v2/monitor/health", timeout=5) as answer:  # noqa: S310
                health = json.load(answer)
        except (OSError, ValueError):
            return False
        return all((health.get(name) or {}).get("status") == "healthy" for name in _HEALTH)

    def stop(self) -> None:
        """End every component, with the tasks that it runs, by force where it takes too long."""
        processes = {
            name: process for name, process in self._processes.items() if process.poll() is None
        }
        self._processes.clear()
        families = {name: _family(process.pid) for name, process in processes.items()}
        for process in processes.values():
            process.terminate()
        _end(families.pop("triggerer", []), TRIGGERER_STOP_SECONDS)
        _end([process for family in families.values() for process in family], STOP_SECONDS)
        for process in processes.values():
            process.wait()


def _family(pid: int) -> list[psutil.Process]:
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _end(processes: list[psutil.Process], seconds: float) -> None:
    _, alive = psutil.wait_procs(processes, timeout=seconds)
    for process in alive:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(alive, timeout=5)


def end_left_over(home: Path) -> None:
    """End what a killed runner of this home left behind: what has it as AIRFLOW_HOME."""
    left = []
    for process in psutil.process_iter():
        try:
            mine = process.pid != os.getpid() and process.environ().get("AIRFLOW_HOME") == str(home)
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess, OSError):
            continue
        if mine:
            left.append(process)
    for process in left:
        try:
            process.terminate()
        except psutil.NoSuchProcess:
            continue
    _end(left, STOP_SECONDS)
