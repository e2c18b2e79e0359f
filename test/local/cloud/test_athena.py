"""Athena: external tables on CSV, results where the API says they are, refusals and failures."""

from __future__ import annotations

import csv
import io
import random
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import duckdb
import psutil
import pytest
from running import Cloud, allow, unique, until
from test_auth import refused

TASKS = "airflow-env.amazonaws.com"

TITLES = [
    "American President, The (1995)",
    '"Great Performances" Cats (1998)',
    'Léon (a.k.a. "The Professional") (1994)',
    "O'Brother",
    "back\\slash",
    "半澤直樹",
    "",
]


#: More rows than anyone waits for.
ENDLESS = "SELECT sum(a.n * b.n * c.n) FROM " + " CROSS JOIN ".join(
    f"UNNEST(SEQUENCE(1, 10000)) AS {name}(n)" for name in "abc"
)


class Lake:
    """A bucket with tables, a database, and a workgroup that enforces where results go."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.bucket = cloud.bucket()
        self.athena = cloud.client("athena")
        self.glue = cloud.client("glue")
        self.database = unique("lake").replace("-", "_")
        self.glue.create_database(DatabaseInput={"Name": self.database})
        self.workgroup = unique("workgroup")
        self.athena.create_work_group(
            Name=self.workgroup,
            Configuration={
                "EnforceWorkGroupConfiguration": True,
                "ResultConfiguration": {
                    "OutputLocation": f"s3://{self.bucket}/athena-results/",
                    "EncryptionConfiguration": {"EncryptionOption": "SSE_S3"},
                },
            },
        )

    def put(self, key: str, text: str) -> None:
        """An object of the lake."""
        self.cloud.client("s3").put_object(Bucket=self.bucket, Key=key, Body=text.encode())

    def run(self, sql: str, client: Any = None, **more: Any) -> dict[str, Any]:
        """Run a query; its execution when it has ended."""
        client = client or self.athena
        arguments = {
            "WorkGroup": self.workgroup,
            "QueryExecutionContext": {"Database": self.database},
            **more,
        }
        identifier = client.start_query_execution(QueryString=sql, **arguments)["QueryExecutionId"]

        def ended() -> Any:
            execution = client.get_query_execution(QueryExecutionId=identifier)["QueryExecution"]
            return execution["Status"]["State"] in ("SUCCEEDED", "FAILED") and execution

        return until(ended)

    def begun(self) -> str:
        """The id of a query that is at work, and stays so."""
        started = self.athena.start_query_execution(QueryString=ENDLESS, WorkGroup=self.workgroup)
        identifier = started["QueryExecutionId"]
        until(lambda: self.status(identifier)["State"] == "RUNNING")
        return identifier

    def status(self, identifier: str) -> dict[str, Any]:
        """State of a query, with its reason and its times."""
        execution = self.athena.get_query_execution(QueryExecutionId=identifier)
        return execution["QueryExecution"]["Status"]

    def rows(self, sql: str, **more: Any) -> list[list[str | None]]:
        """The rows that GetQueryResults answers, without the header."""
        execution = self.run(sql, **more)
        assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
        pages = self.athena.get_paginator("get_query_results").paginate(
            QueryExecutionId=execution["QueryExecutionId"]
        )
        rows = [
            [field.get("VarCharValue") for field in row["Data"]]
            for page in pages
            for row in page["ResultSet"]["Rows"]
        ]
        return rows[1:]

    def result(self, execution: dict[str, Any]) -> str:
        """The object that an execution names as its result."""
        where = urlparse(execution["ResultConfiguration"]["OutputLocation"])
        answer = self.cloud.client("s3").get_object(Bucket=where.netloc, Key=where.path[1:])
        return answer["Body"].read().decode()

    def why(self, sql: str, **more: Any) -> str:
        """Why a query failed."""
        execution = self.run(sql, **more)
        assert execution["Status"]["State"] == "FAILED", execution
        return execution["Status"]["StateChangeReason"]


def movies() -> str:
    """CSV of movies, with a header."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(["movieId", "title", "genres"])
    for number in range(200):
        writer.writerow([number, TITLES[number % len(TITLES)], "Comedy|Drama"])
    return text.getvalue()


