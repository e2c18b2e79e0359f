"""Glue's crawlers: what the files say is what the catalog has, and what Athena reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from running import ACCOUNT, REGION, Cloud, allow, unique, until
from test_auth import refused

GLUE = "glue.amazonaws.com"

#: Columns of every kind, as SQL of DuckDB, and the types that Hive has for them.
KINDS = {
    "a_int": ("1::INTEGER", "int"),
    "a_bigint": ("2::BIGINT", "bigint"),
    "a_small": ("3::SMALLINT", "smallint"),
    "a_double": ("0.5::DOUBLE", "double"),
    "a_float": ("0.25::FLOAT", "float"),
    "a_text": ("'Léon, \"The\"'", "string"),
    "a_bool": ("true", "boolean"),
    "a_date": ("DATE '2026-11-23'", "date"),
    "a_moment": ("TIMESTAMP '2026-11-23 10:00:00'", "timestamp"),
    "a_decimal": ("1.5::DECIMAL(10,2)", "decimal(10,2)"),
    "a_blob": ("'x'::BLOB", "binary"),
    "a_list": ("[1, 2]::INTEGER[]", "array<int>"),
    "a_struct": ("{'X': 1::BIGINT, 'y': 'z'}", "struct<x:bigint,y:string>"),
    "a_map": ("MAP {'k': 1::INTEGER}", "map<string,int>"),
}

MOVIES = (
    "SELECT i::INTEGER AS movieId, 'Film ' || i AS title, 'Comedy|Drama' AS genres, "
    "(1000 - i)::BIGINT AS ratings FROM range(1, {rows} + 1) t(i) ORDER BY ratings DESC"
)


class Curated:
    """A bucket, a database, and a role for crawlers."""

    def __init__(self, cloud: Cloud, folder: Path) -> None:
        self.cloud = cloud
        self.folder = folder
        #: Types of the columns of the last query.
        self.types: list[str] = []
        self.bucket = cloud.bucket()
        self.database = unique("mwaa-movielens-demo-db")
        self.glue = cloud.client("glue")
        self.logs = cloud.client("logs")
        self.glue.create_database(DatabaseInput={"Name": self.database})
        self.role = cloud.role(GLUE, self.rights())

    def rights(self, without: str = "") -> list[dict[str, Any]]:
        """What a crawler needs."""
        catalog = f"arn:aws:glue:{REGION}:{ACCOUNT}"
        actions = [
            *("glue:GetDatabase", "glue:GetTable", "glue:GetTables", "glue:CreateTable"),
            *("glue:UpdateTable", "glue:DeleteTable", "glue:GetPartitions"),
            *("glue:BatchCreatePartition", "glue:DeletePartition"),
        ]
        data = ["s3:GetObject", "s3:ListBucket"]
        return [
            allow(
                [action for action in actions if action != without],
                [
                    f"{catalog}:catalog",
                    f"{catalog}:database/{self.database}",
                    f"{catalog}:table/{self.database}/*",
                ],
            ),
            allow(
                [action for action in data if action != without],
                [f"arn:aws:s3:::{self.bucket}", f"arn:aws:s3:::{self.bucket}/*"],
            ),
            allow(["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]),
        ]

    def parquet(self, key: str, sql: str, options: str = "") -> None:
        """Put the rows of a query as a Parquet file."""
        path = self.folder / "file.parquet"
        duckdb.execute(f"COPY ({sql}) TO '{path}' (FORMAT parquet{options})")
        self.cloud.client("s3").put_object(Bucket=self.bucket, Key=key, Body=path.read_bytes())

    def marker(self, key: str) -> None:
        """Put an empty object."""
        self.cloud.client("s3").put_object(Bucket=self.bucket, Key=key, Body=b"")

    def remove(self, key: str) -> None:
        """Remove an object."""
        self.cloud.client("s3").delete_object(Bucket=self.bucket, Key=key)

    def crawler(self, path: str = "movies/", **more: Any) -> str:
        """Make a crawler of a path of the bucket; its name."""
        name = unique("crawler")
        self.glue.create_crawler(
            **{
                "Name": name,
                "Role": self.role,
                "DatabaseName": self.database,
                "Targets": {"S3Targets": [{"Path": f"s3://{self.bucket}/{path}"}]},
                **more,
            }
        )
        return name

    def crawl(self, name: str) -> dict[str, Any]:
        """Run a crawler to its end; its LastCrawl."""
        self.glue.start_crawler(Name=name)
        return self.ended(name)

    def ended(self, name: str) -> dict[str, Any]:
        """LastCrawl of a crawler that is ready again."""

        def ready() -> Any:
            crawler = self.glue.get_crawler(Name=name)["Crawler"]
            return crawler["State"] == "READY" and crawler

        return until(ready)["LastCrawl"]

    def table(self, name: str) -> dict[str, Any]:
        """A table of the catalog."""
        return self.glue.get_table(DatabaseName=self.database, Name=name)["Table"]

    def tables(self) -> list[str]:
        """Names of the catalog's tables."""
        listed = self.glue.get_tables(DatabaseName=self.database)["TableList"]
        return sorted(table["Name"] for table in listed)

    def log(self, last: dict[str, Any]) -> str:
        """Lines of a crawl's log."""
        events = self.logs.get_log_events(
            logGroupName=last["LogGroup"], logStreamName=last["LogStream"]
        )["events"]
        mine = [
            e["message"] for e in events if e["message"].startswith(f"[{last['MessagePrefix']}]")
        ]
        return "\n".join(mine)

    def query(self, sql: str) -> list[list[str | None]]:
        """Rows of a query, without the header."""
        athena = self.cloud.client("athena")
        started = athena.start_query_execution(
            QueryString=sql,
            ResultConfiguration={"OutputLocation": f"s3://{self.bucket}/athena-results/"},
        )["QueryExecutionId"]

        def ended() -> Any:
            execution = athena.get_query_execution(QueryExecutionId=started)["QueryExecution"]
            return execution["Status"]["State"] in ("SUCCEEDED", "FAILED") and execution

        execution = until(ended)
        assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
        found = athena.get_query_results(QueryExecutionId=started)["ResultSet"]
        self.types = [column["Type"] for column in found["ResultSetMetadata"]["ColumnInfo"]]
        rows = found["Rows"]
        return [[field.get("VarCharValue") for field in row["Data"]] for row in rows][1:]


