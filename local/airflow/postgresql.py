"""PostgreSQL, which Airflow's metadata is in as in MWAA's: a server of the home's own.

It is reached by a Unix socket alone, which lies in a folder that only its user may enter; it needs
no password.
"""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path

import unprivileged
from commands import run
from components import OWNER
from environment import INHERITED

#: Seconds that a server may take to be ready: one that was killed reads its log first.
_READY_SECONDS = 120

#: Seconds for a server to end in order.
_STOP_SECONDS = 20

#: Seconds that a new database, or a copy of one, may take to be made.
_MADE_SECONDS = 300

#: How often a start is tried: what a killed server leaves behind ends a moment after it.
_TRIES = 5

#: How often a server that ends by itself is started again before that is a failure.
RESTARTS = 3

#: Characters that the folder of a socket may have: macOS wants 103 at most, its name included.
_SOCKET_CHARACTERS = 80

#: The administrator, and the owner of Airflow's tables.
_USER = "airflow"

#: What differs from PostgreSQL's defaults: one user's laptop, and nobody else's.
_SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "shared_buffers": "32MB",
    # Airflow's queries are short: compiling one takes longer than running it.
    "jit": "off",
    "log_checkpoints": "off",
    # With segments of 1 MiB; by default a database of 20 MB keeps 80 MB of log.
    "min_wal_size": "8MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


class PostgreSQLError(Exception):
    """The server cannot be had; the message names its log, and what to do where that is known."""


def data_folder(home: Path) -> Path:
    """The folder of a home's database."""
    return home / "postgresql"


def address(home: Path) -> str:
    """The address of a home's database, as Airflow takes it."""
    return f"postgresql+psycopg2://{_USER}@/postgres?host={socket_folder(home)}"


