"""What Airflow's processes are run by: a file, or Airflow's command, as if by itself."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from runner import airflow_version, python

import components
from airflow_process import THRESHOLDS

PROBE = """
import atexit, gc, json, sys

class Cycle:
    def __init__(self):
        self.me = self
    def __del__(self):
        print("taken apart")

kept = Cycle()
atexit.register(print, "at exit")
print(json.dumps([__name__, sys.argv, sys.path, gc.get_threshold()]))
sys.exit(3)
"""


def run(*arguments: str, home: Path, by: str = sys.executable) -> subprocess.CompletedProcess[str]:
    """Run as one of Airflow's processes."""
    return subprocess.run(
        [by, *components.RUN, *arguments],
        cwd=home,
        env={"AIRFLOW_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_file_is_the_main_program(tmp_path: Path) -> None:
    probe = tmp_path / "probe.py"
    probe.write_text(PROBE)
    ran = run(str(probe), "scheduler", "--skip-serve-logs", home=tmp_path)
    first, *rest = ran.stdout.splitlines()
    name, argv, path, thresholds = json.loads(first)
    assert (name, argv) == ("__main__", [str(probe), "scheduler", "--skip-serve-logs"])
    assert str(Path(components.__file__).parent) not in path
    assert tuple(thresholds) == THRESHOLDS
    # It ends as it wants to, and is not taken apart.
    assert (ran.returncode, rest) == (3, ["at exit"])


def test_without_a_file_it_is_airflow_s_command(tmp_path: Path) -> None:
    ran = run("version", by=python(), home=tmp_path)
    assert (ran.returncode, ran.stdout.split()[-1:]) == (0, [airflow_version()]), ran.stderr
