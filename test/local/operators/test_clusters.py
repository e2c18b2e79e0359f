"""Operators of Redshift's provisioned clusters."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from airflow.providers.amazon.aws.operators.redshift_cluster import (
    RedshiftCreateClusterOperator,
    RedshiftDeleteClusterOperator,
    RedshiftPauseClusterOperator,
    RedshiftResumeClusterOperator,
)
from airflow.providers.amazon.aws.operators.redshift_data import RedshiftDataOperator
from airflow.providers.amazon.aws.sensors.redshift_cluster import RedshiftClusterSensor
from conftest import Tasks, context
from running import unique


def waited(name: str) -> dict[str, Any]:
    """Arguments of an operator that waits for a cluster."""
    return {
        "task_id": "t",
        "cluster_identifier": name,
        "wait_for_completion": True,
        "poll_interval": 1,
    }


def sees(name: str, status: str) -> bool:
    """Whether the sensor finds a cluster in a state."""
    sensor = RedshiftClusterSensor(task_id="t", cluster_identifier=name, target_status=status)
    return sensor.poke(context())


def test_life_of_a_cluster(tasks: Tasks) -> None:
    """As the provider's own example: create, wait, query, pause, resume, delete."""
    name = unique("operated")
    tasks.run(
        RedshiftCreateClusterOperator(
            **waited(name),
            cluster_type="single-node",
            node_type="ra3.large",
            master_username="adminuser",
            master_user_password="Test123$",
            publicly_accessible=False,
        )
    )
    assert sees(name, "available")
    query = {
        "task_id": "t",
        "cluster_identifier": name,
        "database": "dev",
        "db_user": "adminuser",
        "wait_for_completion": True,
        "poll_interval": 1,
    }
    sql = ["CREATE TABLE fruit (id INT)", "INSERT INTO fruit VALUES (1), (2)"]
    tasks.run(RedshiftDataOperator(sql=sql, **query))
    counted = RedshiftDataOperator(
        sql="SELECT count(*) FROM fruit", return_sql_result=True, **query
    )
    assert tasks.run(counted)[0]["Records"] == [[{"longValue": 2}]]
    with pytest.raises(Exception, match='user "IAM:nobody" does not exist'):
        tasks.run(RedshiftDataOperator(sql="SELECT 1", **{**query, "db_user": "nobody"}))
    tasks.run(RedshiftPauseClusterOperator(**waited(name)))
    assert sees(name, "paused")
    tasks.run(RedshiftResumeClusterOperator(**waited(name)))
    assert tasks.run(counted)[0]["Records"] == [[{"longValue": 2}]]
    last = unique("last")
    tasks.run(
        RedshiftDeleteClusterOperator(
            **waited(name),
            skip_final_cluster_snapshot=False,
            final_cluster_snapshot_identifier=last,
        )
    )
    assert sees(name, "cluster_not_found")
    boto3.client("redshift").delete_cluster_snapshot(SnapshotIdentifier=last)