@pytest.fixture
def curated(cloud: Cloud, tmp_path: Path) -> Curated:
    return Curated(cloud, tmp_path)


def columns(table: dict[str, Any]) -> dict[str, str]:
    """Names and types of a table's columns."""
    return {c["Name"]: c["Type"] for c in table["StorageDescriptor"]["Columns"]}


def test_the_posts_query_reads_a_crawled_table(curated: Curated) -> None:
    sql = MOVIES.format(rows=25)
    curated.parquet("curated/most_popular_movies/part-00000.snappy.parquet", sql)
    curated.marker("curated/most_popular_movies/_SUCCESS")
    name = curated.crawler("curated/most_popular_movies/")
    assert "LastCrawl" not in curated.glue.get_crawler(Name=name)["Crawler"]
    last = curated.crawl(name)
    assert last["Status"] == "SUCCEEDED", last
    table = curated.table("most_popular_movies")
    assert columns(table) == {
        "movieid": "int",
        "title": "string",
        "genres": "string",
        "ratings": "bigint",
    }
    storage = table["StorageDescriptor"]
    assert storage["Location"] == f"s3://{curated.bucket}/curated/most_popular_movies/"
    assert storage["SerdeInfo"]["SerializationLibrary"].endswith("ParquetHiveSerDe")
    assert storage["InputFormat"].endswith("MapredParquetInputFormat")
    assert storage["OutputFormat"].endswith("MapredParquetOutputFormat")
    assert table["TableType"] == "EXTERNAL_TABLE"
    assert table["Parameters"]["classification"] == "parquet"
    assert table["Parameters"]["recordCount"] == "25"
    assert table["Parameters"]["UPDATED_BY_CRAWLER"] == name
    rows = curated.query(f'SELECT * FROM "{curated.database}"."most_popular_movies" limit 10')
    assert curated.types == ["integer", "varchar", "varchar", "bigint"]
    expected = duckdb.execute(f"SELECT * FROM ({sql}) LIMIT 10").fetchall()
    assert rows == [[str(value) for value in row] for row in expected]


