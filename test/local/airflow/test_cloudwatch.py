"""Logs and metrics that are published as the execution role."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
from running import Cloud, allow, unique

from cloudwatch import NAMESPACE, CloudWatch
from environment import PRINCIPAL, Environment, RoleSession, role_variables

MWAA = ["airflow.amazonaws.com", PRINCIPAL]
WRITE = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogGroups"]
RIGHTS = [*WRITE, "logs:PutLogEvents", "cloudwatch:PutMetricData", "airflow:PublishMetrics"]


def session_with(cloud: Cloud, rights: list[str]) -> RoleSession:
    """A session of a role with these rights."""
    role = cloud.role(MWAA, [allow(rights)])
    environment = Environment(
        "mine", "us-east-1", "b", "dags/", role, {}, None, None, None, {}, "1"
    )
    return RoleSession(role_variables(environment, cloud.url, cloud.token))


def messages(cloud: Cloud, group: str) -> dict[str, list[str]]:
    """All that is in a log group, by its streams."""
    logs = cloud.client("logs")
    return {
        stream["logStreamName"]: [
            event["message"]
            for event in logs.get_log_events(
                logGroupName=group, logStreamName=stream["logStreamName"], startFromHead=True
            )["events"]
        ]
        for stream in logs.describe_log_streams(logGroupName=group)["logStreams"]
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Logs of Airflow's."""
    task = tmp_path / "dag_id=a" / "run_id=manual__2026-01-01T00:00:00" / "task_id=b"
    task.mkdir(parents=True)
    (task / "attempt=1.log").write_text("one\ntwo\nhalf a li")
    (tmp_path / "scheduler.log").write_text("started\n")
    return tmp_path


@pytest.mark.usefixtures("cloud_clients")
def test_lines_are_published_once_and_whole(cloud: Cloud, folder: Path) -> None:
    task, scheduler = unique("airflow-x-Task"), unique("airflow-x-Scheduler")
    publisher = CloudWatch(session_with(cloud, RIGHTS), "x", {"Task": task, "Scheduler": scheduler})
    stream = "dag_id=a/run_id=manual__2026-01-01T00_00_00/task_id=b/attempt=1.log"
    publisher.publish(folder, healthy=False)
    publisher.publish(folder, healthy=False)
    assert messages(cloud, task) == {stream: ["one", "two"]}
    assert messages(cloud, scheduler) == {"scheduler.log": ["started"]}
    with next(folder.glob("dag_id=a/**/*.log")).open("a") as file:
        file.write("ne\nlast\n")
    publisher.publish(folder, healthy=False)
    assert messages(cloud, task) == {stream: ["one", "two", "half a line", "last"]}


@pytest.mark.usefixtures("cloud_clients")
@pytest.mark.parametrize("deleted", ["stream", "group"])
def test_what_is_gone_is_made_again(
    cloud: Cloud, folder: Path, deleted: str, caplog: pytest.LogCaptureFixture
) -> None:
    group, logs = unique("airflow-x-Scheduler"), cloud.client("logs")
    publisher = CloudWatch(session_with(cloud, RIGHTS), "x", {"Scheduler": group})
    publisher.publish(folder, healthy=False)
    if deleted == "stream":
        logs.delete_log_stream(logGroupName=group, logStreamName="scheduler.log")
    else:
        logs.delete_log_group(logGroupName=group)
    with (folder / "scheduler.log").open("a") as file:
        file.write("again\n")
    with caplog.at_level(logging.WARNING):
        publisher.publish(folder, healthy=False)
        publisher.publish(folder, healthy=False)
    (said,) = [record.getMessage() for record in caplog.records]
    assert "ResourceNotFoundException" in said
    assert messages(cloud, group) == {"scheduler.log": ["again"]}


@pytest.mark.usefixtures("cloud_clients")
def test_what_an_earlier_environment_left_is_not_published(cloud: Cloud, folder: Path) -> None:
    group = unique("airflow-x-Scheduler")
    publisher = CloudWatch(session_with(cloud, RIGHTS), "x", {"Scheduler": group})
    publisher.skip(folder)
    with (folder / "scheduler.log").open("a") as file:
        file.write("again\n")
    publisher.publish(folder, healthy=False)
    assert messages(cloud, group) == {"scheduler.log": ["again"]}


@pytest.mark.usefixtures("cloud_clients")
def test_only_what_is_enabled_is_published(cloud: Cloud, folder: Path) -> None:
    before = cloud.client("logs").describe_log_groups()["logGroups"]
    CloudWatch(session_with(cloud, RIGHTS), "x", {}).publish(folder, healthy=False)
    assert cloud.client("logs").describe_log_groups()["logGroups"] == before


@pytest.mark.usefixtures("cloud_clients")
def test_a_heartbeat_is_measured_while_there_is_one(
    cloud: Cloud, ground: Any, tmp_path: Path
) -> None:
    wanted = ground.arguments()
    ground.mwaa.create_environment(**wanted)
    publisher = CloudWatch(session_with(cloud, RIGHTS), wanted["Name"], {})

    def environments() -> list[str]:
        metrics = cloud.client("cloudwatch").list_metrics(Namespace=NAMESPACE)["Metrics"]
        return [
            dimension["Value"]
            for metric in metrics
            for dimension in metric["Dimensions"]
            if dimension["Name"] == "Environment"
        ]

    publisher.publish(tmp_path, healthy=False)
    assert wanted["Name"] not in environments()
    publisher.publish(tmp_path, healthy=True)
    assert environments().count(wanted["Name"]) == 1


@pytest.mark.usefixtures("cloud_clients")
@pytest.mark.parametrize("missing", ["logs:CreateLogStream", "logs:PutLogEvents"])
def test_what_the_role_may_not_is_said_once(
    cloud: Cloud, folder: Path, missing: str, caplog: pytest.LogCaptureFixture
) -> None:
    session = session_with(cloud, [right for right in RIGHTS if right != missing])
    publisher = CloudWatch(session, "x", {"Scheduler": unique("airflow-x-Scheduler")})
    with caplog.at_level(logging.WARNING):
        publisher.publish(folder, healthy=False)
        publisher.publish(folder, healthy=False)
    (said,) = [record.getMessage() for record in caplog.records]
    assert f"not authorized to perform: {missing}" in said


@pytest.mark.usefixtures("cloud_clients")
def test_logs_and_metrics_do_not_wait_for_each_other(
    cloud: Cloud, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    missing = ["logs:DescribeLogGroups", "cloudwatch:PutMetricData", "airflow:PublishMetrics"]
    session = session_with(cloud, [right for right in RIGHTS if right not in missing])
    publisher = CloudWatch(session, "x", {"Scheduler": unique("airflow-x-Scheduler")})
    with caplog.at_level(logging.WARNING):
        publisher.publish(folder, healthy=True)
    for right, record in zip(missing, caplog.records, strict=True):
        assert f"not authorized to perform: {right}" in record.getMessage()
