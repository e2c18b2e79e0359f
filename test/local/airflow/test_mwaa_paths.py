"""A DAG that opens a path of MWAA's finds it where the kernel lets it; else the error names it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import components
import mwaa_paths
from startup import COMPONENTS

OPENS = """
import os
from pathlib import Path
print(Path("/usr/local/airflow/dags/query.sql").read_text())
Path("/usr/local/airflow/plugins/written").write_text("1")
print(*sorted(os.listdir("/usr/local")))
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    for name in ("dags", "plugins"):
        (tmp_path / name).mkdir()
    (tmp_path / "dags" / "query.sql").write_text("SELECT 1")
    return tmp_path


def may_mount() -> bool:
    """What util-linux says of it."""
    command = [
        "unshare",
        "--user",
        "--map-root-user",
        "--mount",
        "mount",
        "-t",
        "tmpfs",
        "x",
        "/mnt",
    ]
    return (
        shutil.which("unshare") is not None
        and subprocess.run(command, capture_output=True).returncode == 0
    )


def test_a_command_sees_the_home_at_the_paths_or_is_told_which_is_missing(home: Path) -> None:
    ran = subprocess.run(
        [sys.executable, mwaa_paths.__file__, str(home), sys.executable, "-c", OPENS],
        capture_output=True,
        text=True,
        timeout=60,
    )
    if may_mount():
        assert ran.returncode == 0, ran.stderr
        query, names = ran.stdout.splitlines()
        assert query == "SELECT 1"
        others = {entry.name for entry in Path("/usr/local").iterdir()}
        assert set(names.split()) == {"airflow", *others}
        assert (home / "plugins" / "written").read_text() == "1"
    else:
        assert "/usr/local/airflow is not there for this process" in ran.stderr
        assert "FileNotFoundError" in ran.stderr
        assert "'/usr/local/airflow/dags/query.sql'" in ran.stderr
    # For that process alone.
    assert not Path("/usr/local/airflow/dags/query.sql").exists()


@pytest.mark.parametrize(
    ("file", "text", "named"),
    [
        ("dags/a.py", "open('/usr/local/airflow/dags/query.sql')", True),
        ("plugins/deep/b.py", "HOME = '/usr/local/airflow/plugins'", True),
        ("dags/a.py", "open(Path(__file__).parent / 'query.sql')", False),
        ("dags/query.sql", "/usr/local/airflow/dags", False),
        ("dags/latin.py", "# caf\udce9 /usr/local/airflow/", True),
    ],
)
def test_components_are_started_so_where_a_dag_names_such_a_path(
    home: Path, monkeypatch: pytest.MonkeyPatch, file: str, text: str, named: bool
) -> None:
    path = home / file
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text.encode(errors="surrogateescape"))
    started: list[list[str]] = []
    monkeypatch.setattr(components.subprocess, "Popen", lambda words, **_: started.append(words))
    variables = {one: {"OF": one} for one in COMPONENTS}
    components.Components(home).start("python", variables, lambda: True)
    launcher = [sys.executable, mwaa_paths.__file__, str(home)] if named else []
    run = [*launcher, "python", *components.RUN]
    assert started == [[*run, *words] for words in components.COMPONENTS.values()]