def test_a_type_of_each_kind(curated: Curated) -> None:
    selected = ", ".join(f"{sql} AS {name}" for name, (sql, _) in KINDS.items())
    curated.parquet("kinds/a.parquet", f"SELECT {selected}")
    assert curated.crawl(curated.crawler("kinds"))["Status"] == "SUCCEEDED"
    assert columns(curated.table("kinds")) == {name: hive for name, (_, hive) in KINDS.items()}
    plain = [name for name in KINDS if name[2:] not in ("blob", "list", "struct", "map", "moment")]
    rows = curated.query(f'SELECT {", ".join(plain)} FROM "{curated.database}".kinds')
    assert rows == [["1", "2", "3", "0.5", "0.25", 'Léon, "The"', "true", "2026-11-23", "1.50"]]


def test_a_footer_that_is_longer_than_the_first_read(curated: Curated) -> None:
    # Many columns in many row groups: more than 64 KiB of footer.
    selected = ", ".join(f"i AS column_{number}" for number in range(60))
    curated.parquet(
        "wide/a.parquet", f"SELECT {selected} FROM range(40000) t(i)", ", ROW_GROUP_SIZE 2048"
    )
    assert curated.crawl(curated.crawler("wide/"))["Status"] == "SUCCEEDED"
    table = curated.table("wide")
    assert len(columns(table)) == 60
    assert table["Parameters"]["recordCount"] == "40000"


def test_partitions_of_hives(curated: Curated) -> None:
    for year in (2024, 2025):
        for month in (1, 2):
            key = f"sales/year={year}/Month={month}/a.parquet"
            curated.parquet(key, f"SELECT {year * month}::BIGINT AS amount")
    name = curated.crawler("sales/")
    assert curated.crawl(name)["Status"] == "SUCCEEDED"
    table = curated.table("sales")
    assert columns(table) == {"amount": "bigint"}
    assert table["PartitionKeys"] == [
        {"Name": "year", "Type": "string"},
        {"Name": "month", "Type": "string"},
    ]

    def partitions() -> dict[tuple[str, ...], str]:
        listed = curated.glue.get_partitions(DatabaseName=curated.database, TableName="sales")
        return {
            tuple(p["Values"]): p["StorageDescriptor"]["Location"] for p in listed["Partitions"]
        }

    assert sorted(partitions()) == [("2024", "1"), ("2024", "2"), ("2025", "1"), ("2025", "2")]
    assert partitions()["2024", "2"] == f"s3://{curated.bucket}/sales/year=2024/Month=2/"
    curated.parquet("sales/year=2026/Month=1/a.parquet", "SELECT 7::BIGINT AS amount")
    assert curated.crawl(name)["Status"] == "SUCCEEDED"
    assert ("2026", "1") in partitions() and len(partitions()) == 5
    rows = curated.query(
        f'SELECT year, sum(amount) FROM "{curated.database}".sales GROUP BY year ORDER BY year'
    )
    assert rows == [["2024", "6072"], ["2025", "6075"], ["2026", "7"]]


