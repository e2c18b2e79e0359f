"""What a rehearsal of an upgrade finds, step by step, in the version that the tests have."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from runner import kill_server, programs, rows

import rehearse
from components import Components
from finding import ERROR, WARNING
from packages import VERSIONS
from postgresql import PostgreSQL, data_folder
from rehearsal import Rehearsal, version
from rehearse import migration, startup
from rehearse_options import options
from rehearse_requirements import _constraints, _pins, upgraded
from rehearse_uses import uses

RUFF = Path(sys.executable).with_name("ruff")


def rehearsal(home: Path, files: dict[str, str] | None = None, **told: object) -> Rehearsal:
    for name in ("dags", "plugins"):
        (home / name).mkdir(exist_ok=True)
    for name, text in (files or {}).items():
        (home / name).write_text(text)
    known = {
        "origin": "2.11",
        "options": {},
        "options_file": "Pulumi.local.yaml",
        "options_path": str(home / "Pulumi.local.yaml"),
        "variables": {},
        "connections": [],
        "startup_script": "own/startup.sh",
        "metadata": None,
        "running": False,
        "postgresql": str(programs()),
        "uv": "uv",
        "ruff": str(RUFF),
    }
    (home / "rehearsal.json").write_text(json.dumps(known | told))
    return Rehearsal.of(home)


#: Start-up scripts with what is told of each: line, level, part of the message.
SCRIPTS = {
    "export A=b": [],
    'touch "$HOME/here" && cd "$AIRFLOW_HOME" 2>/dev/null; true': [],
    "set -e\nno-such-command": [(2, ERROR, "ended with status 127")],
    "exec false": [(None, ERROR, "ended with status 1")],
    "exit 3": [
        (None, WARNING, f"run as {one}, ended with status 3, which MWAA does not mind")
        for one in ("scheduler", "webserver", "worker")
    ],
}


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_startup_script_is_run_in_a_home_of_its_own(tmp_path: Path, script: str) -> None:
    found = startup(rehearsal(tmp_path, {"startup.sh": f"{script}\n"}))
    assert [(one.line, one.level) for one in found] == [told[:2] for told in SCRIPTS[script]]
    for one, (_, _, part) in zip(found, SCRIPTS[script], strict=True):
        assert part in one.message and str(tmp_path) not in one.message
        assert one.file == "own/startup.sh"
    assert not (Path.home() / "here").exists()


def test_options_that_are_gone_or_renamed(tmp_path: Path) -> None:
    given = {
        "core.check_slas": "True",
        "webserver.base_url": "https://example.com",
        "core.no_such_option": "1",
        "core.parallelism": "0",
        "core.dag_run_conf_overrides_params": "True",
        "core.hostname": "a-name",
        "team.own": "1",
    }
    yaml = "".join(f"    {name}: x\n" for name in given)
    found = options(rehearsal(tmp_path, {"Pulumi.local.yaml": yaml}, options=given))
    assert [(one.line, one.level, one.message.split(":")[0]) for one in found] == [
        (
            1,
            ERROR,
            f"Airflow {version()} has no option core.check_slas. The SLA feature is removed in "
            "Airflow 3.0, to be replaced with Airflow Alerts in future. Take it out.",
        ),
        (
            2,
            WARNING,
            f"The option webserver.base_url is api.base_url in Airflow {version()}. Rename it.",
        ),
        (3, WARNING, f"Airflow {version()} has no option core.no_such_option"),
        (
            4,
            ERROR,
            f"core.parallelism may not be 0 in Airflow {version()}. Please set the `parallelism` "
            "configuration parameter to a value greater than 0.",
        ),
        # With another value than the one that is gone it never did anything.
        (6, WARNING, f"Airflow {version()} has no option core.hostname"),
    ]


#: Lines of a DAG file with the rules that each breaks.
LINES = {
    "from airflow.operators.bash import BashOperator; BashOperator()": ["AIR312"],
    "from airflow.sdk import DAG; DAG('d', schedule_interval=None)": ["AIR301"],
    "from airflow.utils.session import provide_session": ["metadata-database"],
    "from airflow import settings; settings.Session()": ["metadata-database"],
    "import airflow.settings; airflow.settings.engine": ["metadata-database"],
    "import airflow.settings as own; own.Session": ["metadata-database"],
    'conf.get("database", "sql_alchemy_conn")': ["metadata-database"],
    'os.environ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"]': ["metadata-database"],
    'PostgresHook("airflow_db")': ["metadata-database"],
    'x = "{{ execution_date }} {{ tomorrow_ds }}"': ["context-variable", "context-variable"],
    'x = "{% if conf %}{{ ds }}{% endif %}"': ["context-variable"],
    'x = "{% set next_ds = ds %}{{ next_ds }} {{ dag_run.conf }} {{ ti.execution_date }}"': [],
    '"""Gives {{ execution_date }} no more."""': [],
    "from airflow.sdk import DAG, task": [],
    "from airflow import settings; settings.TIMEZONE": [],
    'session.get("database")': [],
    "def broken(:": [],
}


@pytest.mark.parametrize("line", LINES)
def test_uses_of_what_is_gone(tmp_path: Path, line: str) -> None:
    found = uses(rehearsal(tmp_path, {"dags/a.py": f"\n{line}\n", "dags/b.txt": "{{ next_ds }}"}))
    assert [one.rule for one in found] == LINES[line]
    assert {(one.file, one.line) for one in found} <= {("a.py", 2)}


def test_uses_in_templates_and_plugins(tmp_path: Path) -> None:
    plugin = "class P(AirflowPlugin):\n    name = 'p'\n    hooks = []\n    macros = []\n"
    reader = "from airflow.settings import Session\n"
    files = {
        "dags/a.sql": "SELECT\n'{{ prev_ds }}'",
        "plugins/p.py": plugin,
        "plugins/r.py": reader,
    }
    found = [one for one in uses(rehearsal(tmp_path, files)) if not one.rule.startswith("AIR")]
    assert [(one.file, one.line, one.rule, one.level) for one in found] == [
        ("a.sql", 2, "context-variable", ERROR),
        ("plugins/p.py", 3, "plugin", ERROR),
        ("plugins/r.py", 1, "metadata-database", WARNING),
    ]


REQUIREMENTS = """--constraint "https://example.com/airflow/constraints-{old}/constraints-3.12.txt"
apache-airflow[celery]=={old}
apache-airflow-providers-amazon=={provider}
apache-airflow-providers-amazon==1.0.0
pandas=={old}
"""


def test_pins_of_airflow_are_those_of_the_new_version() -> None:
    other = next(one.name for one in sorted(VERSIONS.iterdir()) if one.name != version())
    provider = "apache-airflow-providers-amazon"
    old, new = (_pins(one)[provider] for one in (other, version()))
    assert upgraded(REQUIREMENTS.format(old=other, provider=old), other) == (
        f'--constraint "https://example.com/airflow/constraints-{version()}/constraints-3.12.txt"\n'
        f"apache-airflow[celery]=={version()}\n"
        f"{provider}=={new}\n"
        f"{provider}==1.0.0\n"
        f"pandas=={other}\n"
    )
    # Nobody knows what it had.
    assert "apache-airflow[celery]==2.11.0" in upgraded(
        REQUIREMENTS.format(old="2.11.0", provider="9"), "2.11"
    )


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("pandas", ["published.txt"]),
        ("-c https://example.com/constraints-3.2.1/constraints-3.12.txt", ["published.txt"]),
        ("--constraint '/usr/local/airflow/dags/own.txt'", ["own.txt"]),
        ("# without --constraint \npandas", []),
    ],
)
def test_constraints_are_the_files_or_airflows(tmp_path: Path, text: str, names: list[str]) -> None:
    assert [Path(one).name for one in _constraints(tmp_path, text)] == names


@pytest.fixture
def migrated(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The rows that each migration finds in its copy, in place of what Airflow does with it."""
    found: list[list[str]] = []

    def migrate(self: Components, *_: object) -> None:
        found.append(rows(self._home, "SELECT * FROM runs"))
        rows(self._home, "DROP TABLE runs")

    monkeypatch.setattr(Components, "migrate", migrate)
    return found


