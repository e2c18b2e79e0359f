"""The command says in one line what it cannot work with, and a runner that fails says why."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
from pathlib import Path

import pytest
from runner import MAIN, Runner, airflow_version, programs, python, template
from running import Cloud, unique
from test_mwaa import Ground

from components import OWNER


@pytest.fixture
def runner(cloud: Cloud, tmp_path: Path) -> Runner:
    return Runner(cloud, unique("mwaa"), tmp_path / "home")


def line_of(runner: Runner) -> str:
    """The one line that a runner that cannot begin says."""
    assert runner.command().wait(60) == 1
    assert runner.status() == {}
    (line,) = runner.log.read_text().splitlines()
    return line


@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL", "AWS_SECRET_ACCESS_KEY", "LOCAL_CLOUD_TOKEN"])
@pytest.mark.parametrize("how", ["absent", "empty"])
def test_a_missing_variable(runner: Runner, name: str, how: str) -> None:
    if how == "absent":
        del runner.variables[name]
    else:
        runner.variables[name] = ""
    line = line_of(runner)
    assert line.startswith(f"{name} must be set")
    assert not any(value in line for value in runner.variables.values() if value)


def test_a_port_that_is_taken(runner: Runner) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        runner.port = taken.getsockname()[1]
        line = line_of(runner)
    assert f"port {runner.port} of 127.0.0.1" in line and "in use" in line


@pytest.mark.parametrize("port", [0, -1, 65536, 99999])
def test_a_port_that_is_none(runner: Runner, port: int) -> None:
    runner.port = port
    process = runner.command()
    try:
        assert process.wait(60) == 2
    finally:
        process.kill()
    line = runner.log.read_text().splitlines()[-1]
    assert f"'{port}'" in line and "65535" in line
    assert not runner.home.exists()


def test_a_home_has_one_runner_which_stops_before_it_is_ready(runner: Runner, cloud: Cloud) -> None:
    runner.start()
    runner.await_state("preparing")
    other = Runner(cloud, runner.environment, runner.home)
    other.log = runner.home.with_suffix(".other")
    assert other.command().wait(60) == 1
    (line,) = other.log.read_text().splitlines()
    assert str(runner.home) in line and "another" in line
    assert runner.process is not None and runner.process.poll() is None
    assert runner.send(signal.SIGINT) == 0
    assert runner.status()["state"] == "stopped"
    assert runner.left() == []


def test_an_environment_that_cannot_run_is_a_failure_that_says_why(
    runner: Runner, ground: Ground
) -> None:
    version = ground.s3.put_object(Bucket=ground.bucket, Key="bad.sh", Body=b"echo why; exec false")
    ground.mwaa.create_environment(
        **ground.arguments(
            Name=runner.environment,
            AirflowVersion=airflow_version(),
            StartupScriptS3Path="bad.sh",
            StartupScriptS3ObjectVersion=version["VersionId"],
        )
    )
    runner.start()
    assert runner.process is not None and runner.process.wait(120) == 1
    said = runner.status()
    assert said["state"] == "failed" and "status 1" in said["error"]
    # The log that it names has the cause.
    log = re.search(r"/\S+\.log", said["error"])
    assert log is not None and Path(log.group()).read_text() == "why\n"
    assert runner.left() == []


def test_plugins_that_are_no_zip_are_a_failure_that_says_so(runner: Runner, ground: Ground) -> None:
    version = ground.s3.put_object(Bucket=ground.bucket, Key="plugins.zip", Body=b"no zip")
    ground.mwaa.create_environment(
        **ground.arguments(
            Name=runner.environment,
            AirflowVersion=airflow_version(),
            PluginsS3Path="plugins.zip",
            PluginsS3ObjectVersion=version["VersionId"],
        )
    )
    runner.start()
    assert runner.process is not None and runner.process.wait(120) == 1
    said = runner.status()
    assert said["state"] == "failed" and "plugins.zip is not a whole zip" in said["error"]


def test_a_fault_that_nobody_thought_of_is_a_failure_as_well(
    tmp_path: Path, cloud: Cloud, cloud_clients: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    import main

    def fault(*_: object) -> None:
        raise KeyError("unthought")

    monkeypatch.setattr(main.Components, "migrate", fault)
    assert (
        main.Runner("mine", tmp_path, 1, cloud.url, cloud.token, programs(), template()).run() == 1
    )
    said = json.loads((tmp_path / "status.json").read_text())
    assert (said["state"], said["error"]) == ("failed", "KeyError: 'unthought'")


def test_only_what_a_runner_started_is_left_over(tmp_path: Path) -> None:
    kept = [
        subprocess.Popen(["sleep", "600"], env=env)
        for env in ({"AIRFLOW_HOME": str(tmp_path)}, {OWNER: f"{tmp_path}2"})
    ]
    left = subprocess.Popen(["sleep", "600"], env={OWNER: str(tmp_path)})
    # What another started is left over, what this process started is not.
    ends = "import sys; from pathlib import Path; from components import end_left_over;"
    ends += "end_left_over(Path(sys.argv[1]))"
    try:
        subprocess.run([python(), "-c", ends, str(tmp_path)], cwd=MAIN.parent, env={}, check=True)
        assert left.wait(1) == -signal.SIGTERM
        assert [process.poll() for process in kept] == [None, None]
    finally:
        for process in (*kept, left):
            process.kill()
            process.wait()
