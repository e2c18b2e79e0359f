"""Airflow on a laptop, in the place of the MWAA service.

Everything that decides how it runs is read from the environment's API and bucket, as MWAA does:
DAGs, requirements, plugins, start-up script, configuration options, execution role. Tasks work
under that role.

Usage: `main.py --environment NAME --home DIR --port PORT --postgresql DIR --template DIR`, with
AWS_ENDPOINT_URL, AWS_REGION, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY for the service's own
calls, and LOCAL_CLOUD_TOKEN, which opens the execution role. `status.json` of the home says where
it is. SIGTERM or SIGINT stops everything.
"""

from __future__ import annotations

import argparse
import fcntl
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import closing
from importlib import metadata
from pathlib import Path
from typing import IO

from botocore.exceptions import BotoCoreError, ClientError

import environment as mwaa
from bucket import DagFolder, fetch, unpack_plugins
from cloudwatch import CloudWatch
from commands import Interrupted
from components import ComponentError, Components, end_left_over
from credentials_server import CredentialsServer
from guard import guarded
from history import belongs_to, forget_unless_of, migrate
from packages import InstallError, python_for
from postgresql import PostgreSQL, PostgreSQLError, address, socket_folder
from startup import COMPONENTS, StartupError, of_component, variables_after
from status import State, Status, write_status

#: Seconds between two looks at the environment and its bucket.
WATCH_SECONDS = 2

#: What must be set: where the local cloud is, and what opens it.
REQUIRED = (
    "AWS_ENDPOINT_URL",
    "AWS_REGION",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "LOCAL_CLOUD_TOKEN",
)

log = logging.getLogger("airflow-runner")


class Runner:
    """One environment's Airflow, from preparation to stop."""

    def __init__(
        self,
        name: str,
        home: Path,
        port: int,
        endpoint: str,
        token: str,
        postgresql: Path,
        template: Path,
    ) -> None:
        self._name = name
        self._home = home
        self._endpoint = endpoint
        self._token = token
        self._url = f"http://127.0.0.1:{port}"
        self._keys = mwaa.read_secrets(home)
        self._base = mwaa.base_variables(home, port, self._keys, address(home))
        self._components = Components(home)
        self._database = PostgreSQL(home, postgresql)
        self._template = template
        self._stopping = threading.Event()
        #: What was refused when the bucket was read last.
        self._refused: str | None = None

    def stop(self) -> None:
        """Ask the runner to end."""
        self._stopping.set()

    def _going_on(self) -> bool:
        return not self._stopping.is_set()

    def say(self, state: State, error: str | None = None) -> None:
        """Say where the runner is, in its log and its status file."""
        log.info("%s%s", state, f": {error}" if error else "")
        write_status(
            self._home,
            Status(
                state=state,
                environment=self._name,
                version=metadata.version("apache-airflow"),
                pid=os.getpid(),
                url=self._url,
                username=self._keys.username,
                password=self._keys.password,
                database=str(socket_folder(self._home)),
                error=error,
            ),
        )

    def run(self) -> int:
        """Run until stopped; returns the exit status."""
        try:
            self.say(State.PREPARING)
            # Already here, so that a new environment's metadata is made while that is waited for.
            with Away():
                identity = mwaa.identity_of(self._name)
                forget_unless_of(self._home, identity, self._database.stop)
            self._migrate()
            while self._going_on():
                self._serve(self._awaited())
        except Interrupted:
            log.info("stopped before Airflow was started")
        except (
            BotoCoreError,
            ClientError,
            ComponentError,
            InstallError,
            OSError,
            PostgreSQLError,
            StartupError,
            ValueError,
        ) as error:
            return self._failed(str(error))
        except Exception as error:
            # A fault of ours; whoever waits for the status is to know all the same.
            log.exception("unexpected")
            return self._failed(f"{type(error).__name__}: {error}")
        self.say(State.STOPPING)
        self._components.stop()
        self._database.stop()
        self.say(State.STOPPED)
        return 0

    def _migrate(self) -> None:
        migrate(
            self._home,
            self._database,
            self._components,
            self._base,
            metadata.version("apache-airflow"),
            self._template,
            self._going_on,
        )

    def _failed(self, why: str) -> int:
        self._components.stop()
        self._database.stop()
        self.say(State.FAILED, why)
        return 1

    def _awaited(self) -> mwaa.Environment | None:
        self.say(State.WAITING)
        away = Away()
        while self._going_on():
            with away:
                environment = mwaa.get_environment(self._name)
                if environment is not None:
                    return environment
            self._stopping.wait(WATCH_SECONDS / 4)
        return None

    def _serve(self, environment: mwaa.Environment | None) -> None:
        """Run Airflow for an environment until it changes, is gone, or the runner is to stop."""
        if environment is None:
            return
        self.say(State.STARTING)
        if forget_unless_of(self._home, environment.identity, self._database.stop):
            log.info("the environment is a new one: it begins with no runs")
            self._migrate()
        belongs_to(self._home, environment.identity)
        variables = mwaa.role_variables(environment, self._endpoint, self._token)
        with closing(CredentialsServer(variables)) as credentials_server:
            self._run_components(environment, variables, credentials_server)

    def _run_components(
        self,
        environment: mwaa.Environment,
        variables: Mapping[str, str],
        credentials_server: CredentialsServer,
    ) -> None:
        away = Away()
        session = None
        while session is None and self._going_on():
            with away:
                session = mwaa.RoleSession(variables)
            self._stopping.wait(0 if session else WATCH_SECONDS / 4)
        if session is None:
            return
        s3 = session.client("s3")
        dags = DagFolder(s3, environment.bucket, environment.dags_prefix, self._home / "dags")
        prepared = None
        while prepared is None and self._going_on():
            with away:
                away.renewed(session)
                dags.sync()
                prepared = self._prepared(environment, s3, credentials_server)
            self._stopping.wait(0 if prepared else WATCH_SECONDS / 4)
        if prepared is None:
            return
        cloudwatch = CloudWatch(session, environment.name, environment.log_groups)
        cloudwatch.skip(self._home / "logs")
        self._components.start(*prepared, self._going_on)
        healthy = False
        while not self._stopping.wait(WATCH_SECONDS if healthy else WATCH_SECONDS / 4):
            if self._database.revive(self._going_on):
                # Airflow's scheduler ends without its database, once the last task that runs has.
                log.warning("the metadata database had ended: Airflow is started again with it")
                self._components.stop()
                self._components.start(*prepared, self._going_on)
                healthy = False
            self._components.revive()
            if not healthy and self._components.healthy(self._url):
                healthy = True
                self.say(State.HEALTHY)
            now: mwaa.Environment | None = environment
            with away:
                away.renewed(session)
                now = mwaa.get_environment(self._name)
                if now == environment:
                    self._synced(dags)
                    cloudwatch.publish(self._home / "logs", healthy)
            if now != environment:
                log.info("the environment %s", "is gone" if now is None else "has changed")
                self.say(State.WAITING if now is None else State.STARTING)
                self._components.stop()
                return

    def _synced(self, dags: DagFolder) -> None:
        """Follow the bucket. Where it cannot be read, Airflow goes on, as in MWAA."""
        began = time.time()
        try:
            dags.sync()
            self._refused = None
            # Whoever has put a file into the bucket before that knows that it is here.
            looked = self._home / "looked"
            looked.touch()
            os.utime(looked, (began, began))
        except ClientError as error:
            if mwaa.is_away(error):
                raise
            if self._refused != str(error):
                self._refused = str(error)
                log.warning("the DAG folder is not up to date: %s", error)

    def _prepared(
        self, environment: mwaa.Environment, s3: object, credentials_server: CredentialsServer
    ) -> tuple[str, Mapping[str, Mapping[str, str]]]:
        """What the environment's files make of Python, and of the variables of each component."""
        files = self._home / "files"

        def fetched(file: mwaa.S3File | None) -> Path | None:
            return None if file is None else fetch(s3, environment.bucket, file, files)

        unpack_plugins(fetched(environment.plugins), self._home / "plugins")
        options = {
            **mwaa.option_variables(environment.options),
            **mwaa.role_variables(environment, self._endpoint, self._token),
            **credentials_server.variables,
        }
        fixed = {**mwaa.default_variables(), **options, **self._base}
        script = fetched(environment.startup_script)
        # Before the requirements, which may use what it exports.
        if script is None:
            variables = {one: {**fixed, **of_component(one)} for one in COMPONENTS}
        else:
            free = (mwaa.default_variables().keys() - options.keys()) | mwaa.INHERITED
            overridable = {name: fixed.pop(name) for name in free & fixed.keys()}
            startup = self._components.log("startup")
            variables = {
                one: variables_after(script, one, overridable, fixed, startup, self._going_on)
                for one in COMPONENTS
            }
        python = python_for(
            fetched(environment.requirements),
            self._home,
            # The tasks are what the packages are for.
            variables["worker"],
            self._components.log("requirements"),
            self._going_on,
        )
        return python, variables