def ratings() -> str:
    """CSV of ratings, with a header."""
    generator = random.Random(3)
    lines = ["userId,movieId,rating,timestamp"]
    lines += [
        f"{n % 40},{generator.randrange(220)},{generator.randint(1, 10) / 2},{964982703 + n}"
        for n in range(4000)
    ]
    return "\n".join(lines) + "\n"


def table_sql(database: str, bucket: str, table: str, columns: str) -> str:
    """As the pipeline makes its tables."""
    return (
        f"CREATE EXTERNAL TABLE IF NOT EXISTS `{database}`.`{table}` ({columns})\n"
        "ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.OpenCSVSerde'\n"
        "WITH SERDEPROPERTIES ('separatorChar' = ',', 'quoteChar' = '\"', 'escapeChar' = '\\001')\n"
        f"LOCATION 's3://{bucket}/files/{table}/'\n"
        "TBLPROPERTIES ('skip.header.line.count' = '1')"
    )


@pytest.fixture(scope="module")
def lake(cloud: Cloud) -> Lake:
    made = Lake(cloud)
    made.put("files/movies/movies.csv", movies())
    made.put("files/ratings/ratings.csv", ratings())
    for table, columns in (
        ("movies", "movieid string, title string, genres string"),
        ("ratings", "userid string, movieid string, rating double, time string"),
    ):
        sql = table_sql(made.database, made.bucket, table, columns)
        for _ in range(2):
            execution = made.run(sql)
            assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
    return made


def test_a_table_in_the_catalog(lake: Lake) -> None:
    table = lake.glue.get_table(DatabaseName=lake.database, Name="movies")["Table"]
    assert [c["Name"] for c in table["StorageDescriptor"]["Columns"]] == [
        "movieid",
        "title",
        "genres",
    ]
    assert table["StorageDescriptor"]["Location"].rstrip("/") == f"s3://{lake.bucket}/files/movies"


def test_csv_keeps_quotes_and_commas(lake: Lake) -> None:
    expected = list(csv.reader(io.StringIO(movies(), newline="")))[1:]
    found = lake.rows("SELECT movieid, title, genres FROM movies ORDER BY CAST(movieid AS integer)")
    assert [[v or "" for v in row] for row in found] == expected


def test_a_join_is_what_duckdb_says(lake: Lake) -> None:
    local = duckdb.connect()
    for name, text in (("movies", movies()), ("ratings", ratings())):
        rows = list(csv.reader(io.StringIO(text, newline="")))
        local.execute(f"CREATE TABLE {name} ({', '.join(f'{c} VARCHAR' for c in rows[0])})")
        local.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(rows[0]))})", rows[1:])
    sql = (
        "SELECT m.title, CAST(r.rating AS decimal(2, 1)) AS rating FROM {0}movies m "
        "INNER JOIN {0}ratings r ON m.movieid = r.movieid WHERE {1} > 4"
    )
    expected = local.execute(sql.format("", "CAST(r.rating AS double)")).fetchall()
    execution = lake.run(sql.format(f'"{lake.database}".', "r.rating"))
    assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
    found = list(csv.reader(io.StringIO(lake.result(execution), newline="")))
    assert found[0] == ["title", "rating"]
    assert sorted(found[1:]) == sorted([title, str(rating)] for title, rating in expected)
    assert len(expected) > 300


def test_the_result_lies_where_the_workgroup_says(lake: Lake) -> None:
    execution = lake.run(
        "SELECT 1 AS a, 'x,\"y' AS b, NULL AS c",
        ResultConfiguration={"OutputLocation": f"s3://{lake.bucket}/elsewhere/"},
    )
    location = execution["ResultConfiguration"]["OutputLocation"]
    identifier = execution["QueryExecutionId"]
    assert location == f"s3://{lake.bucket}/athena-results/{identifier}.csv"
    assert execution["WorkGroup"] == lake.workgroup
    assert lake.result(execution) == '"a","b","c"\n"1","x,""y",\n'
    listed = lake.cloud.client("s3").list_objects_v2(Bucket=lake.bucket)["Contents"]
    keys = [entry["Key"] for entry in listed if identifier in entry["Key"]]
    assert sorted(keys) == [
        f"athena-results/{identifier}.csv",
        f"athena-results/{identifier}.csv.metadata",
    ]
    assert not [entry for entry in listed if entry["Key"].startswith("elsewhere/")]


