"""Tables of Redshift: statements, COPY from S3, UNLOAD to S3."""

from airflow.providers.amazon.aws.operators.redshift_data import RedshiftDataOperator
from airflow.providers.amazon.aws.operators.s3 import S3CreateObjectOperator, S3ListOperator
from airflow.providers.amazon.aws.transfers.redshift_to_s3 import RedshiftToS3Operator
from airflow.providers.amazon.aws.transfers.s3_to_redshift import S3ToRedshiftOperator
from airflow.sdk import DAG

BUCKET = "{{ dag_run.conf['warehouse_bucket'] }}"
TARGET = {"database": "dev", "workgroup_name": "{{ dag_run.conf['workgroup'] }}"}
WAITED = {**TARGET, "wait_for_completion": True, "poll_interval": 1}

with DAG("redshift", schedule=None):
    create = RedshiftDataOperator(
        task_id="create", sql="CREATE TABLE fruit (id INT, name VARCHAR(32))", **WAITED
    )
    insert = RedshiftDataOperator(
        task_id="insert", sql="INSERT INTO fruit VALUES (1, 'Plum')", deferrable=True, **WAITED
    )
    rows = S3CreateObjectOperator(
        task_id="rows", s3_bucket=BUCKET, s3_key="copy/rows.csv", data="2,Pear\n3,Fig\n"
    )
    copy = S3ToRedshiftOperator(
        task_id="copy",
        schema="public",
        table="fruit",
        s3_bucket=BUCKET,
        s3_key="copy/rows.csv",
        copy_options=["CSV"],
        redshift_data_api_kwargs=WAITED,
    )
    unload = RedshiftToS3Operator(
        task_id="unload",
        select_query="SELECT id, name FROM fruit",
        s3_bucket=BUCKET,
        s3_key="unload/fruit_",
        unload_options=["PARQUET"],
        redshift_data_api_kwargs=WAITED,
    )
    listed = S3ListOperator(task_id="answer", bucket=BUCKET, prefix="unload/fruit_")
    create >> insert >> rows >> copy >> unload >> listed
