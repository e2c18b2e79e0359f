"""MovieLens through Athena into Redshift: which film got which rating above four stars.

Port of the DAG in https://aws.amazon.com/blogs/aws/introducing-amazon-managed-workflows-for-apache-airflow-mwaa/

Variables: `s3_bucket_name`, `movie_list_raw_prefix` and `movie_list_clean_prefix`, prefixes of the
raw files and of what Redshift loads; `movielens_source`, `athena_db`, `athena_workgroup`,
`redshift_db`, `redshift_table_name`, `redshift_copy_role_arn`, and either `redshift_workgroup`, or
`redshift_cluster` with `redshift_db_user`. They are read when a task runs, never when the file is
parsed. The configuration option `mwaa_analytics.movie_list_schedule` is the schedule: a cron
expression, or `none`.
"""

from __future__ import annotations

import codecs
import logging
import tempfile
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlparse

from airflow.configuration import conf
from airflow.providers.amazon.aws.hooks.athena import AthenaHook
from airflow.providers.amazon.aws.hooks.s3 import S3Hook
from airflow.providers.amazon.aws.sensors.s3 import S3KeySensor
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, Variable

from mwaalib import clean_csv, movielens
from mwaalib.athena import QueryOperator
from mwaalib.defaults import default_args
from mwaalib.external_table import CsvTableOperator
from mwaalib.redshift import RedshiftTableOperator, RedshiftTargetOperator

log = logging.getLogger(__name__)

#: Folder of the raw files below their prefix, which is a Variable; one folder a table.
TABLES = "ml-latest-small/"

#: Timeout of a task: a large data set is downloaded, joined or loaded within it.
TASK_TIMEOUT = timedelta(hours=1)

#: Seconds between two polls of a query or a statement.
POLL_SECONDS = 2


#: Columns of each table, as Athena reads its file.
COLUMNS = {
    "movies": {"movieid": "int", "title": "string", "genres": "string"},
    "ratings": {"userid": "int", "movieid": "int", "rating": "double", "timestamp": "bigint"},
    "tags": {"userid": "int", "movieid": "int", "tag": "string", "timestamp": "bigint"},
}


def create_table(task_id: str, table: str, **athena: Any) -> CsvTableOperator:
    """Task that creates the external table of a CSV file, or makes the one that is there so."""
    folder = f"{{{{ var.value.movie_list_raw_prefix }}}}{TABLES}{table}"
    return CsvTableOperator(
        task_id=task_id,
        table=f"ml_latest_small_{table}",
        columns=COLUMNS[table],
        location=f"s3://{{{{ var.value.s3_bucket_name }}}}/{folder}/",
        **athena,
    )


JOIN_TABLES = """
SELECT m.title, CAST(r.rating AS decimal(2, 1)) AS rating
FROM "{{ var.value.athena_db }}".ml_latest_small_movies m
INNER JOIN "{{ var.value.athena_db }}".ml_latest_small_ratings r ON m.movieid = r.movieid
WHERE r.rating > 4
"""

#: Columns of the table in Redshift. The longest title in MovieLens has about 200 bytes; without a
#: length Redshift takes 256.
REDSHIFT_COLUMNS = {"title": "varchar(1024)", "rating": "decimal(2, 1)"}
REDSHIFT_TYPES = {"title": "varchar", "rating": "numeric"}

# TRUNCATE would commit at once, so rows are deleted: a load that fails leaves the table as it was.
LOAD_REDSHIFT_TABLE = [
    "DELETE FROM {{ var.value.redshift_table_name }}",
    """
COPY {{ var.value.redshift_table_name }} (title, rating)
FROM '{{ ti.xcom_pull(task_ids="clean_up_csv") }}'
IAM_ROLE '{{ var.value.redshift_copy_role_arn }}'
FORMAT AS CSV
IGNOREHEADER 1
""",
]


