"""A bucket with objects, from its creation to its deletion."""

from airflow.providers.amazon.aws.operators.s3 import (
    S3CopyObjectOperator,
    S3CreateBucketOperator,
    S3CreateObjectOperator,
    S3DeleteBucketOperator,
    S3DeleteObjectsOperator,
    S3ListOperator,
)
from airflow.providers.amazon.aws.sensors.s3 import S3KeySensor
from airflow.sdk import DAG

BUCKET = "{{ dag_run.conf['new_bucket'] }}"

with DAG("s3", schedule=None):
    create = S3CreateBucketOperator(task_id="create", bucket_name=BUCKET)
    put = S3CreateObjectOperator(task_id="put", s3_bucket=BUCKET, s3_key="in/a.csv", data="k,v\n")
    copy = S3CopyObjectOperator(
        task_id="copy",
        source_bucket_name=BUCKET,
        source_bucket_key="in/a.csv",
        dest_bucket_name=BUCKET,
        dest_bucket_key="copies/b.csv",
    )
    wait = S3KeySensor(
        task_id="wait",
        bucket_name=BUCKET,
        bucket_key="copies/*",
        wildcard_match=True,
        poke_interval=1,
        deferrable=True,
    )
    listed = S3ListOperator(task_id="answer", bucket=BUCKET)
    empty = S3DeleteObjectsOperator(task_id="empty", bucket=BUCKET, prefix="")
    delete = S3DeleteBucketOperator(task_id="delete", bucket_name=BUCKET)
    create >> put >> copy >> wait >> listed >> empty >> delete
