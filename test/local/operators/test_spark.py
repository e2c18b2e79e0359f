"""Operators of EMR and of Glue jobs and crawlers, with Spark for real."""

from __future__ import annotations

import boto3
import pytest
from airflow.providers.amazon.aws.operators.emr import (
    EmrAddStepsOperator,
    EmrCreateJobFlowOperator,
    EmrModifyClusterOperator,
    EmrServerlessCreateApplicationOperator,
    EmrTerminateJobFlowOperator,
)
from airflow.providers.amazon.aws.operators.glue import GlueJobOperator
from airflow.providers.amazon.aws.operators.glue_crawler import GlueCrawlerOperator
from airflow.providers.amazon.aws.sensors.emr import EmrJobFlowSensor, EmrStepSensor
from airflow.providers.amazon.aws.sensors.glue import GlueJobSensor
from airflow.providers.amazon.aws.sensors.glue_crawler import GlueCrawlerSensor
from botocore.exceptions import ClientError
from conftest import Tasks, context
from running import allow, unique
from test_emr import Clusters, command

pytestmark = pytest.mark.full

SCRIPT = b"""
import sys
from pyspark.sql import SparkSession
source, target = sys.argv[-2:]
spark = SparkSession.builder.getOrCreate()
spark.read.csv(source, header=True).write.mode("overwrite").parquet(target)
"""

JOB = b"""
import sys
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession
given = getResolvedOptions(sys.argv, ["source", "target"])
spark = SparkSession.builder.getOrCreate()
spark.read.csv(given["source"], header=True).write.mode("overwrite").parquet(given["target"])
"""

ROWS = b"k,v\n1,a\n2,b\n"


def test_a_cluster_runs_steps_and_ends(tasks: Tasks) -> None:
    clusters, s3 = Clusters(tasks.cloud), boto3.client("s3")
    s3.put_object(Bucket=clusters.bucket, Key="jobs/convert.py", Body=SCRIPT)
    s3.put_object(Bucket=clusters.bucket, Key="in/rows.csv", Body=ROWS)
    cluster = tasks.run(
        EmrCreateJobFlowOperator(
            task_id="t",
            job_flow_overrides=clusters.request(),
            wait_for_completion=True,
            waiter_delay=1,
            waiter_max_attempts=120,
        )
    )
    script, source, target = (
        f"s3://{clusters.bucket}/{key}" for key in ("jobs/convert.py", "in/rows.csv", "out/")
    )
    steps = tasks.run(
        EmrAddStepsOperator(
            task_id="t",
            job_flow_id=cluster,
            steps=[command("spark-submit", script, source, target)],
            wait_for_completion=True,
            waiter_delay=1,
            waiter_max_attempts=120,
        )
    )
    assert EmrStepSensor(task_id="t", job_flow_id=cluster, step_id=steps[0]).poke(context())
    keys = s3.list_objects_v2(Bucket=clusters.bucket, Prefix="out/")["Contents"]
    assert [one for one in keys if one["Key"].endswith(".parquet")]
    modified = EmrModifyClusterOperator(task_id="t", cluster_id=cluster, step_concurrency_level=2)
    assert tasks.run(modified) == 2
    tasks.run(EmrTerminateJobFlowOperator(task_id="t", job_flow_id=cluster))
    sensor = EmrJobFlowSensor(task_id="t", job_flow_id=cluster)
    while not sensor.poke(context()):
        pass


def test_a_job_of_ones_own_and_a_crawler(tasks: Tasks) -> None:
    s3, bucket = boto3.client("s3"), tasks.bucket
    s3.put_object(Bucket=bucket, Key="glue/rows.csv", Body=ROWS)
    s3.put_object(Bucket=bucket, Key="glue/job.py", Body=JOB)
    role = tasks.cloud.role("glue.amazonaws.com", [allow(["s3:*", "logs:*", "glue:*"])])
    name = unique("job")
    run = tasks.run(
        GlueJobOperator(
            task_id="t",
            job_name=name,
            script_location=f"s3://{bucket}/glue/job.py",
            s3_bucket=bucket,
            iam_role_name=role.rsplit("/", 1)[-1],
            create_job_kwargs={"GlueVersion": "5.0", "NumberOfWorkers": 2, "WorkerType": "G.1X"},
            script_args={
                "--source": f"s3://{bucket}/glue/rows.csv",
                "--target": f"s3://{bucket}/glued/rows/",
            },
            job_poll_interval=1,
        )
    )
    assert GlueJobSensor(task_id="t", job_name=name, run_id=run).poke({})
    database, crawler = unique("crawled").replace("-", "_"), unique("crawler")
    boto3.client("glue").create_database(DatabaseInput={"Name": database})
    tasks.run(
        GlueCrawlerOperator(
            task_id="t",
            config={
                "Name": crawler,
                "Role": role,
                "DatabaseName": database,
                "Targets": {"S3Targets": [{"Path": f"{bucket}/glued/rows"}]},
            },
            poll_interval=1,
        )
    )
    assert GlueCrawlerSensor(task_id="t", crawler_name=crawler).poke({})
    [table] = boto3.client("glue").get_tables(DatabaseName=database)["TableList"]
    columns = table["StorageDescriptor"]["Columns"]
    assert [(one["Name"], one["Type"]) for one in columns] == [("k", "string"), ("v", "string")]


def test_emr_serverless_is_refused_in_a_sentence(tasks: Tasks) -> None:
    with pytest.raises(ClientError, match="the local cloud does not run emr-serverless"):
        tasks.run(
            EmrServerlessCreateApplicationOperator(
                task_id="t", release_label="emr-7.13.0", job_type="SPARK"
            )
        )
