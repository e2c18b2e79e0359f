"""A whole runner: Airflow runs as the environment says, under its role, and ends when told to.

The tests share one runner and go through its life in order.
"""

from __future__ import annotations

import signal
import socket
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psutil
import pytest
from runner import HEALTHY_SECONDS, Runner, airflow_version, kill_server, rows
from running import Cloud, until
from test_mwaa import Ground

from components import runs

#: Airflow as a whole takes a minute to start.
pytestmark = pytest.mark.full

DAG = """
from airflow.sdk import dag, task


@dag(schedule=None, catchup=False)
def {name}():
    @task
    def answer():
        {body}

    answer()


{name}()
"""

WHO = DAG.format(
    name="who",
    body="import boto3; return boto3.client('sts').get_caller_identity()['Arn']",
)
WHERE = DAG.format(name="where", body="import os; return os.environ['WHERE']")
SETTING = DAG.format(
    name="setting",
    body="from airflow.configuration import conf; return conf.get('custom', 'word')",
)
#: Its one task takes long, and says so when it is to call off what it began.
SLOW = """
import time
from airflow.sdk import DAG, BaseOperator


class Slow(BaseOperator):
    def execute(self, context):
        print("begins in", context["run_id"], flush=True)
        time.sleep(600)

    def on_kill(self):
        print("slow is called off", flush=True)


with DAG("slow", schedule=None, catchup=False):
    Slow(task_id="slow")
"""


def put(ground: Ground, name: str, text: str) -> None:
    ground.s3.put_object(Bucket=ground.bucket, Key=f"dags/{name}", Body=text.encode())


@pytest.fixture(scope="module")
def runner(
    cloud: Cloud, ground: Ground, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Runner]:
    for name, text in (
        *(("who.py", WHO), ("where.py", WHERE)),
        *(("setting.py", SETTING), ("slow.py", SLOW)),
    ):
        put(ground, name, text)
    script = ground.s3.put_object(
        Bucket=ground.bucket,
        Key="where.sh",
        Body=b'export WHERE="in the $MWAA_AIRFLOW_COMPONENT"',
    )
    wanted = ground.arguments(
        AirflowVersion=airflow_version(),
        AirflowConfigurationOptions={"custom.word": "first"},
        StartupScriptS3Path="where.sh",
        StartupScriptS3ObjectVersion=script["VersionId"],
    )
    runner = Runner(cloud, wanted["Name"], tmp_path_factory.mktemp("runner") / "home")
    runner.start()
    # Nothing but the environment's being there is waited for.
    runner.await_state("waiting")
    ground.mwaa.create_environment(**wanted)
    runner.await_state("healthy")
    yield runner
    if runner.process is not None and runner.process.poll() is None:
        runner.process.terminate()
        runner.process.wait(60)
    for process in runner.processes():
        process.kill()


def test_a_task_works_under_the_execution_role(runner: Runner, ground: Ground) -> None:
    until(lambda: {"who", "where", "setting", "slow"} <= runner.dag_ids())
    who = runner.result("who", "answer")
    assert f":assumed-role/{ground.role.rsplit('/', 1)[1]}/" in who
    assert runner.result("setting", "answer") == "first"


def test_each_process_has_what_the_startup_script_exports_in_its_component(runner: Runner) -> None:
    assert runner.result("where", "answer") == "in the worker"
    found = {
        component: process.environ()["WHERE"]
        for process in runner.processes()
        for component in ("api-server", "dag-processor", "triggerer")
        # Airflow writes some into one word of its own.
        if component in " ".join(process.cmdline()).replace("_", "-")
    }
    assert found == {
        "api-server": "in the webserver",
        "dag-processor": "in the scheduler",
        "triggerer": "in the scheduler",
    }


def test_every_socket_is_of_this_machine(runner: Runner) -> None:
    assert runner.process is not None
    family = [psutil.Process(runner.process.pid), *runner.processes()]
    listening = [
        connection.laddr
        for process in family
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
        or (connection.type == socket.SOCK_DGRAM and not connection.raddr)
    ]
    assert runner.port in {address.port for address in listening}
    assert {address.ip for address in listening} == {"127.0.0.1"}


