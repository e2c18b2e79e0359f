"""The start-up script changes what it may, its output is kept, and its failure is one."""

from __future__ import annotations

import os
from pathlib import Path

import psutil
import pytest
from running import until

import startup
from commands import Interrupted, run
from startup import StartupError, variables_after

SURROUNDINGS = {"PATH": os.environ["PATH"], "HOME": "/"}
FIXED = {"AIRFLOW_HOME": "/home", "AIRFLOW__CORE__EXECUTOR": "LocalExecutor"}


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "startup.log"


def after(tmp_path: Path, text: str, going_on: bool = True) -> dict[str, str]:
    script = tmp_path / "a script's folder" / "startup.sh"
    script.parent.mkdir(exist_ok=True)
    script.write_text(text)
    return variables_after(script, SURROUNDINGS, FIXED, tmp_path / "startup.log", lambda: going_on)


def test_a_script_that_does_nothing_changes_nothing(tmp_path: Path) -> None:
    assert after(tmp_path, "") == {**SURROUNDINGS, **FIXED, "MWAA_AIRFLOW_COMPONENT": "worker"}


def test_exports_are_taken_over(tmp_path: Path) -> None:
    text = """
        plain=1
        export MULTILINE=$'a=b\\nc' EMPTY=
        export PATH="/opt/tool/bin:$PATH"
        export COPY="$AIRFLOW_HOME/$MWAA_AIRFLOW_COMPONENT"
        unset HOME
    """
    found = after(tmp_path, text)
    assert (found["MULTILINE"], found["EMPTY"]) == ("a=b\nc", "")
    assert found["PATH"] == f"/opt/tool/bin:{SURROUNDINGS['PATH']}"
    assert found["COPY"] == "/home/worker"
    assert "plain" not in found and "HOME" not in found


def test_what_mwaa_sets_stays(tmp_path: Path) -> None:
    text = "export AIRFLOW__CORE__EXECUTOR=SequentialExecutor; unset AIRFLOW_HOME"
    found = after(tmp_path, text)
    assert {name: found[name] for name in FIXED} == FIXED


def test_output_is_added_to_the_log_and_is_no_variable(tmp_path: Path, log: Path) -> None:
    log.write_text("before\n")
    found = after(tmp_path, "echo SAID=out; echo SAID=err >&2; printf 'X=1\\0'")
    assert "SAID" not in found and "X" not in found
    assert log.read_text().startswith("before\nSAID=out\nSAID=err\n")


@pytest.mark.parametrize(
    ("text", "status"), [("exit 3", 3), ("false\ntrue", 1), ("absent-tool", 127)]
)
def test_a_failure_says_its_status_and_log(
    tmp_path: Path, log: Path, text: str, status: int
) -> None:
    with pytest.raises(StartupError) as caught:
        after(tmp_path, f"echo begins\n{text}")
    assert f"status {status}" in str(caught.value) and str(log) in str(caught.value)
    assert log.read_text().startswith("begins")


def test_too_long_a_script_is_ended(
    tmp_path: Path, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(startup, "TIMEOUT_SECONDS", 0.5)
    with pytest.raises(StartupError, match="did not end"):
        after(tmp_path, "sleep 600 & echo $!; wait")
    assert not alive(int(log.read_text()))


def test_it_is_ended_when_the_runner_stops(tmp_path: Path) -> None:
    with pytest.raises(Interrupted):
        after(tmp_path, "sleep 600", going_on=False)


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_command_that_is_ended_takes_along_what_it_started(tmp_path: Path) -> None:
    log = tmp_path / "log"
    command = ["bash", "-c", "sleep 600 & echo $!; wait"]

    def going_on() -> bool:
        return not (log.exists() and log.read_text().endswith("\n"))

    with pytest.raises(Interrupted):
        run(command, SURROUNDINGS, 60, going_on, log)
    until(lambda: not alive(int(log.read_text())), 5)