def test_without_enforcement_the_client_says(lake: Lake) -> None:
    name = unique("open")
    lake.athena.create_work_group(Name=name, Configuration={"EnforceWorkGroupConfiguration": False})
    execution = lake.run(
        "SELECT 1",
        WorkGroup=name,
        ResultConfiguration={"OutputLocation": f"s3://{lake.bucket}/mine"},
    )
    location = execution["ResultConfiguration"]["OutputLocation"]
    assert location == f"s3://{lake.bucket}/mine/{execution['QueryExecutionId']}.csv"
    code, message = refused(
        lake.athena.start_query_execution, QueryString="SELECT 1", WorkGroup=name
    )
    assert code == "InvalidRequestException" and "output location" in message.lower()


def test_lazy_simple_csv(lake: Lake) -> None:
    lake.put("files/lazy/a.csv", "1,one\n2,two words\n")
    made = lake.run(
        f"CREATE EXTERNAL TABLE {lake.database}.lazy (id int, name string) "
        "ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' "
        f"LOCATION 's3://{lake.bucket}/files/lazy/'"
    )
    assert made["Status"]["State"] == "SUCCEEDED", made["Status"]
    assert lake.rows("SELECT id + 1, name FROM lazy ORDER BY id") == [
        ["2", "one"],
        ["3", "two words"],
    ]


def test_trino_functions(lake: Lake) -> None:
    sql = (
        "WITH r AS (SELECT rating, CAST(time AS bigint) AS seconds FROM ratings) "
        "SELECT count(*), approx_distinct(rating), "
        "date_format(from_unixtime(min(seconds)), '%Y-%m-%d') FROM r"
    )
    assert lake.rows(sql) == [["4000", "10", "2000-07-30"]]


def test_a_time_zone_and_an_array(lake: Lake) -> None:
    assert len(lake.rows("SELECT current_timestamp")) == 1
    sql = "SELECT n FROM (SELECT 1) CROSS JOIN UNNEST(ARRAY[3, 4]) AS t(n) ORDER BY n"
    assert lake.rows(sql) == [["3"], ["4"]]


def test_names_have_no_case(lake: Lake) -> None:
    assert lake.rows("SELECT COUNT(*) FROM Movies WHERE MovieId = '3'") == [["1"]]


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ("SELEC 1", "SYNTAX_ERROR"),
        ("SELECT * FROM nothing", "nothing"),
        ("SELECT nothing FROM movies", "nothing"),
        ("SELECT CAST('x' AS integer)", "x"),
        ("SELECT 1; SELECT 2", "one sql statement"),
        ("SELECT * FROM nowhere.movies", "nowhere"),
        ("SELECT * FROM read_csv('/etc/passwd')", "read_csv"),
        ("SELECT * FROM read_text('/etc/passwd')", "read_text"),
        ("SELECT * FROM glob('/etc/*')", "glob"),
        ("SELECT * FROM '/etc/passwd'", ""),
        ("SELECT * FROM (SELECT * FROM read_text('/etc/passwd'))", "read_text"),
        ("COPY (SELECT 1) TO '/tmp/x'", ""),
        ("ATTACH '/tmp/x.db'", ""),
        ("INSERT INTO movies VALUES ('1', '2', '3')", ""),
    ],
)
def test_a_wrong_query_fails_with_its_reason(lake: Lake, sql: str, named: str) -> None:
    reason = lake.why(sql)
    assert reason and named.lower() in reason.lower()
    assert "root:" not in reason