def socket_folder(home: Path) -> Path:
    """The folder of the server's socket: a path of the length that a socket may have."""
    own = home / "run"
    if len(str(own)) <= _SOCKET_CHARACTERS:
        return own
    name = sha256(str(home).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"airflow-metadata-{name}"


class PostgreSQL:
    """The server of one home."""

    def __init__(self, home: Path, programs: Path) -> None:
        """Nothing runs yet.

        Args:
            home: Home of the runner.
            programs: Folder of PostgreSQL's programs.
        """
        self._home = home
        self._programs = programs
        inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
        self._variables = {**inherited, OWNER: str(home)}
        self._data = data_folder(home)
        self._socket = socket_folder(home)
        self._process: subprocess.Popen[bytes] | None = None
        self._restarts = 0

    @property
    def log(self) -> Path:
        """What the server, and what makes its database, says."""
        folder = self._home / "logs"
        folder.mkdir(parents=True, exist_ok=True)
        return folder / "postgresql.log"

    def exists(self) -> bool:
        """Whether the home has a database."""
        return (self._data / "PG_VERSION").exists()

    def create(self, keep_going: Callable[[], bool]) -> None:
        """Make an empty database.

        Raises:
            Interrupted: when `keep_going` said no.
            PostgreSQLError: where it cannot be made.
        """

        def empty(folder: Path) -> Sequence[str]:
            return self._command(
                folder,
                *("initdb", "--pgdata", str(folder), "--username", _USER, "--auth", "trust"),
                *("--encoding", "UTF8", "--locale", "C", "--wal-segsize", "1"),
            )

        self._made(empty, keep_going)

    def copy_running(self, home: Path, keep_going: Callable[[], bool]) -> None:
        """Make a copy of the database of another home, whose server runs and goes on.

        Raises:
            Interrupted: when `keep_going` said no.
            PostgreSQLError: where it cannot be copied.
        """

        def copy(folder: Path) -> Sequence[str]:
            # Written by this user: the server of the other home is only asked.
            return (
                *(str(self._programs / "pg_basebackup"), "--pgdata", str(folder)),
                *("--host", str(socket_folder(home)), "--username", _USER),
                *("--checkpoint", "fast", "--wal-method", "stream"),
            )

        self._made(copy, keep_going)

    def copy_stopped(self, data: Path) -> None:
        """Make a copy of a database whose server does not run, however it ended."""
        partial = self._partial()
        shutil.copytree(data, partial, ignore=shutil.ignore_patterns("postmaster.*"))
        # As the server wants it.
        partial.chmod(0o700)
        partial.rename(self._data)

    def start(self, keep_going: Callable[[], bool]) -> None:
        """Start the server where it does not run, and wait until it answers.

        Raises:
            Interrupted: when `keep_going` said no.
            PostgreSQLError: where it does not begin to.
        """
        if self._process is not None and self._process.poll() is None:
            return
        self._enter_socket_folder()
        for _ in range(_TRIES):
            if self._begun(keep_going):
                return
            time.sleep(1)
        raise PostgreSQLError(f"the metadata database does not start: {self.log}")

    def _begun(self, keep_going: Callable[[], bool]) -> bool:
        """Start the server; whether it answers."""
        settings = {**_SETTINGS, "unix_socket_directories": str(self._socket)}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 -- PostgreSQL's own
                self._command(self._data, "postgres", "-D", str(self._data), *options),
                env=self._variables,
                cwd=self._home,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # A group of its own: a terminal's Ctrl-C is the runner's to pass on.
                start_new_session=True,
            )
        deadline = time.monotonic() + _READY_SECONDS
        asked = (
            *(str(self._programs / "pg_isready"), "--quiet"),
            *("--host", str(self._socket), "--username", _USER),
        )
        while run(asked, self._variables, _READY_SECONDS, keep_going, self.log) != 0:
            if self._process.poll() is not None:
                return False
            if time.monotonic() > deadline:
                self._end()
                return False
            time.sleep(0.05)
        return True

    def revive(self, keep_going: Callable[[], bool]) -> bool:
        """Start the server again where it ended by itself: what was committed is there again.

        Returns:
            Whether it had ended.

        Raises:
            PostgreSQLError: where that happened too often, or it does not begin to answer.
        """
        if self._process is None or self._process.poll() is None:
            return False
        self._restarts += 1
        if self._restarts > RESTARTS:
            raise PostgreSQLError(
                f"the metadata database ended for the {self._restarts}th time: {self.log}"
            )
        self.start(keep_going)
        return True

    def stop(self) -> None:
        """End the server in order, by force where that takes too long: nothing is lost by it."""
        self._end()
        shutil.rmtree(self._socket, ignore_errors=True)

    def _end(self) -> None:
        if self._process is None:
            return
        # Without waiting for who is connected.
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def _made(
        self, command: Callable[[Path], Sequence[str]], keep_going: Callable[[], bool]
    ) -> None:
        """Have a command make the database: whole, or not at all."""
        partial = self._partial()
        status = run(
            command(partial), self._variables, _MADE_SECONDS, keep_going, self.log, self._home
        )
        if status != 0:
            raise PostgreSQLError(f"the metadata database cannot be made: {self.log}")
        partial.rename(self._data)

    def _partial(self) -> Path:
        partial = self._data.with_name(f"{self._data.name}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        return partial

    def _command(self, folder: Path, program: str, *words: str) -> tuple[str, ...]:
        """One of PostgreSQL's programs at work in a folder. As root it refuses to."""
        command = (str(self._programs / program), *words)
        if os.geteuid() != 0:
            return command
        wrapper = (sys.executable, str(Path(unprivileged.__file__)))
        return (*wrapper, str(folder), str(self._socket), "--", *command)

    def _enter_socket_folder(self) -> None:
        """Make the folder of the socket, where nobody else has.

        Raises:
            PostgreSQLError: where the name is taken.
        """
        self._socket.mkdir(mode=0o700, exist_ok=True)
        found = self._socket.lstat()
        if (
            not stat.S_ISDIR(found.st_mode)
            or found.st_mode & 0o077
            or found.st_uid not in (os.geteuid(), unprivileged.user() if os.geteuid() == 0 else -1)
        ):
            raise PostgreSQLError(
                f"{self._socket} belongs to somebody else, or lets others in: remove it."
            )