def test_no_secret_is_given_on_or_written_down(runner: Runner, cloud: Cloud) -> None:
    airflow = runner.processes()
    # Four components, and the workers of the scheduler.
    assert len(airflow) > 4
    secrets = (cloud.token, cloud.keys[1])
    for process in airflow:
        assert not any(
            secret in value for value in process.environ().values() for secret in secrets
        )
        assert not any(secret in word for word in process.cmdline() for secret in secrets)
    for path in (runner.log, *runner.home.rglob("*")):
        if path.is_file():
            content = path.read_bytes()
            assert not any(secret.encode() in content for secret in secrets), path
    # The log-in is in files for the owner alone, and in no log.
    assert runner.status()["password"] not in runner.logs()


def test_dags_follow_the_bucket(runner: Runner, ground: Ground) -> None:
    put(ground, "helpers/__init__.py", "")
    put(ground, "helpers/words.py", "WORD = 'one'")
    put(
        ground,
        "told.py",
        DAG.format(name="told", body="from helpers.words import WORD; return WORD"),
    )
    until(lambda: "told" in runner.dag_ids())
    assert runner.result("told", "answer") == "one"
    put(ground, "helpers/words.py", "WORD = 'another'")
    put(
        ground,
        "told.py",
        DAG.format(name="renamed", body="from helpers.words import WORD; return WORD"),
    )
    until(lambda: "renamed" in runner.dag_ids())
    assert runner.result("renamed", "answer") == "another"
    ground.s3.delete_object(Bucket=ground.bucket, Key="dags/told.py")
    until(lambda: not {"told", "renamed"} & runner.dag_ids(), 60)
    assert {"who", "setting"} <= runner.dag_ids()


def test_an_option_that_changes_is_what_tasks_read(runner: Runner, ground: Ground) -> None:
    before = runner.processes()
    ground.mwaa.update_environment(
        Name=runner.environment, AirflowConfigurationOptions={"custom.word": "second"}
    )
    # As long as the old Airflow ends and the new one begins, none is said to be healthy.
    runner.await_state("starting", 30)
    runner.await_state("healthy")
    assert not any(process.is_running() for process in before)
    assert runner.result("setting", "answer") == "second"


def test_a_cloud_that_is_away_and_back_is_borne(
    runner: Runner, ground: Ground, cloud: Cloud
) -> None:
    cloud.stop()
    until(lambda: "the local cloud does not answer" in runner.log.read_text())
    cloud.start()
    put(ground, "later.py", DAG.format(name="later", body="return 'later'"))
    until(lambda: "later" in runner.dag_ids())
    assert runner.status()["state"] == "healthy"
    assert ":assumed-role/" in runner.result("who", "answer")


def test_many_runs_that_are_asked_for_at_once_are_all_there(runner: Runner) -> None:
    """Without a stall, in which Airflow's writers wait for each other and it answers 500."""
    ids = [f"at-once-{n}" for n in range(16)]

    def trigger(run: str) -> str:
        runner.call("PATCH", "/dags/where?update_mask=is_paused", {"is_paused": True})
        asked = {"dag_run_id": run, "logical_date": None, "conf": {}}
        return runner.call("POST", "/dags/where/dagRuns", asked)["dag_run_id"]

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(trigger, ids)) == ids


def answers(runner: Runner) -> bool:
    """Whether the metadata database does."""
    try:
        return rows(runner.home, "SELECT 1") == ["1"]
    except subprocess.CalledProcessError:
        return False


def called(runner: Runner, path: str) -> dict[str, Any]:
    """What Airflow answers; nothing where it does not."""
    try:
        return runner.call("GET", path)
    except OSError:
        return {}


def slow_task(runner: Runner) -> str:
    """Start a task that takes long, and wait until it is at work; the id of its run."""
    run = runner.trigger("slow")
    until(lambda: f"begins in {run}" in runner.logs(), 60)
    return run