def test_a_database_that_is_not_there(lake: Lake) -> None:
    context = {"QueryExecutionContext": {"Database": "nowhere"}}
    assert "nowhere" in lake.why("SELECT * FROM movies", **context)
    sql = table_sql("nowhere", lake.bucket, "movies", "movieid string")
    assert "nowhere" in lake.why(sql)
    with pytest.raises(lake.glue.exceptions.EntityNotFoundException):
        lake.glue.get_table(DatabaseName="nowhere", Name="movies")


def test_a_workgroup_with_queries_goes_only_with_them(lake: Lake) -> None:
    name, athena = unique("workgroup"), lake.athena
    athena.create_work_group(Name=name)
    query = athena.create_named_query(
        Name="a", Database="default", QueryString="SELECT 1", WorkGroup=name
    )["NamedQueryId"]
    code, message = refused(athena.delete_work_group, WorkGroup=name)
    assert code == "InvalidRequestException" and "is not empty" in message
    athena.delete_work_group(WorkGroup=name, RecursiveDeleteOption=True)
    assert query not in athena.list_named_queries()["NamedQueryIds"]
    assert "is not found" in refused(athena.get_work_group, WorkGroup=name)[1]


def test_a_workgroup_that_is_not_there_or_disabled(lake: Lake) -> None:
    start = lake.athena.start_query_execution
    code, message = refused(start, QueryString="SELECT 1", WorkGroup="missing")
    assert code == "InvalidRequestException" and "missing" in message
    name = unique("off")
    lake.athena.create_work_group(Name=name)
    lake.athena.update_work_group(WorkGroup=name, State="DISABLED")
    code, message = refused(start, QueryString="SELECT 1", WorkGroup=name)
    assert code == "InvalidRequestException" and name in message


def test_a_result_bucket_that_is_not_there(lake: Lake) -> None:
    output = {"ResultConfiguration": {"OutputLocation": "s3://no-such-bucket-here/"}}
    name = unique("open")
    lake.athena.create_work_group(Name=name, Configuration={"EnforceWorkGroupConfiguration": False})
    assert "no-such-bucket-here" in lake.why("SELECT 1", WorkGroup=name, **output)


def test_a_query_that_is_stopped_does_no_more(lake: Lake) -> None:
    process = psutil.Process(lake.cloud.process.pid)

    def burnt(seconds: float) -> float:
        before = process.cpu_times().user
        time.sleep(seconds)
        return process.cpu_times().user - before

    identifier = lake.begun()
    until(lambda: burnt(0.2) > 0)
    lake.athena.stop_query_execution(QueryExecutionId=identifier)
    assert lake.status(identifier)["State"] == "CANCELLED"
    # Idle but for the polling of its own; a busy laptop slows a query, and does not stop it.
    until(lambda: burnt(1) < 0.05)
    ended = lake.status(identifier)
    assert ended["State"] == "CANCELLED"
    assert ended["StateChangeReason"] and ended["CompletionDateTime"]
    code, message = refused(lake.athena.get_query_results, QueryExecutionId=identifier)
    assert code == "InvalidRequestException" and "CANCELLED" in message
    listed = lake.cloud.client("s3").list_objects_v2(Bucket=lake.bucket)["Contents"]
    assert not [entry["Key"] for entry in listed if identifier in entry["Key"]]
    # What has ended stays as it is.
    lake.athena.stop_query_execution(QueryExecutionId=identifier)
    done = lake.run("SELECT 1")
    lake.athena.stop_query_execution(QueryExecutionId=done["QueryExecutionId"])
    assert lake.status(done["QueryExecutionId"])["State"] == "SUCCEEDED"
    code, message = refused(lake.athena.stop_query_execution, QueryExecutionId="none")
    assert code == "InvalidRequestException" and "none" in message


