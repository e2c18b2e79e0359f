"""An item of DynamoDB: put, found, and exported to S3."""

from airflow.providers.amazon.aws.hooks.dynamodb import DynamoDBHook
from airflow.providers.amazon.aws.operators.s3 import S3ListOperator
from airflow.providers.amazon.aws.sensors.dynamodb import DynamoDBValueSensor
from airflow.providers.amazon.aws.transfers.dynamodb_to_s3 import DynamoDBToS3Operator
from airflow.sdk import DAG, task

BUCKET = "{{ dag_run.conf['bucket'] }}"
TABLE = "{{ dag_run.conf['table'] }}"

with DAG("dynamodb", schedule=None):

    @task
    def put(table: str) -> None:
        DynamoDBHook(table_keys=["id"], table_name=table).write_batch_data([{"id": "a", "n": "1"}])

    found = DynamoDBValueSensor(
        task_id="found",
        table_name=TABLE,
        partition_key_name="id",
        partition_key_value="a",
        attribute_name="n",
        attribute_value="1",
        poke_interval=1,
    )
    export = DynamoDBToS3Operator(
        task_id="export",
        dynamodb_table_name=TABLE,
        s3_bucket_name=BUCKET,
        s3_key_prefix="exported/",
        file_size=1000,
    )
    listed = S3ListOperator(task_id="answer", bucket=BUCKET, prefix="exported/")
    put(TABLE) >> found >> export >> listed
