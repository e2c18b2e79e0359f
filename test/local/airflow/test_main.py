"""The command says in one line what it cannot work with, and a runner that fails says why."""

from __future__ import annotations

import re
import signal
import socket
from pathlib import Path

import pytest
from runner import Runner
from running import Cloud, unique
from test_mwaa import Ground


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
    assert runner.processes() == []


def test_an_environment_that_cannot_run_is_a_failure_that_says_why(
    runner: Runner, ground: Ground
) -> None:
    version = ground.s3.put_object(Bucket=ground.bucket, Key="bad.sh", Body=b"echo why; exit 3")
    ground.mwaa.create_environment(
        **ground.arguments(
            Name=runner.environment,
            StartupScriptS3Path="bad.sh",
            StartupScriptS3ObjectVersion=version["VersionId"],
        )
    )
    runner.start()
    assert runner.process is not None and runner.process.wait(120) == 1
    said = runner.status()
    assert said["state"] == "failed" and "status 3" in said["error"]
    # The log that it names has the cause.
    log = re.search(r"/\S+\.log", said["error"])
    assert log is not None and Path(log.group()).read_text() == "why\n"
    assert runner.processes() == []
