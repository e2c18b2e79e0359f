"""Runs and logs belong to one environment, and are gone with it."""

from __future__ import annotations

from pathlib import Path

import pytest
from runner import programs
from running import Cloud
from test_mwaa import Ground

import main
from components import ComponentError, Components
from environment import identity_of
from history import belongs_to, forget_unless_of
from postgresql import PostgreSQL

HISTORY = (
    *("postgresql/PG_VERSION", "postgresql/base/1", "migrated"),
    *("logs/scheduler.log", "logs/dag_id=a/1.log"),
)
KEPT = ("secrets.json", "packages/one/installed")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    for name in (*HISTORY, *KEPT):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("{}")
    return tmp_path


def nothing() -> None:
    """No database runs."""


def remembered(home: Path) -> list[str]:
    assert all((home / name).exists() for name in KEPT)
    return [name for name in HISTORY if (home / name).exists()]


def test_the_same_environment_goes_on(home: Path) -> None:
    belongs_to(home, "arn 1")
    assert not forget_unless_of(home, "arn 1", nothing)
    assert remembered(home) == list(HISTORY)


@pytest.mark.parametrize("identity", ["arn 2", None])
def test_another_one_finds_nothing(home: Path, identity: str | None) -> None:
    belongs_to(home, "arn 1")
    assert forget_unless_of(home, identity, nothing)
    assert remembered(home) == []
    assert not forget_unless_of(home, identity, nothing)


def test_metadata_that_was_made_ahead_is_the_first_environment_s(home: Path) -> None:
    assert not forget_unless_of(home, None, nothing)
    assert not forget_unless_of(home, "arn 1", nothing)
    assert remembered(home) == list(HISTORY)


def test_a_removal_that_was_broken_off_is_made_again(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    belongs_to(home, "arn 1")
    with monkeypatch.context() as broken:
        broken.setattr("history.shutil.rmtree", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            forget_unless_of(home, None, nothing)
    assert forget_unless_of(home, "arn 2", nothing)
    assert remembered(home) == []


def test_a_runner_forgets_an_environment_that_was_destroyed(
    tmp_path: Path,
    cloud: Cloud,
    ground: Ground,
    cloud_clients: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wanted = ground.arguments()
    name = wanted["Name"]
    seen: list[bool] = []
    database = PostgreSQL(tmp_path, programs())

    def runs() -> bool:
        """What the database's being there is when a runner migrates it."""
        runner = main.Runner(
            name, tmp_path, 1, cloud.url, cloud.token, programs(), tmp_path / "template"
        )

        def migrate(*_: object) -> None:
            seen.append(database.exists())
            runner.stop()

        monkeypatch.setattr(main, "migrate", migrate)
        assert runner.run() == 0
        return seen[-1]

    ground.mwaa.create_environment(**wanted)
    database.create(lambda: True)
    belongs_to(tmp_path, str(identity_of(name)))
    assert runs()
    ground.mwaa.delete_environment(Name=name)
    assert not runs()


def test_a_database_of_a_newer_airflow_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "migrated").write_text("3.10.0")
    with pytest.raises(
        ComponentError, match=r"is of Airflow 3\.10\.0, and the environment of 3\.2\.1"
    ):
        Components(tmp_path).migrate({}, "3.2.1", lambda: True)
    assert [file.name for file in tmp_path.iterdir()] == ["migrated"]
