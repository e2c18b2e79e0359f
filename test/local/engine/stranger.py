"""A DAG of somebody who has no plug-in here: by a Variable, a connection and statements of its own.

It copies an object of a bucket, which the Variable names, and signs the copy with the secret of
the connection.
"""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256

import boto3
from airflow.sdk import DAG, BaseHook, Variable, task

with DAG("stranger", schedule=None, start_date=datetime(2020, 1, 1, tzinfo=UTC), catchup=False):

    @task
    def copy() -> str:
        """Who was asked; the secret itself is in no result and in no log."""
        bucket = Variable.get("stranger_bucket")
        api = BaseHook.get_connection("films_api")
        print(f"asking {api.host} as {api.login}")
        s3 = boto3.client("s3")
        text = s3.get_object(Bucket=bucket, Key="in.txt")["Body"].read()
        signed = sha256((api.password or "").encode() + text).hexdigest()
        s3.put_object(Bucket=bucket, Key="out.txt", Body=signed.encode())
        return f"{api.conn_type}://{api.login}@{api.host}"

    copy()