def test_a_query_has_the_rights_of_its_caller(lake: Lake) -> None:
    catalog = "arn:aws:glue:us-east-1:123456789012:"
    query = allow(
        ["athena:StartQueryExecution", "athena:GetQueryExecution", "athena:GetQueryResults"]
    )
    read = allow(
        ["glue:GetDatabase", "glue:GetTable"],
        [
            f"{catalog}catalog",
            f"{catalog}database/{lake.database}",
            f"{catalog}table/{lake.database}/movies",
        ],
    )
    bucket = f"arn:aws:s3:::{lake.bucket}"
    data = allow(["s3:ListBucket", "s3:GetBucketLocation"], bucket)
    files = allow("s3:GetObject", f"{bucket}/files/movies/*")
    results = allow("s3:PutObject", f"{bucket}/athena-results/*")
    sql = "SELECT count(*) FROM movies"
    for missing, named in (
        (read, "glue:"),
        (files, "s3:GetObject"),
        (results, "s3:PutObject"),
        (data, "s3:"),
        (None, ""),
    ):
        statements = [s for s in (query, read, data, files, results) if s is not missing]
        role = lake.cloud.role(TASKS, statements)
        client = lake.cloud.client("athena", lake.cloud.as_role(role, TASKS))
        execution = lake.run(sql, client)
        if missing is None:
            assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
            denied = lake.run("SELECT count(*) FROM ratings", client)
            assert denied["Status"]["State"] == "FAILED"
            # The rows are of the object of the result, which the role may write and not read.
            rows = {"QueryExecutionId": execution["QueryExecutionId"]}
            code, message = refused(client.get_query_results, **rows)
            assert code == "InvalidRequestException" and "s3:GetObject" in message
            read_results = allow("s3:GetObject", f"{bucket}/athena-results/*")
            reader = lake.cloud.role(TASKS, [query, read_results])
            client = lake.cloud.client("athena", lake.cloud.as_role(reader, TASKS))
            assert client.get_query_results(**rows)["ResultSet"]["Rows"]
        else:
            assert execution["Status"]["State"] == "FAILED"
            reason = execution["Status"]["StateChangeReason"]
            assert named in reason and role.rsplit("/", 1)[-1] in reason


def test_columns_of_parquet_are_those_of_the_catalog_by_name(lake: Lake, tmp_path: Path) -> None:
    file = tmp_path / "a.parquet"
    duckdb.execute(f"COPY (SELECT 1 AS a, 'x' AS B, 2 AS hidden) TO '{file}' (FORMAT parquet)")
    s3 = lake.cloud.client("s3")
    s3.put_object(Bucket=lake.bucket, Key="files/named/a.parquet", Body=file.read_bytes())
    location = f"s3://{lake.bucket}/files/named/"
    table = f"{lake.database}.named_columns"
    lake.run(
        f"CREATE EXTERNAL TABLE {table} (b string, a int, later double) "
        f"STORED AS PARQUET LOCATION '{location}'"
    )
    # One that no file has is null, and one that the catalog has not is not there.
    assert lake.rows(f"SELECT * FROM {table}") == [["x", "1", None]]
    failed = lake.run(f"SELECT hidden FROM {table}")["Status"]
    assert failed["State"] == "FAILED" and "hidden" in failed["StateChangeReason"]


@pytest.mark.parametrize("stored", ["ORC", "PARQUET"])
def test_a_file_of_another_format_is_bad_data(lake: Lake, stored: str) -> None:
    table = f"{lake.database}.bad_{stored.lower()}"
    lake.put(f"files/bad_{stored}/a", "no such format\n" * 10)
    lake.run(
        f"CREATE EXTERNAL TABLE {table} (a int) STORED AS {stored} "
        f"LOCATION 's3://{lake.bucket}/files/bad_{stored}/'"
    )
    status = lake.run(f"SELECT * FROM {table}")["Status"]
    assert status["State"] == "FAILED" and "HIVE_BAD_DATA" in status["StateChangeReason"]


def test_avro_is_refused_by_name(lake: Lake) -> None:
    table = f"{lake.database}.in_avro"
    lake.put("files/in_avro/a", "Obj")
    lake.run(
        f"CREATE EXTERNAL TABLE {table} (a int) STORED AS AVRO "
        f"LOCATION 's3://{lake.bucket}/files/in_avro/'"
    )
    status = lake.run(f"SELECT * FROM {table}")["Status"]
    assert status["State"] == "FAILED"
    assert "does not read tables in Avro" in status["StateChangeReason"]