def test_folders_that_differ_are_tables_of_their_own(curated: Curated) -> None:
    curated.parquet("all/Most-Popular/a.parquet", "SELECT 1 AS movieid, 'a' AS title")
    curated.parquet("all/tags/a.parquet", "SELECT 1 AS userid, 'funny' AS tag, 3 AS stamp")
    name = curated.crawler("all/", TablePrefix="raw_")
    assert curated.crawl(name)["Status"] == "SUCCEEDED"
    assert curated.tables() == ["raw_most_popular", "raw_tags"]
    metrics = curated.glue.get_crawler_metrics(CrawlerNameList=[name])["CrawlerMetricsList"][0]
    assert metrics["TablesCreated"] == 2
    assert metrics["LastRuntimeSeconds"] > 0


def test_compatible_schemas_are_one_table_where_the_crawler_combines(curated: Curated) -> None:
    curated.parquet("top/a.parquet", "SELECT 1 AS movieid")
    curated.parquet("top/b.parquet", "SELECT 2 AS movieid, 'x' AS title, 3 AS ratings")
    grouping = {"Version": 1.0, "Grouping": {"TableGroupingPolicy": "CombineCompatibleSchemas"}}
    name = curated.crawler("top/", Configuration=json.dumps(grouping))
    assert curated.crawl(name)["Status"] == "SUCCEEDED"
    assert curated.tables() == ["top"]
    rows = curated.query(f'SELECT * FROM "{curated.database}".top ORDER BY movieid')
    assert rows == [["1", None, None], ["2", "x", "3"]]
    # Without it each file that differs is a table of its own.
    assert curated.crawl(curated.crawler("top/", TablePrefix="a_"))["Status"] == "SUCCEEDED"
    assert curated.tables() == ["a_a_parquet", "a_b_parquet", "top"]


def test_a_file_without_rows_is_of_the_table_beside_it(curated: Curated) -> None:
    """As Spark leaves one for a partition that nothing is in: it has no compression either."""
    curated.parquet("few/a.parquet", "SELECT 1 AS movieid WHERE false")
    curated.parquet("few/b.parquet", "SELECT 1 AS movieid", ", COMPRESSION snappy")
    assert curated.crawl(curated.crawler("few/"))["Status"] == "SUCCEEDED"
    assert curated.tables() == ["few"]
    # Files that are compressed in different ways are tables of their own.
    curated.parquet("few/c.parquet", "SELECT 2 AS movieid", ", COMPRESSION gzip")
    assert curated.crawl(curated.crawler("few/", TablePrefix="c_"))["Status"] == "SUCCEEDED"
    assert curated.tables() == ["c_a_parquet", "c_b_parquet", "c_c_parquet", "few"]


def test_encrypted_logs_have_a_group_of_their_own(curated: Curated) -> None:
    key = curated.cloud.log_key()
    security = unique("security")
    curated.glue.create_security_configuration(
        Name=security,
        EncryptionConfiguration={
            "CloudWatchEncryption": {"CloudWatchEncryptionMode": "SSE-KMS", "KmsKeyArn": key}
        },
    )
    rights = [*curated.rights(), allow("logs:AssociateKmsKey")]
    without = curated.cloud.role(GLUE, rights)
    failed = curated.crawl(
        curated.crawler("movies/", Role=without, CrawlerSecurityConfiguration=security)
    )
    assert "glue:GetSecurityConfiguration" in failed["ErrorMessage"]
    role = curated.cloud.role(GLUE, [*rights, allow("glue:GetSecurityConfiguration")])
    name = curated.crawler("movies/", Role=role, CrawlerSecurityConfiguration=security)
    last = curated.crawl(name)
    group = f"/aws-glue/crawlers-role/{role.rsplit('/', 1)[-1]}-{security}"
    assert last["LogGroup"] == group
    assert "Running Start Crawl" in curated.log(last)
    found = curated.logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    assert [entry["kmsKeyId"] for entry in found] == [key]
    other = curated.crawler("movies/", CrawlerSecurityConfiguration="none")
    assert refused(curated.glue.start_crawler, Name=other)[0] == "EntityNotFoundException"


