"""Airflow's processes: the same that `airflow standalone` has, without its log servers.

Those listen on all interfaces, and serve files that lie on this machine anyway.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path

import psutil

from commands import run

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

#: Seconds for what a killed runner or component left behind.
LEFT_OVER_SECONDS = 5

#: How often a component that ends by itself is started again before that is a failure.
RESTARTS = 3

#: Seconds that a migration of the metadata may take.
_MIGRATE_SECONDS = 300


class ComponentError(Exception):
    """A component cannot be kept running; the message names it and its log."""


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
            Interrupted: when `keep_going` said no.
        """
        stamp = self._home / "migrated"
        if stamp.exists() and stamp.read_text() == version:
            return
        log = self.log("migrate")
        command = [sys.executable, "-m", "airflow", "db", "migrate"]
        if run(command, variables, _MIGRATE_SECONDS, keep_going, log, self._home) != 0:
            raise ComponentError(f"the metadata database cannot be made: {log}")
        stamp.write_text(version)

    def start(self, python: str, variables: Mapping[str, str]) -> None:
        """Start every component."""
        self._command = (python, variables)
        self._restarts = 0
        for name in COMPONENTS:
            self._start(name)

    def _start(self, name: str) -> None:
        python, variables = self._command
        with self.log(name).open("ab") as log:
            self._processes[name] = subprocess.Popen(  # noqa: S603 -- our own Python
                [python, "-m", "airflow", *COMPONENTS[name]],
                env=dict(variables),
                cwd=self._home,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # A group of its own: a terminal's Ctrl-C is the runner's to pass on.
                start_new_session=True,
            )

    def revive(self) -> None:
        """Start again what ended by itself, without what it left behind: a scheduler's workers.

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
            end_left_over(self._home)
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
    """End what belongs to a home and to no component that this process runs.

    A process belongs to the home that is its AIRFLOW_HOME. Those are left over whose parent, a
    runner or a component, was killed.
    """
    candidates = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("AIRFLOW_HOME") == str(home):
                candidates.append(process)
        except (psutil.Error, OSError):
            continue
    # Looked at later than those: whatever of ours was among them is in it.
    mine = set(_family(os.getpid()))
    left = [process for process in candidates if process not in mine]
    for process in left:
        try:
            process.terminate()
        except psutil.NoSuchProcess:
            continue
    _end(left, LEFT_OVER_SECONDS)