class Away:
    """Bears that the local cloud does not answer: it may be started again. Says so once."""

    def __init__(self) -> None:
        self._said = False

    def __enter__(self) -> None:
        pass

    def renewed(self, session: mwaa.RoleSession) -> None:
        """Take new credentials where the local cloud was away: it may have been started again."""
        if self._said:
            session.renew()

    def __exit__(self, _: object, error: BaseException | None, __: object) -> bool:
        if isinstance(error, Exception) and mwaa.is_away(error):
            if not self._said:
                log.warning("the local cloud does not answer: %s", error)
            self._said = True
            return True
        self._said = False
        return False


def _lock(home: Path) -> IO[str]:
    """Take the home for this process, for as long as the file is open."""
    lock = (home / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit(f"{home} is used by another Airflow that runs: stop that first.")
    return lock


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: a number from 1 to 65535.")
    return int(text)


def _require_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            sys.exit(f"port {port} of 127.0.0.1 cannot be used for Airflow: {error.strerror}")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--environment", required=True, help="name of the MWAA environment")
    parser.add_argument("--home", required=True, type=Path, help="folder of all that it writes")
    parser.add_argument("--port", required=True, type=_port, help="port of the web interface")
    parser.add_argument(
        "--postgresql", required=True, type=Path, help="folder of PostgreSQL's programs"
    )
    parser.add_argument(
        "--template", required=True, type=Path, help="folder of an empty metadata database"
    )
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    for noisy in ("botocore", "urllib3"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    missing = [name for name in REQUIRED if not os.environ.get(name)]
    if missing:
        sys.exit(
            f"{', '.join(missing)} must be set: they say where the local cloud is, and open it."
        )
    home = args.home.resolve()
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _lock(home), guarded(home):
        end_left_over(home)
        _require_port(args.port)
        runner = Runner(
            args.environment,
            home,
            args.port,
            os.environ["AWS_ENDPOINT_URL"],
            os.environ["LOCAL_CLOUD_TOKEN"],
            args.postgresql,
            args.template,
        )
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: runner.stop())
        return runner.run()


if __name__ == "__main__":
    sys.exit(main())