def test_crawling_again_follows_the_files(curated: Curated) -> None:
    curated.parquet("movies/a.parquet", "SELECT 1 AS movieid, 'a' AS title")
    name = curated.crawler("movies/")
    curated.crawl(name)
    first = curated.table("movies")
    assert curated.crawl(name)["Status"] == "SUCCEEDED"
    assert curated.table("movies")["VersionId"] == first["VersionId"]
    curated.parquet("movies/a.parquet", "SELECT 1 AS movieid, 0.5::DOUBLE AS mean_rating")
    assert curated.crawl(name)["Status"] == "SUCCEEDED"
    assert columns(curated.table("movies")) == {"movieid": "int", "mean_rating": "double"}
    assert curated.query(f'SELECT * FROM "{curated.database}".movies') == [["1", "0.5"]]


def test_a_change_that_is_only_to_be_logged(curated: Curated) -> None:
    curated.parquet("movies/a.parquet", "SELECT 1 AS movieid")
    policy = {"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"}
    name = curated.crawler("movies/", SchemaChangePolicy=policy)
    curated.crawl(name)
    curated.parquet("movies/a.parquet", "SELECT 'x' AS other")
    last = curated.crawl(name)
    assert last["Status"] == "SUCCEEDED"
    assert columns(curated.table("movies")) == {"movieid": "int"}
    assert "has changed" in curated.log(last)
    curated.remove("movies/a.parquet")
    assert curated.crawl(name)["Status"] == "SUCCEEDED"
    assert "DEPRECATED_BY_CRAWLER" not in curated.table("movies")["Parameters"]


@pytest.mark.parametrize("marker", ["", "empty/_SUCCESS", "empty/"])
def test_an_empty_prefix_makes_no_table_and_is_no_failure(curated: Curated, marker: str) -> None:
    if marker:
        curated.marker(marker)
    last = curated.crawl(curated.crawler("empty/"))
    assert last["Status"] == "SUCCEEDED" and "ErrorMessage" not in last
    assert curated.tables() == []
    assert "No files" in curated.log(last)


@pytest.mark.parametrize("behavior", ["DEPRECATE_IN_DATABASE", "DELETE_FROM_DATABASE"])
def test_a_table_whose_data_is_gone(curated: Curated, behavior: str) -> None:
    curated.parquet("gone/a.parquet", "SELECT 1 AS movieid")
    policy = {"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": behavior}
    name = curated.crawler("gone/", SchemaChangePolicy=policy)
    curated.crawl(name)
    curated.glue.create_table(DatabaseName=curated.database, TableInput={"Name": "anothers"})
    curated.remove("gone/a.parquet")
    assert curated.crawl(name)["Status"] == "SUCCEEDED"
    if behavior.startswith("DELETE"):
        assert curated.tables() == ["anothers"]
    else:
        assert "DEPRECATED_BY_CRAWLER" in curated.table("gone")["Parameters"]
        assert columns(curated.table("gone")) == {"movieid": "int"}


def test_what_is_no_parquet_fails_and_names_the_file(curated: Curated) -> None:
    curated.cloud.client("s3").put_object(
        Bucket=curated.bucket, Key="text/a.csv", Body=b"movieId,title\n1,x\n"
    )
    last = curated.crawl(curated.crawler("text/"))
    assert last["Status"] == "FAILED"
    assert f"s3://{curated.bucket}/text/a.csv" in last["ErrorMessage"]
    assert last["ErrorMessage"] in curated.log(last)
    assert curated.tables() == []


@pytest.mark.parametrize(
    "missing", ["s3:GetObject", "s3:ListBucket", "glue:GetDatabase", "glue:CreateTable"]
)
def test_a_role_that_lacks_a_right(curated: Curated, missing: str) -> None:
    curated.parquet("movies/a.parquet", "SELECT 1 AS movieid")
    role = curated.cloud.role(GLUE, curated.rights(without=missing))
    last = curated.crawl(curated.crawler("movies/", Role=role))
    assert last["Status"] == "FAILED"
    # S3 tells a HEAD or a GET no more than that.
    assert missing in last["ErrorMessage"] or "AccessDenied" in last["ErrorMessage"]
    assert curated.tables() == []