def download_zip() -> dict[str, int]:
    """Put the tables of the MovieLens zip into the bucket; returns the rows of each."""
    with tempfile.TemporaryFile() as scratch:
        rows = movielens.load(
            Variable.get("movielens_source"),
            S3Hook().conn,
            Variable.get("s3_bucket_name"),
            Variable.get("movie_list_raw_prefix") + TABLES,
            scratch,
            keep_unchanged=True,
        )
    log.info("rows by table: %s", rows)
    return rows


def clean_up_csv_fn(query_id: str) -> str:
    """Write the complete rows of a query's result into a folder of their own; returns its address.

    The workgroup decides where results are, so Athena is asked:
    https://docs.aws.amazon.com/athena/latest/ug/workgroups-settings-override.html
    """
    result = urlparse(AthenaHook().get_output_location(query_id))
    s3 = S3Hook().conn
    # One folder a query, because a COPY path is a prefix, which the result's own `.metadata` file
    # would match as well.
    key = f"{Variable.get('movie_list_clean_prefix')}{query_id}/movie_demo.csv"
    body = s3.get_object(Bucket=result.netloc, Key=result.path.lstrip("/"))["Body"]
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", newline="") as file:
        kept, dropped = clean_csv.clean(codecs.getreader("utf-8")(body), file)
        file.flush()
        s3.upload_file(file.name, result.netloc, key, ExtraArgs={"ContentType": "text/csv"})
    log.info("%d rows kept, %d left out", kept, dropped)
    return f"s3://{result.netloc}/{key}"


def schedule() -> str | None:
    """Schedule of the configuration option, ten minutes without it, None for `none`."""
    cron = conf.get("mwaa_analytics", "movie_list_schedule", fallback="*/10 * * * *")
    return None if cron.strip().lower() == "none" else cron


with DAG(
    dag_id="movie-list-dag",
    doc_md=__doc__,
    schedule=schedule(),
    start_date=datetime(2020, 11, 24, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=2),
    is_paused_upon_creation=True,
    default_args=default_args(execution_timeout=TASK_TIMEOUT),
    tags=["athena", "redshift"],
):
    athena = {
        "database": "{{ var.value.athena_db }}",
        "workgroup": "{{ var.value.athena_workgroup }}",
        "sleep_time": POLL_SECONDS,
    }

    check_s3_for_key = S3KeySensor(
        task_id="check_s3_for_key",
        bucket_name="{{ var.value.s3_bucket_name }}",
        # A marker, made with the bucket.
        bucket_key="{{ var.value.movie_list_raw_prefix }}",
        # Not the post's 20 seconds, which a busy machine may need to start with.
        timeout=300,
        poke_interval=5,
    )
    files_to_s3 = PythonOperator(task_id="files_to_s3", python_callable=download_zip)
    create_athena_movie_table = create_table("create_athena_movie_table", "movies", **athena)
    create_athena_ratings_table = create_table("create_athena_ratings_table", "ratings", **athena)
    create_athena_tags_table = create_table("create_athena_tags_table", "tags", **athena)
    join_athena_tables = QueryOperator(task_id="join_athena_tables", query=JOIN_TABLES, **athena)
    clean_up_csv = PythonOperator(
        task_id="clean_up_csv",
        python_callable=clean_up_csv_fn,
        op_kwargs={"query_id": join_athena_tables.output},
    )
    create_redshift_table_if_not_exists = RedshiftTableOperator(
        task_id="create_redshift_table_if_not_exists",
        table="{{ var.value.redshift_table_name }}",
        columns=REDSHIFT_COLUMNS,
        types=REDSHIFT_TYPES,
        poll_interval=POLL_SECONDS,
    )
    transfer_to_redshift = RedshiftTargetOperator(
        task_id="transfer_to_redshift",
        sql=LOAD_REDSHIFT_TABLE,
        poll_interval=POLL_SECONDS,
    )

    check_s3_for_key >> files_to_s3 >> create_athena_movie_table >> join_athena_tables
    files_to_s3 >> create_athena_ratings_table >> join_athena_tables
    files_to_s3 >> create_athena_tags_table >> join_athena_tables
    join_athena_tables >> clean_up_csv >> transfer_to_redshift
    files_to_s3 >> create_redshift_table_if_not_exists >> transfer_to_redshift
