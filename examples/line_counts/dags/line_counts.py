"""How many lines each object of a prefix has, as a report in JSON.

Variables: `line_counts`, JSON with the prefixes `input` and `reports` in the bucket
`s3_bucket_name`.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime

from airflow.providers.amazon.aws.hooks.s3 import S3Hook
from airflow.sdk import DAG, Variable, task

with DAG(
    dag_id="line_counts",
    description="How many lines each object of a prefix has",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    schedule=None,
    catchup=False,
    tags=["example"],
) as dag:

    @task
    def count(run_id: str | None = None) -> None:
        """Count the lines, and write the report."""
        prefixes = Variable.get("line_counts", deserialize_json=True)
        bucket = Variable.get("s3_bucket_name")
        s3 = S3Hook()
        keys = s3.list_keys(bucket, prefix=prefixes["input"])
        counts = {key: len(s3.read_key(key, bucket).splitlines()) for key in keys}
        # Without a look whether the object is there, which needs one more permission.
        s3.conn.put_object(
            Bucket=bucket,
            Key=f"{prefixes['reports']}{run_id}.json",
            Body=json.dumps(counts).encode(),
        )

    count()