def test_a_killed_component_is_started_again_and_leaves_nothing(runner: Runner) -> None:
    slow_task(runner)
    killed = runner.component("scheduler")
    assert killed is not None
    orphans = killed.children(recursive=True)
    assert orphans
    killed.kill()
    until(lambda: (now := runner.component("scheduler")) is not None and now.pid != killed.pid)
    assert runner.result("who", "answer")
    _, alive = psutil.wait_procs(orphans, timeout=10)
    assert not alive


def test_a_killed_database_comes_back_with_what_it_had(runner: Runner) -> None:
    run = slow_task(runner)
    before = rows(runner.home, "SELECT run_id FROM dag_run ORDER BY id")
    assert run in before
    kill_server(runner.home)
    until(lambda: answers(runner), 60)
    assert rows(runner.home, "SELECT run_id FROM dag_run ORDER BY id") == before
    until(lambda: "Airflow is started again" in runner.log.read_text(), 60)
    # The task that was at work has failed, or is tried again.
    at_work = f"/dags/slow/dagRuns/{run}"
    until(lambda: called(runner, at_work).get("state") == "failed", HEALTHY_SECONDS)
    assert runner.result("who", "answer")


def test_a_killed_runner_takes_its_airflow_with_it(runner: Runner) -> None:
    slow_task(runner)
    assert runner.processes()
    runner.send(signal.SIGKILL)
    until(lambda: not runner.left(), 30)


def test_a_new_runner_of_the_home_gets_healthy(runner: Runner) -> None:
    runner.start()
    runner.await_state("healthy")
    assert runner.result("who", "answer")


def test_a_new_environment_of_the_name_has_no_runs(runner: Runner, ground: Ground) -> None:
    wanted = ground.arguments(
        Name=runner.environment,
        AirflowVersion=airflow_version(),
        AirflowConfigurationOptions={"custom.word": "new"},
    )
    assert runner.call("GET", "/dags/who/dagRuns")["total_entries"] > 0
    ground.mwaa.delete_environment(Name=runner.environment)
    runner.await_state("waiting")
    ground.mwaa.create_environment(**wanted)
    runner.await_state("healthy")
    until(lambda: {"who", "where", "setting", "slow"} <= runner.dag_ids())
    assert runner.call("GET", "/dags/~/dagRuns")["total_entries"] == 0
    assert not list((runner.home / "logs").glob("dag_id=*"))
    assert runner.result("setting", "answer") == "new"


def test_forked_components_are_started_again_when_killed(runner: Runner) -> None:
    """Which those are that no startup script tells apart."""
    parent, killed = runner.parent(), runner.component("scheduler")
    assert parent is not None and killed is not None and killed.parent() == parent
    killed.kill()
    until(lambda: (now := runner.component("scheduler")) is not None and now.pid != killed.pid)
    assert runner.parent() == parent
    assert runner.result("who", "answer")
    before = runner.processes()
    parent.kill()
    until(lambda: runner.parent() not in (None, parent), 60)
    assert not any(map(runs, before))
    until(lambda: called(runner, "/monitor/health").get("scheduler"), HEALTHY_SECONDS)
    assert runner.result("who", "answer")


def test_told_to_stop_it_leaves_nothing(runner: Runner) -> None:
    run = slow_task(runner)
    assert runner.send(signal.SIGTERM) == 0
    assert runner.status()["state"] == "stopped"
    assert runner.left() == []
    # The task that it ended is not taken for one that still runs, and could call off its work.
    assert runner.database(f"SELECT state FROM task_instance WHERE run_id = '{run}'") == ["failed"]
    assert "slow is called off" in runner.logs()


def test_a_killed_runner_takes_what_was_forked_with_it(runner: Runner) -> None:
    runner.start()
    # It need not be healthy for that.
    until(lambda: runner.parent() is not None and runner.component("scheduler") is not None)
    runner.send(signal.SIGKILL)
    until(lambda: not runner.left(), 30)
