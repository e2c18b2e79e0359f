"""Airflow's processes: the same that `airflow standalone` has, without its log servers.

Those listen on all interfaces, and serve files that lie on this machine anyway.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil
from packaging.version import Version

import mwaa_paths
from commands import run
from parent import Fork, Parent
from startup import of_component

_HERE = Path(__file__).parent

#: What Python is given to run `airflow_process.py` with the module path that `-m airflow` has:
#: without its folder.
RUN = (
    *("-c", "import runpy, sys; sys.argv.pop(0); runpy.run_path(sys.argv[0], run_name='__main__')"),
    str(_HERE / "airflow_process.py"),
)

#: What `airflow_process.py` is given for each.
COMPONENTS: Mapping[str, tuple[str, ...]] = {
    "api-server": (str(_HERE / "airflow_gateway.py"), "api-server"),
    "scheduler": (str(_HERE / "airflow_scheduler.py"), "scheduler", "--skip-serve-logs"),
    "dag-processor": ("dag-processor",),
    "triggerer": ("triggerer", "--skip-serve-logs"),
}

#: Whose variables each has, of MWAA's components. The scheduler's own workers run the tasks here;
#: what reads DAGs and waits for triggers is beside the scheduler in MWAA.
#: https://github.com/aws/amazon-mwaa-docker-images
VARIABLES_OF: Mapping[str, str] = {
    "api-server": "webserver",
    "scheduler": "worker",
    "dag-processor": "scheduler",
    "triggerer": "scheduler",
}

#: Variable by which a process is known to be of a runner's home, whatever became of its parent.
#: Not AIRFLOW_HOME, which a developer may set for commands, and editors, of their own.
OWNER = "LOCAL_AIRFLOW_RUNNER_HOME"

#: Code of a team's that Airflow imports with itself, a file and what an option names:
#: https://airflow.apache.org/docs/apache-airflow/stable/howto/set-config.html
_LOCAL_SETTINGS = Path("plugins") / "airflow_local_settings.py"
_LOGGING_CLASS = "AIRFLOW__LOGGING__LOGGING_CONFIG_CLASS"

#: Names of the components in the answer of the health address.
_HEALTH = ("metadatabase", "scheduler", "dag_processor", "triggerer")

#: Seconds for a component to end in order.
STOP_SECONDS = 20

#: Seconds for the triggerer, which takes ten to notice. Nothing is lost: what waits is kept
#: in the database, and the next triggerer takes it up.
TRIGGERER_STOP_SECONDS = 1

#: Seconds for a task to call off what it began elsewhere, such as a query.
TASK_STOP_SECONDS = 5

#: Seconds for what a killed runner or component left behind.
LEFT_OVER_SECONDS = 5

#: Seconds for what was killed to be gone.
_KILL_SECONDS = 5

#: How often a component that ends by itself is started again before that is a failure.
RESTARTS = 3

#: Seconds that a migration of the metadata may take.
_MIGRATE_SECONDS = 300


#: Asks without the proxy that a laptop may have.
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


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
        self._processes: dict[str, subprocess.Popen[bytes] | Fork] = {}
        #: Of the processes, where they are forked.
        self._parent: Parent | None = None
        self._restarts = 0
        self._command: tuple[str, Mapping[str, Mapping[str, str]]] = (sys.executable, {})
        self._keep_going: Callable[[], bool] = lambda: True
        self._launcher: tuple[str, ...] = ()

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
            ComponentError: when the migration fails, or the database is of a newer version.
            Interrupted: when `keep_going` said no.
        """
        stamp = self._home / "migrated"
        made = stamp.read_text() if stamp.exists() else version
        if stamp.exists() and made == version:
            return
        if Version(made) > Version(version):
            # Only the newer Airflow knows the way back.
            raise ComponentError(
                f"the metadata database is of Airflow {made}, and the environment of {version}: an "
                f"older Airflow cannot read it. Set airflowVersion to {made}, or remove "
                f"{self._home / 'postgresql'} and {stamp}, and the runs with them."
            )
        log = self.log("migrate")
        command = [sys.executable, "-m", "airflow", "db", "migrate"]
        if run(command, variables, _MIGRATE_SECONDS, keep_going, log, self._home) != 0:
            raise ComponentError(f"the metadata database cannot be made: {log}")
        stamp.write_text(version)

    def start(
        self,
        python: str,
        variables: Mapping[str, Mapping[str, str]],
        keep_going: Callable[[], bool],
    ) -> None:
        """Start every component.

        Args:
            python: The Python that runs them.
            variables: Those of each component of MWAA.
            keep_going: Asked while that takes time; False ends it.

        Raises:
            ChildProcessError: where Airflow cannot be imported.
            Interrupted: when `keep_going` said no.
        """
        self._command = (python, variables)
        self._keep_going = keep_going
        self._restarts = 0
        # Only where a DAG asks for it: other users' files look like nobody's from there.
        self._launcher = (
            (sys.executable, str(Path(mwaa_paths.__file__)), str(self._home))
            if mwaa_paths.names_mwaa_paths(self._home)
            else ()
        )
        self._start_all()

    def _start_all(self) -> None:
        python, variables = self._command
        if shared(self._home, variables):
            command = [*self._launcher, python, *RUN]
            self._parent = Parent(command, variables["worker"], self._home, self.log("parent"))
        for name in COMPONENTS:
            self._start(name)

    def _start(self, name: str) -> None:
        python, variables = self._command
        own = variables[VARIABLES_OF[name]]
        if self._parent is not None:
            self._processes[name] = self._parent.fork(
                COMPONENTS[name], self.log(name), own, self._keep_going
            )
            return
        with self.log(name).open("ab") as log:
            self._processes[name] = subprocess.Popen(  # noqa: S603 -- our own Python
                [*self._launcher, python, *RUN, *COMPONENTS[name]],
                env=dict(own),
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
            ChildProcessError, Interrupted: as `start`.
        """
        if self._parent is not None and (status := self._parent.poll()) is not None:
            self._ended("parent", status)
            self._parent.end()
            end_left_over(self._home)
            self._start_all()
            return
        for name, process in self._processes.items():
            if (status := process.poll()) is not None:
                self._ended(name, status)
                end_left_over(self._home)
                self._start(name)

    def _ended(self, name: str, status: int) -> None:
        """Take note that a process ended by itself."""
        self._restarts += 1
        if self._restarts > RESTARTS:
            raise ComponentError(
                f"the {name} ended with status {status}, for the {self._restarts}th time that one "
                f"of Airflow's processes did: {self.log(name)}"
            )

    def healthy(self, url: str) -> bool:
        """Whether every component has a heartbeat of late."""
        try:
            with _DIRECT.open(f"{url}/api/v2/monitor/health", timeout=5) as answer:
                health = json.load(answer)
        except (OSError, ValueError):
            return False
        return all((health.get(name) or {}).get("status") == "healthy" for name in _HEALTH)

    def stop(self) -> None:
        """End every component, with the tasks that it runs, by force where it takes too long.

        A task that is ended has failed, or is to be tried again: that is reported to the
        api-server, which is why that ends last.
        """
        processes = {
            name: process for name, process in self._processes.items() if process.poll() is None
        }
        self._processes.clear()
        families = {name: _family(process.pid) for name, process in processes.items()}
        api_server = families.pop("api-server", [])
        for family in families.values():
            _terminate(family[:1])
        _end(families.pop("triggerer", []), TRIGGERER_STOP_SECONDS)
        if "scheduler" in processes:
            _end_tasks(processes["scheduler"].pid)
        _end([process for family in families.values() for process in family], STOP_SECONDS)
        _terminate(api_server[:1])
        _end(api_server, STOP_SECONDS)
        for process in processes.values():
            process.wait()
        if self._parent is not None:
            self._parent.end()
            self._parent = None


def shared(home: Path, variables: Mapping[str, Mapping[str, str]]) -> bool:
    """Whether Airflow's processes can be forked of one that has imported Airflow.

    Airflow reads its variables while it is imported: they have to be the same, but for the one that
    tells a process which it is, and that nothing of Airflow's reads. A team's own code, which
    Airflow imports then, may. macOS's frameworks do not work in what is forked of a process that
    has used them.

    Args:
        home: Home of the runner.
        variables: Those of each component of MWAA.
    """
    mine = {name: {**of, **of_component("any")} for name, of in variables.items()}
    first, *others = (mine[component] for component in VARIABLES_OF.values())
    own_code = (home / _LOCAL_SETTINGS).exists() or _LOGGING_CLASS in first
    return sys.platform == "linux" and not own_code and all(other == first for other in others)


def _family(pid: int) -> list[psutil.Process]:
    """A process and all that it started; nothing where it is gone."""
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _children(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children()
    except psutil.NoSuchProcess:
        return []


def _end_tasks(scheduler: int) -> None:
    """End the tasks of a scheduler's workers, but not the workers, which report how they ended."""
    tasks = [task for worker in _children(scheduler) for task in _children(worker.pid)]
    families = [process for task in tasks for process in _family(task.pid)]
    # An operator then calls off what it began elsewhere, but waits for it all the same.
    _terminate(tasks)
    _end(families, TASK_STOP_SECONDS)


def _terminate(processes: Sequence[psutil.Process]) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.terminate()


def runs(process: psutil.Process) -> bool:
    """Whether it does; not where it only waits for a parent that may never ask how it ended."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _end(processes: Sequence[psutil.Process], seconds: float) -> None:
    """Wait for processes to end, and kill those that did not in time."""
    if not _ended(processes, seconds):
        for process in filter(runs, processes):
            with suppress(psutil.NoSuchProcess):
                process.kill()
        _ended(processes, _KILL_SECONDS)


def _ended(processes: Sequence[psutil.Process], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while any(map(runs, processes)):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def end_left_over(home: Path) -> None:
    """End what belongs to a home and to no component that this process runs.

    A process belongs to the home that its variable `OWNER` names. Those are left over whose
    parent, a runner or a component, was killed.
    """
    candidates = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(OWNER) == str(home):
                candidates.append(process)
        except (psutil.Error, OSError):
            continue
    # Looked at later than those: whatever of ours was among them is in it.
    mine = set(_family(os.getpid()))
    left = [process for process in candidates if process not in mine]
    _terminate(left)
    _end(left, LEFT_OVER_SECONDS)
