"""A table of Athena: its definition, a partition, a table made of a query, its rows."""

from airflow.providers.amazon.aws.hooks.athena import AthenaHook
from airflow.providers.amazon.aws.operators.athena import AthenaOperator
from airflow.providers.amazon.aws.operators.s3 import S3CreateObjectOperator
from airflow.providers.amazon.aws.sensors.athena import AthenaSensor
from airflow.sdk import DAG, task

BUCKET = "{{ dag_run.conf['bucket'] }}"
DATABASE = "{{ dag_run.conf['database'] }}"


def query(task_id: str, sql: str, **more: object) -> AthenaOperator:
    """A query that is waited for."""
    return AthenaOperator(
        task_id=task_id,
        query=sql,
        database=more.pop("database", DATABASE),
        output_location=f"s3://{BUCKET}/results/",
        sleep_time=1,
        **more,
    )


with DAG("athena", schedule=None):
    rows = S3CreateObjectOperator(
        task_id="rows", s3_bucket=BUCKET, s3_key="sales/day=1/f.csv", data="a,1\nb,2\n"
    )
    database = query("database", f"CREATE DATABASE {DATABASE}", database="default")
    table = query(
        "table",
        "CREATE EXTERNAL TABLE sales (k string, v int) PARTITIONED BY (day int) "
        f"ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' LOCATION 's3://{BUCKET}/sales/'",
    )
    partition = query("partition", "ALTER TABLE sales ADD PARTITION (day = 1)")
    ctas = query("ctas", "CREATE TABLE sums AS SELECT sum(v) AS total FROM sales")
    # The triggerer waits for this one.
    select = query("select", "SELECT total FROM sums", deferrable=True)
    wait = AthenaSensor(task_id="wait", query_execution_id=select.output, sleep_time=1)

    @task
    def answer(identifier: str) -> int:
        rows = AthenaHook().get_query_results(identifier)["ResultSet"]["Rows"]
        return int(rows[1]["Data"][0]["VarCharValue"])

    rows >> database >> table >> partition >> ctas >> select >> wait >> answer(select.output)
