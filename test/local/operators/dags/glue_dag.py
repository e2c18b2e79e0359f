"""A job of Glue, and a crawler that finds what it wrote."""

from airflow.providers.amazon.aws.hooks.base_aws import AwsBaseHook
from airflow.providers.amazon.aws.operators.glue import GlueJobOperator
from airflow.providers.amazon.aws.operators.glue_crawler import GlueCrawlerOperator
from airflow.providers.amazon.aws.operators.s3 import S3CreateObjectOperator
from airflow.providers.amazon.aws.sensors.glue import GlueJobSensor
from airflow.providers.amazon.aws.sensors.glue_crawler import GlueCrawlerSensor
from airflow.sdk import DAG, task

BUCKET = "{{ dag_run.conf['bucket'] }}"
NAME = "{{ dag_run.conf['name'] }}"
ROLE = "{{ dag_run.conf['glue_role'] }}"
DATABASE = "{{ dag_run.conf['glue_database'] }}"

SCRIPT = """
import sys
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession
to = getResolvedOptions(sys.argv, ["to"])["to"]
spark = SparkSession.builder.getOrCreate()
spark.createDataFrame([(1, "a")], "k int, v string").write.mode("overwrite").parquet(to)
"""

with DAG("glue", schedule=None):
    script = S3CreateObjectOperator(
        task_id="script", s3_bucket=BUCKET, s3_key="glue/job.py", data=SCRIPT
    )
    job = GlueJobOperator(
        task_id="job",
        job_name=NAME,
        script_location=f"s3://{BUCKET}/glue/job.py",
        s3_bucket=BUCKET,
        iam_role_arn=ROLE,
        create_job_kwargs={"GlueVersion": "5.1", "NumberOfWorkers": 2, "WorkerType": "G.1X"},
        script_args={"--to": f"s3://{BUCKET}/glued/rows/"},
        job_poll_interval=1,
    )
    ran = GlueJobSensor(task_id="ran", job_name=NAME, run_id=job.output, poke_interval=1)
    crawler = GlueCrawlerOperator(
        task_id="crawler",
        config={
            "Name": NAME,
            "Role": ROLE,
            "DatabaseName": DATABASE,
            "Targets": {"S3Targets": [{"Path": f"{BUCKET}/glued/rows"}]},
        },
        poll_interval=1,
    )
    crawled = GlueCrawlerSensor(task_id="crawled", crawler_name=NAME, poke_interval=1)

    @task
    def answer(database: str) -> list[str]:
        tables = AwsBaseHook(client_type="glue").conn.get_tables(DatabaseName=database)
        return [
            column["Name"]
            for table in tables["TableList"]
            for column in table["StorageDescriptor"]["Columns"]
        ]

    script >> job >> ran >> crawler >> crawled >> answer(DATABASE)
