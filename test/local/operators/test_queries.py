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
from airflow.providers.amazon.aws.transfers.redshift_to_s3 import RedshiftToS3Operator
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


def test_upsert_into_redshift(tasks: Tasks, warehouse: Warehouse) -> None:
    """By a temporary table that is like the target."""
    redshift(
        tasks,
        warehouse,
        [
            "CREATE TABLE upserted (id INT NOT NULL, name VARCHAR(8), kind VARCHAR(8) DEFAULT 'x')",
            "INSERT INTO upserted VALUES (1, 'Plum', 'old'), (2, 'Pear', 'old')",
        ],
    )
    rows = '{"id": 2, "name": "Fig"}\n{"id": 3, "name": "Date"}\n'
    warehouse.put("upsert/rows.json", rows)
    tasks.run(
        S3ToRedshiftOperator(
            task_id="t",
            table="upserted",
            schema="public",
            column_list=["id", "name"],
            s3_bucket=warehouse.bucket,
            s3_key="upsert/",
            method="UPSERT",
            upsert_keys=["id"],
            aws_conn_id=None,
            redshift_data_api_kwargs=data_api(warehouse),
            copy_options=["JSON 'auto'"],
        )
    )
    assert warehouse.rows("SELECT * FROM upserted ORDER BY id") == [
        (1, "Plum", "old"),
        (2, "Fig", "x"),
        (3, "Date", "x"),
    ]


@pytest.mark.parametrize(
    ("options", "names", "line"),
    [
        (["CSV", "PARALLEL OFF", "ALLOWOVERWRITE"], ["out_000"], b"id,name"),
        (["DELIMITER '\\t'", "GZIP"], ["out_0000_part_00.gz", "out_0001_part_00.gz"], b"\x1f\x8b"),
    ],
)
def test_unload_from_redshift(
    tasks: Tasks, warehouse: Warehouse, options: list[str], names: list[str], line: bytes
) -> None:
    prefix = unique("unload")
    tasks.run(
        RedshiftToS3Operator(
            task_id="t",
            select_query="SELECT 1 AS id, 'it''s' AS name UNION ALL SELECT 2, 'Fig' ORDER BY 1",
            s3_bucket=tasks.bucket,
            s3_key=f"{prefix}/out_",
            include_header=True,
            unload_options=options,
            aws_conn_id=None,
            redshift_data_api_kwargs=data_api(warehouse),
        )
    )
    s3 = boto3.client("s3")
    found = s3.list_objects_v2(Bucket=tasks.bucket, Prefix=f"{prefix}/")["Contents"]
    assert [one["Key"].removeprefix(f"{prefix}/") for one in found] == names
    body = s3.get_object(Bucket=tasks.bucket, Key=found[0]["Key"])["Body"].read()
    assert body.startswith(line)


def test_tasks_share_a_session(tasks: Tasks, warehouse: Warehouse) -> None:
    """As the provider's own example: what one task creates, the next one finds."""
    first = RedshiftDataOperator(
        task_id="create",
        sql="CREATE TEMPORARY TABLE shared (id INT)",
        session_keep_alive_seconds=600,
        **data_api(warehouse),
    )
    at = context()
    first.execute(at)
    session = at["ti"].pushed["session_id"]
    named = {"session_id": session, "wait_for_completion": True, "poll_interval": 1}
    tasks.run(
        RedshiftDataOperator(
            task_id="t",
            sql=["INSERT INTO shared VALUES (1)", "INSERT INTO shared VALUES (2)"],
            **named,
        )
    )
    counted = "SELECT count(*) FROM shared"
    answer = tasks.run(
        RedshiftDataOperator(task_id="t", sql=counted, return_sql_result=True, **named)
    )
    assert answer[0]["Records"] == [[{"longValue": 2}]]
    with pytest.raises(Exception, match='relation "shared" does not exist'):
        redshift(tasks, warehouse, "SELECT * FROM shared")


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
