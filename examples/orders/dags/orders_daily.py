"""Orders by day, through Glue and Athena into Redshift.

Variables: `orders`, JSON with the prefixes `raw`, `daily` and `load` in the bucket
`s3_bucket_name`, the Glue `job`, the `database` and the `table`; `athena_workgroup`; and those of
`mwaalib.redshift`. The environment variable `ORDERS_CURRENCY` comes from the start-up script.
"""

from __future__ import annotations

import csv
import io
import os
from datetime import UTC, datetime, timedelta
from urllib.parse import urlparse

from airflow.configuration import conf
from airflow.providers.amazon.aws.hooks.athena import AthenaHook
from airflow.providers.amazon.aws.hooks.glue import GlueJobHook
from airflow.providers.amazon.aws.hooks.s3 import S3Hook
from airflow.providers.amazon.aws.sensors.glue import GlueJobSensor
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, Variable

from mwaalib.athena import QueryOperator
from mwaalib.defaults import default_args
from mwaalib.polling import poll_seconds
from mwaalib.redshift import RedshiftTargetOperator

#: Days and orders a day of the sample.
DAYS, ORDERS = 7, 100

CREATE_TABLE = """
CREATE EXTERNAL TABLE IF NOT EXISTS `{{ var.json.orders.database }}`.`daily` (
  `day` string, `orders` bigint, `cents` bigint
)
STORED AS PARQUET
LOCATION 's3://{{ var.value.s3_bucket_name }}/{{ var.json.orders.daily }}'
"""

SELECT = 'SELECT day, orders, cents FROM "{{ var.json.orders.database }}".daily'

CREATE_TARGET = """
CREATE TABLE IF NOT EXISTS {{ var.json.orders.table }} (
  day varchar(10), orders bigint, amount varchar(64), label varchar(64)
)
"""

LOAD = [
    "DELETE FROM {{ var.json.orders.table }}",
    """
COPY {{ var.json.orders.table }} (day, orders, amount, label)
FROM '{{ ti.xcom_pull(task_ids="labels") }}'
IAM_ROLE '{{ var.value.redshift_copy_role_arn }}'
FORMAT AS CSV
IGNOREHEADER 1
""",
]


def settings() -> dict[str, str]:
    """The pipeline's names and prefixes."""
    return Variable.get("orders", deserialize_json=True)


def put(prefix: str, name: str, header: list[str], rows: list[list[object]]) -> str:
    """Write a CSV file into the data bucket; returns its address."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    bucket = Variable.get("s3_bucket_name")
    S3Hook().conn.put_object(Bucket=bucket, Key=f"{prefix}{name}", Body=text.getvalue().encode())
    return f"s3://{bucket}/{prefix}{name}"


def sample_orders() -> str:
    """Write a week of orders, the same ones in every run."""
    first = datetime(2026, 1, 1, tzinfo=UTC)
    rows = [
        [f"{day}-{n}", (first + timedelta(days=day, minutes=n)).isoformat(), 100 * day + n]
        for day in range(DAYS)
        for n in range(ORDERS)
    ]
    return put(settings()["raw"], "orders/orders.csv", ["order_id", "ordered_at", "cents"], rows)


def start_job() -> str:
    """Start the Glue job; returns the id of its run."""
    return GlueJobHook().conn.start_job_run(JobName=settings()["job"])["JobRunId"]


def labels(query_id: str) -> str:
    """Write the result of a query with amounts for a person; returns its address."""
    from orders_money import amount
    from slugify import slugify

    result = urlparse(AthenaHook().get_output_location(query_id))
    body = S3Hook().conn.get_object(Bucket=result.netloc, Key=result.path.lstrip("/"))["Body"]
    currency = os.environ["ORDERS_CURRENCY"]
    rows = [
        [
            row["day"],
            row["orders"],
            amount(int(row["cents"]), currency),
            slugify(f"{row['orders']} orders on {row['day']}"),
        ]
        for row in csv.DictReader(io.StringIO(body.read().decode()))
    ]
    return put(
        settings()["load"], f"{query_id}/daily.csv", ["day", "orders", "amount", "label"], rows
    )


def schedule() -> str | None:
    """Schedule of the configuration option, None for `none`."""
    cron = conf.get("mwaa_analytics", "orders_schedule", fallback="none")
    return None if cron.strip().lower() == "none" else cron


with DAG(
    dag_id="orders_daily",
    doc_md=__doc__,
    schedule=schedule(),
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=True,
    default_args=default_args(),
    tags=["glue", "athena", "redshift"],
):
    athena = {
        "database": "{{ var.json.orders.database }}",
        "workgroup": "{{ var.value.athena_workgroup }}",
        "sleep_time": 2,
    }
    orders = PythonOperator(task_id="orders", python_callable=sample_orders)
    start = PythonOperator(task_id="start_job", python_callable=start_job)
    wait = GlueJobSensor(
        task_id="wait_for_job",
        job_name="{{ var.json.orders.job }}",
        run_id=start.output,
        poke_interval=poll_seconds(),
        timeout=60 * 60,
        execution_timeout=timedelta(minutes=70),
    )
    create_table = QueryOperator(task_id="create_table", query=CREATE_TABLE, **athena)
    select = QueryOperator(task_id="select", query=SELECT, **athena)
    label = PythonOperator(
        task_id="labels", python_callable=labels, op_kwargs={"query_id": select.output}
    )
    create_target = RedshiftTargetOperator(task_id="create_target", sql=CREATE_TARGET)
    load = RedshiftTargetOperator(task_id="load", sql=LOAD, poll_interval=2)

    orders >> start >> wait >> create_table >> select >> label >> create_target >> load