@pytest.fixture
def database(tmp_path: Path) -> Iterator[PostgreSQL]:
    """A database in use."""
    home = tmp_path / "running"
    home.mkdir()
    database = PostgreSQL(home, programs())
    database.create(lambda: True)
    database.start(lambda: True)
    rows(home, "CREATE TABLE runs (id int); INSERT INTO runs VALUES (1)")
    yield database
    database.stop()


@pytest.mark.parametrize("running", [True, False])
def test_the_copy_has_what_the_running_one_has(
    tmp_path: Path, database: PostgreSQL, migrated: list[list[str]], running: bool
) -> None:
    home = tmp_path / "running"
    if not running:
        # As a kill leaves it: a part is only in its log.
        kill_server(home)
    data = data_folder(home)
    tables = {path: path.read_bytes() for path in (data / "base").rglob("*") if path.is_file()}
    assert migration(rehearsal(tmp_path, metadata=str(data), running=running)) == []
    assert migrated == [["1"]]
    if not running:
        assert {path: path.read_bytes() for path in tables} == tables
        assert database.revive(lambda: True)
    assert rows(home, "SELECT * FROM runs") == ["1"]


def test_metadata_that_cannot_be_migrated(tmp_path: Path) -> None:
    data = data_folder(tmp_path / "running")
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("this is no database\n")
    [found] = migration(rehearsal(tmp_path, metadata=str(data)))
    assert (found.file, found.rule, found.level) == ("postgresql", "metadata", ERROR)
    assert "postgresql.conf" in found.message and str(tmp_path) not in found.message


def test_metadata_of_a_newer_airflow(tmp_path: Path, database: PostgreSQL) -> None:
    data = data_folder(tmp_path / "running")
    (data.parent / "migrated").write_text("99.0.0")
    [found] = migration(rehearsal(tmp_path, metadata=str(data), running=True))
    assert "is of Airflow 99.0.0" in found.message


def test_it_ends_with_what_it_started_once_its_parent_is_gone(tmp_path: Path) -> None:
    # It starts one after the other, and is ended while it does.
    sleeps = "for _ in {1..200}; do sleep 600 & done; wait"
    rehearsal(tmp_path, {"startup.sh": f"echo $$ > {tmp_path}/started\n{sleeps}\n"})
    command = [sys.executable, rehearse.__file__, "startup", str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        started = tmp_path / "started"
        while not started.exists() or not started.read_text().strip():
            assert process.poll() is None
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(10) == 1
    # One that nobody asks how it ended is kept by the system.
    group = int(started.read_text())
    left = [process for process in psutil.process_iter() if _is_of(process, group)]
    assert psutil.wait_procs(left, 60)[1] == []


def _is_of(process: psutil.Process, group: int) -> bool:
    """Whether a process is of a group, and has not ended."""
    try:
        return os.getpgid(process.pid) == group and process.status() != psutil.STATUS_ZOMBIE
    except (ProcessLookupError, psutil.NoSuchProcess):
        return False