def test_a_role_is_passed_and_trusted(curated: Curated) -> None:
    untrusting = curated.cloud.role("ec2.amazonaws.com", curated.rights())
    code, message = refused(curated.crawler, Role=untrusting)
    assert code == "InvalidInputException" and "TrustPolicy" in message
    other = {"StringEquals": {"aws:SourceAccount": "999999999999"}}
    elsewhere = curated.cloud.role(GLUE, curated.rights(), other)
    assert refused(curated.crawler, Role=elsewhere)[0] == "InvalidInputException"

    name = unique("crawler")
    source = f"arn:aws:glue:{REGION}:{ACCOUNT}:crawler/{name}"
    own = {"ArnEquals": {"aws:SourceArn": source}}
    conditional = curated.cloud.role(GLUE, curated.rights(), own)
    curated.parquet("movies/a.parquet", "SELECT 1 AS movieid")
    curated.crawler("movies/", Name=name, Role=conditional)
    assert curated.crawl(name)["Status"] == "SUCCEEDED"

    service = "airflow-env.amazonaws.com"
    maker = curated.cloud.role(service, [allow("glue:CreateCrawler")])
    client = curated.cloud.client("glue", curated.cloud.as_role(maker, service))
    code, message = refused(
        client.create_crawler,
        Name=unique("crawler"),
        Role=curated.role,
        DatabaseName=curated.database,
        Targets={"S3Targets": [{"Path": f"s3://{curated.bucket}/movies/"}]},
    )
    assert code == "AccessDeniedException" and "iam:PassRole" in message


def test_trust_that_is_taken_away_fails_the_crawl(curated: Curated) -> None:
    curated.parquet("movies/a.parquet", "SELECT 1 AS movieid")
    role = curated.cloud.role(GLUE, curated.rights())
    name = curated.crawler("movies/", Role=role)
    assert curated.crawl(name)["Status"] == "SUCCEEDED"
    curated.cloud.client("iam").update_assume_role_policy(
        RoleName=role.rsplit("/", 1)[-1],
        PolicyDocument='{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": '
        '{"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}',
    )
    last = curated.crawl(name)
    assert last["Status"] == "FAILED" and "TrustPolicy" in last["ErrorMessage"]


def test_one_crawl_at_a_time(curated: Curated) -> None:
    for number in range(150):
        curated.marker(f"many/{number}/")
    curated.parquet("many/a.parquet", "SELECT 1 AS movieid")
    for number in range(40):
        curated.parquet(f"many/{number}.parquet", "SELECT 1 AS movieid")
    name = curated.crawler("many/")
    curated.glue.start_crawler(Name=name)
    code, message = refused(curated.glue.start_crawler, Name=name)
    assert code == "CrawlerRunningException" and name in message
    assert refused(curated.glue.delete_crawler, Name=name)[0] == "CrawlerRunningException"
    assert curated.glue.get_crawler(Name=name)["Crawler"]["State"] == "RUNNING"
    curated.glue.stop_crawler(Name=name)
    assert refused(curated.glue.stop_crawler, Name=name)[0] in (
        "CrawlerStoppingException",
        "CrawlerNotRunningException",
    )
    assert curated.ended(name)["Status"] == "CANCELLED"
    assert curated.tables() == []
    assert refused(curated.glue.stop_crawler, Name=name)[0] == "CrawlerNotRunningException"
    crawls = curated.glue.list_crawls(CrawlerName=name)["Crawls"]
    assert [crawl["State"] for crawl in crawls] == ["STOPPED"]


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({"Schedule": "cron(0 * * * ? *)"}, "Schedule"),
        ({"Targets": {"DynamoDBTargets": [{"Path": "table"}]}}, "DynamoDBTargets"),
        ({"Targets": {"S3Targets": [{"Path": "/etc"}]}}, "/etc"),
        ({"Configuration": "{"}, "Configuration"),
        ({"RecrawlPolicy": {"RecrawlBehavior": "CRAWL_NEW_FOLDERS_ONLY"}}, "CRAWL_NEW"),
    ],
)
def test_refuses_what_it_would_only_pretend(
    curated: Curated, more: dict[str, Any], named: str
) -> None:
    code, message = refused(curated.crawler, **more)
    assert code == "InvalidInputException" and named in message


