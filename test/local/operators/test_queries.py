"""Operators of Athena, the Glue Data Catalog, Redshift and Step Functions."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from airflow.providers.amazon.aws.hooks.athena import AthenaHook
from airflow.providers.amazon.aws.operators.athena import AthenaOperator
from airflow.providers.amazon.aws.operators.redshift_data import RedshiftDataOperator
from airflow.providers.amazon.aws.operators.step_function import (
    StepFunctionGetExecutionOutputOperator,
    StepFunctionStartExecutionOperator,
)
from airflow.providers.amazon.aws.sensors.athena import AthenaSensor
from airflow.providers.amazon.aws.sensors.glue_catalog_partition import GlueCatalogPartitionSensor
from airflow.providers.amazon.aws.sensors.step_function import StepFunctionExecutionSensor
from airflow.providers.amazon.aws.transfers.s3_to_redshift import S3ToRedshiftOperator
from conftest import Tasks, context
from running import allow, unique
from test_redshift import Warehouse


@pytest.fixture(scope="module")
def database(tasks: Tasks) -> str:
    name = unique("lake").replace("-", "_")
    athena(tasks, f"CREATE DATABASE {name}", "default")
    return name


def athena(tasks: Tasks, query: str, database: str, **more: Any) -> str:
    """Run a query to its end; its id."""
    return tasks.run(
        AthenaOperator(
            task_id="t",
            query=query,
            database=database,
            output_location=f"s3://{tasks.bucket}/results/",
            sleep_time=1,
            **more,
        )
    )


def rows(query_id: str) -> list[list[str]]:
    answer = AthenaHook().get_query_results(query_id)
    return [
        [cell.get("VarCharValue", "") for cell in row["Data"]]
        for row in answer["ResultSet"]["Rows"][1:]
    ]


def test_tables_are_created_partitioned_and_read(tasks: Tasks, database: str) -> None:
    folder = f"s3://{tasks.bucket}/sales/"
    s3 = boto3.client("s3")
    for day, line in (("2026-01-01", "a,1\n"), ("2026-01-02", "b,2\nc,3\n")):
        s3.put_object(Bucket=tasks.bucket, Key=f"sales/day={day}/f.csv", Body=line.encode())
    athena(
        tasks,
        f"CREATE EXTERNAL TABLE sales (k string, v int) PARTITIONED BY (day string) "
        f"ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' LOCATION '{folder}'",
        database,
    )
    athena(tasks, "ALTER TABLE sales ADD PARTITION (day = '2026-01-01')", database)
    partition = {"task_id": "t", "table_name": "sales", "database_name": database}
    assert GlueCatalogPartitionSensor(**partition, expression="day='2026-01-01'").poke({})
    assert not GlueCatalogPartitionSensor(**partition, expression="day='2026-01-02'").poke({})
    assert rows(athena(tasks, "SELECT k FROM sales", database)) == [["a"]]
    athena(tasks, "MSCK REPAIR TABLE sales", database)
    athena(
        tasks,
        "CREATE TABLE sums WITH (format = 'PARQUET') AS "
        "SELECT day, sum(v) AS total FROM sales GROUP BY day",
        database,
    )
    query = athena(tasks, "SELECT day, total FROM sums ORDER BY 1", database)
    assert rows(query) == [["2026-01-01", "1"], ["2026-01-02", "5"]]
    assert AthenaSensor(task_id="t", query_execution_id=query).poke({})


def test_a_query_that_fails_fails_the_task(tasks: Tasks, database: str) -> None:
    with pytest.raises(Exception, match="TABLE_NOT_FOUND"):
        athena(tasks, "SELECT * FROM nowhere", database)


@pytest.fixture(scope="module")
def warehouse(tasks: Tasks) -> Warehouse:
    return Warehouse(tasks.cloud)


def redshift(tasks: Tasks, warehouse: Warehouse, sql: str | list[str], **more: Any) -> Any:
    return tasks.run(
        RedshiftDataOperator(
            task_id="t",
            sql=sql,
            database="dev",
            workgroup_name=warehouse.name,
            wait_for_completion=True,
            poll_interval=1,
            **more,
        )
    )


def test_statements_of_redshift(tasks: Tasks, warehouse: Warehouse) -> None:
    redshift(
        tasks,
        warehouse,
        [
            "CREATE TABLE fruit (id INT NOT NULL, name VARCHAR(32), color VARCHAR(16))",
            "INSERT INTO fruit VALUES (1, 'Banana', 'Yellow'), (2, 'Apple', 'Red')",
        ],
    )
    answer = redshift(
        tasks, warehouse, "SELECT name FROM fruit ORDER BY id", return_sql_result=True
    )
    [result] = answer
    assert [[cell["stringValue"] for cell in row] for row in result["Records"]] == [
        ["Banana"],
        ["Apple"],
    ]
    named = redshift(
        tasks,
        warehouse,
        "SELECT name FROM fruit WHERE color = :color",
        parameters=[{"name": "color", "value": "Red"}],
        return_sql_result=True,
    )
    assert named[0]["Records"] == [[{"stringValue": "Apple"}]]
    with pytest.raises(Exception, match='relation "nowhere" does not exist'):
        redshift(tasks, warehouse, "SELECT * FROM nowhere")


def data_api(warehouse: Warehouse) -> dict[str, Any]:
    target = {"database": "dev", "workgroup_name": warehouse.name}
    return {**target, "wait_for_completion": True, "poll_interval": 1}


def test_copy_into_redshift(tasks: Tasks, warehouse: Warehouse) -> None:
    redshift(tasks, warehouse, "CREATE TABLE copied (id INT, name VARCHAR(32))")
    boto3.client("s3").put_object(
        Bucket=warehouse.bucket, Key="copy/rows.csv", Body=b"id,name\n1,Plum\n2,Pear\n"
    )
    for method, expected in (("APPEND", 2), ("APPEND", 4), ("REPLACE", 2)):
        tasks.run(
            S3ToRedshiftOperator(
                task_id="t",
                table="copied",
                schema="public",
                s3_bucket=warehouse.bucket,
                s3_key="copy/",
                method=method,
                aws_conn_id=None,
                redshift_data_api_kwargs=data_api(warehouse),
                copy_options=["CSV", "IGNOREHEADER 1"],
            )
        )
        [counted] = redshift(
            tasks, warehouse, "SELECT count(*) FROM copied", return_sql_result=True
        )
        assert counted["Records"] == [[{"longValue": expected}]]


MACHINE = {
    "StartAt": "Put",
    "States": {
        "Put": {
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage",
            "Parameters": {"QueueUrl.$": "$.queue", "MessageBody.$": "$.body"},
            "ResultPath": None,
            "End": True,
        }
    },
}


def test_a_machine_of_ones_own(tasks: Tasks) -> None:
    role = tasks.cloud.role("states.amazonaws.com", [allow("sqs:SendMessage")])
    machine = boto3.client("stepfunctions").create_state_machine(
        name=unique("machine"), definition=json.dumps(MACHINE), roleArn=role
    )["stateMachineArn"]
    sqs = boto3.client("sqs")
    queue = sqs.create_queue(QueueName=unique("queue"))["QueueUrl"]
    given = {"queue": queue, "body": "hello"}
    execution = tasks.run(
        StepFunctionStartExecutionOperator(
            task_id="t",
            state_machine_arn=machine,
            state_machine_input=given,
            waiter_delay=1,
        )
    )
    sensor = StepFunctionExecutionSensor(task_id="t", execution_arn=execution)
    while not sensor.poke(context()):
        pass
    output = StepFunctionGetExecutionOutputOperator(task_id="t", execution_arn=execution)
    assert tasks.run(output) == given
    [message] = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=5)["Messages"]
    assert message["Body"] == "hello"
