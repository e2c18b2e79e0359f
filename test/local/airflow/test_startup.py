"""A start-up script does what it does on MWAA: whatever its end, its variables count."""

from __future__ import annotations

import os
from pathlib import Path

import psutil
import pytest
from running import until

import components
import startup
from commands import Interrupted, run
from startup import StartupError, variables_after

SURROUNDINGS = {"PATH": os.environ["PATH"], "HOME": "/"}
FIXED = {"AIRFLOW_HOME": "/home", "AIRFLOW__CORE__EXECUTOR": "LocalExecutor"}


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "startup.log"


def after(
    tmp_path: Path, text: str, going_on: bool = True, component: str = "worker"
) -> dict[str, str]:
    script = tmp_path / "a script's folder" / "startup.sh"
    script.parent.mkdir(exist_ok=True)
    script.write_text(text)
    output = tmp_path / "startup.log"
    return variables_after(script, component, SURROUNDINGS, FIXED, output, lambda: going_on)


def test_a_script_that_does_nothing_changes_nothing(tmp_path: Path) -> None:
    assert after(tmp_path, "") == {**SURROUNDINGS, **FIXED, "MWAA_AIRFLOW_COMPONENT": "worker"}


def test_exports_are_taken_over(tmp_path: Path) -> None:
    text = """
        plain=1
        export MULTILINE=$'a=b\\nc' EMPTY=
        export PATH="/opt/tool/bin:$PATH"
        export COPY="$AIRFLOW_HOME/$MWAA_AIRFLOW_COMPONENT"
    """
    found = after(tmp_path, text)
    assert (found["MULTILINE"], found["EMPTY"]) == ("a=b\nc", "")
    assert found["PATH"] == f"/opt/tool/bin:{SURROUNDINGS['PATH']}"
    assert found["COPY"] == "/home/worker"
    assert "plain" not in found


@pytest.mark.parametrize("component", ["scheduler", "webserver", "worker"])
def test_a_script_is_told_in_which_component_it_runs(tmp_path: Path, component: str) -> None:
    assert component in startup.COMPONENTS
    text = """
        if [[ "${MWAA_AIRFLOW_COMPONENT}" != "webserver" ]]; then export WITH_LIBRARY=1; fi
    """
    found = after(tmp_path, text, component=component)
    assert found["MWAA_AIRFLOW_COMPONENT"] == component
    assert ("WITH_LIBRARY" in found) == (component != "webserver")
    with pytest.raises(StartupError, match=component):
        after(tmp_path, "exec false", component=component)


def test_each_process_has_the_variables_of_its_component(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: dict[str, str] = {}

    def note(words: list[str], *, env: dict[str, str], **_: object) -> None:
        (name,) = (name for name in components.COMPONENTS if name in words)
        started[name] = env["OF"]

    monkeypatch.setattr(components.subprocess, "Popen", note)
    variables = {component: {"OF": component} for component in startup.COMPONENTS}
    components.Components(tmp_path).start("python", variables, lambda: True)
    assert started == {
        "api-server": "webserver",
        "scheduler": "worker",
        "dag-processor": "scheduler",
        "triggerer": "scheduler",
    }


def test_what_mwaa_sets_stays(tmp_path: Path) -> None:
    text = """
        export AIRFLOW__CORE__EXECUTOR=SequentialExecutor MWAA_AIRFLOW_COMPONENT=mine
        export PYTHONPATH=/mine
        unset AIRFLOW_HOME HOME
    """
    expected = {**SURROUNDINGS, **FIXED, "MWAA_AIRFLOW_COMPONENT": "worker"}
    assert after(tmp_path, text) == expected


def test_output_is_added_to_the_log_and_is_no_variable(tmp_path: Path, log: Path) -> None:
    log.write_text("before\n")
    found = after(tmp_path, "echo SAID=out; echo SAID=err >&2; printf 'X=1\\0'")
    assert "SAID" not in found and "X" not in found
    assert log.read_text().startswith("before\nSAID=out\nSAID=err\n")


@pytest.mark.parametrize(
    "text",
    [
        "export KEPT=1; exit",
        "export KEPT=1\nexit 0\nexport KEPT=2",
        "export KEPT=1\nleave() { exit 3; }\nleave\nexport KEPT=2",
        "export KEPT=1\nset -eu\n( exit 0 )\nexit 4",
        "export KEPT=2; ( export KEPT=3; exit ); export KEPT=1",
        "export KEPT=1; return 0; export KEPT=2",
        "trap 'echo bye' EXIT; export KEPT=1",
        "set -C; export KEPT=1",
        "cd /; shift 9; export KEPT=${1:-1}",
        # MWAA runs a script without `set -e`, and does not look at its status.
        "export KEPT=1; exit 3",
        "false\nexport KEPT=1",
        "absent-tool --option\nexport KEPT=1",
        "export KEPT=1\ngrep -q nothing /dev/null",
        'export KEPT=1\n[[ "$MWAA_AIRFLOW_COMPONENT" == webserver ]] && export KEPT=2',
        # It is read in bash, whatever its first line says.
        "#!/bin/sh\n[[ 1 == 1 ]] && export KEPT=1",
    ],
)
def test_variables_are_kept_however_a_script_ends(tmp_path: Path, text: str) -> None:
    assert after(tmp_path, text)["KEPT"] == "1"


def test_a_status_other_than_0_is_said(
    tmp_path: Path, log: Path, caplog: pytest.LogCaptureFixture
) -> None:
    after(tmp_path, "true")
    assert caplog.messages == []
    after(tmp_path, "exit 3")
    (said,) = caplog.messages
    assert "status 3" in said and str(log) in said


def test_what_is_no_utf_8_is_replaced(tmp_path: Path) -> None:
    found = after(tmp_path, r"export RAW=$'a\xffb' WORD=café")
    assert (found["RAW"], found["WORD"]) == ("a\ufffdb", "café")


def test_a_carriage_return_is_part_of_the_value(tmp_path: Path) -> None:
    assert after(tmp_path, "export KEPT=1\r\n")["KEPT"] == "1\r"


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("set -e; false", 1),
        ("exec true", 0),
        ("builtin exit 3", 3),
        ("export KEPT=1; unset PATH", 127),
        ("export PATH=/nowhere", 127),
        ("kill -9 $$", -9),
    ],
)
def test_a_script_that_leaves_no_variables_is_a_failure(
    tmp_path: Path, log: Path, text: str, status: int
) -> None:
    with pytest.raises(StartupError) as caught:
        after(tmp_path, f"echo begins\n{text}")
    assert f"status {status} " in str(caught.value) and str(log) in str(caught.value)
    assert log.read_text().startswith("begins")


def test_too_long_a_script_is_ended(
    tmp_path: Path, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(startup, "TIMEOUT_SECONDS", 5)
    with pytest.raises(StartupError, match="did not end"):
        after(tmp_path, "sleep 600 & echo $!; wait")
    until(lambda: not alive(int(log.read_text())))


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
    until(lambda: not alive(int(log.read_text())))
