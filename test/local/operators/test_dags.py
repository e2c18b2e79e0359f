"""DAGs of the amazon provider's operators, one a service, run by Airflow as the laptop runs it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import rights
from runner import Runner, airflow_version
from running import Cloud, allow, unique, until
from test_emr import Clusters
from test_mwaa import SERVICES, Ground, execution
from test_redshift import Warehouse

#: Airflow as a whole takes a minute to start.
pytestmark = pytest.mark.full

DAGS = sorted((Path(__file__).parent / "dags").glob("*_dag.py"))

#: Seconds for all DAGs side by side: Spark starts twice.
SECONDS = 600

ECHO = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}

#: By DAG, whether the task `answer` returned what the DAG was to do.
ANSWERS: dict[str, Callable[[Any], bool]] = {
    "athena": lambda answer: answer == 3,
    "dynamodb": lambda answer: len(answer) == 1,
    "emr": lambda answer: len(answer) == 1 and answer[0].startswith("s-"),
    "glue": lambda answer: answer == ["k", "v"],
    "messages": lambda answer: answer == ["sent"],
    "redshift": lambda answer: all(key.endswith(".parquet") for key in answer) and bool(answer),
    "s3": lambda answer: answer == ["copies/b.csv", "in/a.csv"],
    "step_functions": lambda answer: answer == {"a": 1},
}

#: By DAG, the service that the local cloud does not run.
REFUSED = {"emr_serverless": "emr-serverless", "lambda": "lambda"}


def conf(cloud: Cloud) -> dict[str, Any]:
    """What the DAGs are told: what is there before them."""
    clusters, warehouse = Clusters(cloud), Warehouse(cloud)
    glue, database = cloud.client("glue"), unique("crawled").replace("-", "_")
    glue.create_database(DatabaseInput={"Name": database})
    states = cloud.client("stepfunctions")
    machine = states.create_state_machine(
        name=unique("machine"),
        definition=json.dumps(ECHO),
        roleArn=cloud.role("states.amazonaws.com"),
    )["stateMachineArn"]
    table = unique("table")
    cloud.client("dynamodb").create_table(
        TableName=table,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return {
        "bucket": cloud.bucket(),
        "new_bucket": unique("new-bucket"),
        "name": unique("own"),
        "database": unique("lake").replace("-", "_"),
        "glue_role": cloud.role("glue.amazonaws.com", [allow(["s3:*", "logs:*", "glue:*"])]),
        "glue_database": database,
        "cluster": clusters.request(),
        "machine": machine,
        "warehouse_bucket": warehouse.bucket,
        "workgroup": warehouse.name,
        "queue": cloud.client("sqs").create_queue(QueueName=unique("queue"))["QueueUrl"],
        "topic": cloud.client("sns").create_topic(Name=unique("topic"))["TopicArn"],
        "table": table,
    }


@pytest.fixture(scope="module")
def runner(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    """Airflow with all the DAGs, under a role that may do what they do."""
    ground = Ground(cloud)
    for file in DAGS:
        ground.s3.put_object(Bucket=ground.bucket, Key=f"dags/{file.name}", Body=file.read_bytes())
    wanted = ground.arguments(
        AirflowVersion=airflow_version(),
        ExecutionRoleArn=cloud.role(SERVICES, [*execution(), *rights()]),
    )
    ground.mwaa.create_environment(**wanted)
    runner = Runner(cloud, wanted["Name"], tmp_path_factory.mktemp("runner") / "home")
    runner.start()
    runner.await_state("healthy")
    yield runner
    if runner.process is not None and runner.process.poll() is None:
        runner.process.terminate()
        runner.process.wait(60)
    for process in runner.processes():
        process.kill()


@pytest.fixture(scope="module")
def runs(runner: Runner, cloud: Cloud) -> dict[str, str]:
    """A run of each DAG, all begun at once: the path of each."""
    given = conf(cloud)
    names = {file.name.removesuffix("_dag.py") for file in DAGS}
    until(lambda: runner.dag_ids() >= names, 120)
    return {dag: f"/dags/{dag}/dagRuns/{runner.trigger(dag, given)}" for dag in sorted(names)}


def ended(runner: Runner, run: str) -> str:
    """The state that a run ends in."""
    return until(
        lambda: (now := runner.call("GET", run)["state"]) in ("success", "failed") and now, SECONDS
    )


@pytest.mark.parametrize("dag", sorted(ANSWERS))
def test_a_dag_does_its_work(runner: Runner, runs: dict[str, str], dag: str) -> None:
    assert ended(runner, runs[dag]) == "success", runner.logs()
    entry = f"{runs[dag]}/taskInstances/answer/xcomEntries/return_value?deserialize=true"
    answer = runner.call("GET", entry)["value"]
    assert ANSWERS[dag](answer), answer


@pytest.mark.parametrize(("dag", "service"), REFUSED.items())
def test_what_is_not_run_is_refused_in_a_sentence(
    runner: Runner, runs: dict[str, str], dag: str, service: str
) -> None:
    assert ended(runner, runs[dag]) == "failed"
    assert f"the local cloud does not run {service}." in runner.logs()


def test_each_dag_is_looked_at(runs: dict[str, str]) -> None:
    assert runs.keys() == {*ANSWERS, *REFUSED}