def test_life_of_a_crawler(curated: Curated) -> None:
    name = curated.crawler("movies/", Description="first", Tags={"a": "b"})
    made = curated.glue.get_crawler(Name=name)["Crawler"]
    assert made["Role"] == curated.role.rsplit("/", 1)[-1]
    assert made["SchemaChangePolicy"]["DeleteBehavior"] == "DEPRECATE_IN_DATABASE"
    arn = f"arn:aws:glue:{REGION}:{ACCOUNT}:crawler/{name}"
    assert curated.glue.get_tags(ResourceArn=arn)["Tags"] == {"a": "b"}
    code, _ = refused(curated.crawler, Name=name)
    assert code == "AlreadyExistsException"
    curated.glue.update_crawler(Name=name, Description="second")
    changed = curated.glue.get_crawler(Name=name)["Crawler"]
    assert changed["Description"] == "second" and changed["Targets"] == made["Targets"]
    assert name in curated.cloud.inventory()["glue"]["crawlers"]
    curated.glue.delete_crawler(Name=name)
    for call in (curated.glue.get_crawler, curated.glue.start_crawler, curated.glue.delete_crawler):
        assert refused(call, Name=name)[0] == "EntityNotFoundException"


def test_rights_are_those_on_the_crawler_and_the_catalog(curated: Curated) -> None:
    service = "states.amazonaws.com"
    mine, other = curated.crawler("movies/"), curated.crawler("movies/")
    prefix = f"arn:aws:glue:{REGION}:{ACCOUNT}"
    table = f"{prefix}:table/{curated.database}/movies"
    role = curated.cloud.role(
        service,
        [allow("glue:StartCrawler", f"{prefix}:crawler/{mine}"), allow("glue:GetTable", table)],
    )
    client = curated.cloud.client("glue", curated.cloud.as_role(role, service))
    client.start_crawler(Name=mine)
    code, message = refused(client.start_crawler, Name=other)
    assert code == "AccessDeniedException" and other in message
    # A table's right needs the same of its database and the catalog.
    code, message = refused(client.get_table, DatabaseName=curated.database, Name="movies")
    assert code == "AccessDeniedException" and f"{prefix}:catalog" in message


def test_a_crawl_at_a_kill_has_failed(fresh: Cloud, tmp_path: Path) -> None:
    fresh.start()
    curated = Curated(fresh, tmp_path)
    for number in range(60):
        curated.parquet(f"many/{number}.parquet", "SELECT 1 AS movieid")
    name = curated.crawler("many/")
    curated.glue.start_crawler(Name=name)
    saved = fresh.folder / "state" / "services" / "glue.json"
    # What a crawl writes down, and a crawler without one does not have.
    until(lambda: saved.exists() and '"MessagePrefix"' in saved.read_text())
    fresh.kill()
    fresh.start()
    crawler = curated.glue.get_crawler(Name=name)["Crawler"]
    assert crawler["State"] == "READY"
    last = crawler["LastCrawl"]
    if last["Status"] != "SUCCEEDED":
        assert last["Status"] == "FAILED" and "restarted" in last["ErrorMessage"]
    assert curated.crawl(name)["Status"] == "SUCCEEDED"
