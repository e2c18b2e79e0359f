"""Athena's statements beside SELECT: databases, tables, partitions, views, writes, parameters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest
from running import Cloud, allow
from test_athena import TASKS, Lake

#: Films, as the tests write them.
FILMS = [(1, "Heat", 1995), (2, "Ran", 1985), (3, "Alien", 1979), (4, 'It\'s "Up"', 1995)]
VALUES = ", ".join(f"({n}, '{title.replace(chr(39), chr(39) * 2)}', {y})" for n, title, y in FILMS)
SOURCE = f"(VALUES {VALUES}) AS f(id, title, year)"


@pytest.fixture
def lake(cloud: Cloud) -> Lake:
    """An empty lake."""
    return Lake(cloud)


def texts(rows: list[Any]) -> list[list[str]]:
    return [[str(value) for value in row] for row in rows]


def succeeded(lake: Lake, sql: str, **more: Any) -> dict[str, Any]:
    execution = lake.run(sql, **more)
    assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
    return execution


def answer(lake: Lake, sql: str, **more: Any) -> dict[str, Any]:
    identifier = succeeded(lake, sql, **more)["QueryExecutionId"]
    return lake.athena.get_query_results(QueryExecutionId=identifier)


def told(lake: Lake, sql: str, **more: Any) -> list[str]:
    """The lines of a statement that shows something."""
    rows = answer(lake, sql, **more)["ResultSet"]["Rows"]
    return [row["Data"][0].get("VarCharValue", "") for row in rows]


def own_workgroup(lake: Lake, *, enforced: bool) -> str:
    lake.athena.update_work_group(
        WorkGroup=lake.workgroup,
        ConfigurationUpdates={"EnforceWorkGroupConfiguration": enforced},
    )
    return lake.workgroup


def test_a_database_comes_and_goes(lake: Lake) -> None:
    name = f"{lake.database}_other"
    create = f"CREATE DATABASE IF NOT EXISTS {name} COMMENT 'films' LOCATION 's3://b/films/'"
    succeeded(lake, create)
    succeeded(lake, create)
    database = lake.glue.get_database(Name=name)["Database"]
    assert (database["Description"], database["LocationUri"]) == ("films", "s3://b/films/")
    assert name in told(lake, "SHOW DATABASES")
    assert told(lake, f"SHOW SCHEMAS LIKE '{lake.database}_o*'") == [name]
    assert "already exists" in lake.why(f"CREATE SCHEMA {name}")
    succeeded(lake, f"CREATE TABLE {name}.films AS SELECT * FROM {SOURCE}")
    assert "is not empty" in lake.why(f"DROP DATABASE {name}")
    succeeded(lake, f"DROP DATABASE {name} CASCADE")
    succeeded(lake, f"DROP SCHEMA IF EXISTS {name}")
    assert "does not exist" in lake.why(f"DROP DATABASE {name}")


@pytest.mark.parametrize("written", ["PARQUET", "JSON", "TEXTFILE"])
def test_a_table_is_created_of_a_query_and_inserted_into(lake: Lake, written: str) -> None:
    made = answer(lake, f"CREATE TABLE films WITH (format = '{written}') AS SELECT * FROM {SOURCE}")
    assert (made["UpdateCount"], made["ResultSet"]["Rows"]) == (4, [])
    added = answer(lake, "INSERT INTO films (title, id) VALUES ('Tár', 5), (NULL, 6)")
    assert (added["UpdateCount"], added["ResultSet"]["Rows"]) == (2, [])
    assert (
        answer(lake, "INSERT INTO films SELECT id + 10, title, year FROM films WHERE id < 3")[
            "UpdateCount"
        ]
        == 2
    )
    expected = [
        *FILMS,
        (5, "Tár", None),
        (6, None, None),
        *((n + 10, title, year) for n, title, year in FILMS[:2]),
    ]
    found = lake.rows("SELECT id, title, year FROM films ORDER BY id")
    wanted = [[None if value is None else str(value) for value in row] for row in expected]
    assert found == sorted(wanted, key=lambda row: int(row[0] or 0))
    columns = lake.glue.get_table(DatabaseName=lake.database, Name="films")["Table"][
        "StorageDescriptor"
    ]["Columns"]
    assert columns == [
        {"Name": "id", "Type": "int"},
        {"Name": "title", "Type": "string"},
        {"Name": "year", "Type": "int"},
    ]
    assert "already exists" in lake.why("CREATE TABLE films AS SELECT 1 AS a")
    succeeded(lake, "CREATE TABLE IF NOT EXISTS films AS SELECT 1 AS a")
    assert "mismatched" in lake.why("INSERT INTO films VALUES (1, 'x')")


def test_a_table_without_data_has_columns_alone(lake: Lake) -> None:
    succeeded(lake, f"CREATE TABLE films AS SELECT * FROM {SOURCE} WITH NO DATA")
    assert lake.rows("SELECT count(*), min(title) FROM films") == [["0", None]]


def test_where_a_table_lies_is_its_own_or_the_workgroups(lake: Lake) -> None:
    where = f"s3://{lake.bucket}/films/"
    create = f"CREATE TABLE films WITH (external_location = '{where}') AS SELECT * FROM {SOURCE}"
    assert "enforces a centralized output location" in lake.why(create)
    succeeded(lake, f"CREATE TABLE other AS SELECT * FROM {SOURCE}")
    table = lake.glue.get_table(DatabaseName=lake.database, Name="other")["Table"]
    location = table["StorageDescriptor"]["Location"]
    assert location.startswith(f"s3://{lake.bucket}/athena-results/tables/")
    own_workgroup(lake, enforced=False)
    succeeded(lake, create)
    table = lake.glue.get_table(DatabaseName=lake.database, Name="films")["Table"]
    assert table["StorageDescriptor"]["Location"] == where.rstrip("/")
    succeeded(lake, "DROP TABLE films")
    # Dropping a table leaves its data.
    assert "HIVE_PATH_ALREADY_EXISTS" in lake.why(create)


def test_partitions_are_written_and_registered(lake: Lake) -> None:
    create = "CREATE TABLE films WITH (partitioned_by = ARRAY['year']) AS SELECT * FROM "
    succeeded(lake, f"{create}{SOURCE}")
    succeeded(lake, "INSERT INTO films VALUES (9, 'Dune', 2021), (10, 'Heat 2', 1995)")
    years = ["year=1979", "year=1985", "year=1995", "year=2021"]
    assert told(lake, "SHOW PARTITIONS films") == years
    assert lake.rows("SELECT year, count(*) FROM films GROUP BY year ORDER BY year") == texts(
        [(1979, 1), (1985, 1), (1995, 3), (2021, 1)]
    )
    wrong = create.replace("films", "other").replace("year", "none")
    assert "not present in schema" in lake.why(f"{wrong}{SOURCE}")


def external(lake: Lake, properties: str = "") -> str:
    """CSV by day: two days are there, none is registered."""
    for day, rows in {"2026-01-01": "1,a\n", "2026-01-02": "2,b\n3,c\n", "other": "4,d\n"}.items():
        lake.put(f"events/day={day}/x.csv", rows)
    return (
        "CREATE EXTERNAL TABLE events (id int, name string) PARTITIONED BY (day string) "
        "ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' "
        f"LOCATION 's3://{lake.bucket}/events/' {properties}"
    )


def test_a_partition_is_read_once_it_is_registered(lake: Lake) -> None:
    succeeded(lake, external(lake))
    assert lake.rows("SELECT * FROM events") == []
    add = "ALTER TABLE events ADD PARTITION (day = '2026-01-01')"
    succeeded(lake, add)
    assert lake.rows("SELECT id, name, day FROM events") == [["1", "a", "2026-01-01"]]
    assert "already exists" in lake.why(add)
    succeeded(lake, add.replace("ADD", "ADD IF NOT EXISTS"))
    elsewhere = f"s3://{lake.bucket}/events/day=other/"
    succeeded(lake, f"ALTER TABLE events ADD PARTITION (day='x') LOCATION '{elsewhere}'")
    assert lake.rows("SELECT name FROM events WHERE day = 'x'") == [["d"]]
    succeeded(lake, "ALTER TABLE events DROP PARTITION (day = 'x')")
    assert "not found" in lake.why("ALTER TABLE events DROP PARTITION (day = 'x')")
    assert told(lake, "MSCK REPAIR TABLE events") == [
        "Repair: Added partition to metastore events:day=2026-01-02",
        "Repair: Added partition to metastore events:day=other",
    ]
    assert lake.rows("SELECT sum(id) FROM events") == [["10"]]
    assert "does not have the columns" in lake.why("ALTER TABLE events ADD PARTITION (hour = '1')")


def test_projected_partitions_need_no_registration(lake: Lake) -> None:
    projection = (
        "TBLPROPERTIES ('projection.enabled' = 'true', 'projection.day.type' = 'date', "
        "'projection.day.range' = '2025-12-30,2026-01-02', 'projection.day.format' = 'yyyy-MM-dd')"
    )
    succeeded(lake, external(lake, projection))
    # The folder day=other is outside of the range.
    assert lake.rows("SELECT id, day FROM events ORDER BY id") == [
        ["1", "2026-01-01"],
        ["2", "2026-01-02"],
        ["3", "2026-01-02"],
    ]
    broken = external(lake, "TBLPROPERTIES ('projection.enabled' = 'true')")
    succeeded(lake, broken.replace("TABLE events", "TABLE broken"))
    assert "projection.day.type is missing" in lake.why("SELECT * FROM broken")


def test_a_view_is_read_as_its_query(lake: Lake) -> None:
    succeeded(lake, f"CREATE TABLE films AS SELECT * FROM {SOURCE}")
    succeeded(lake, "CREATE VIEW old AS SELECT title, year FROM films WHERE year < 1990")
    succeeded(lake, "CREATE VIEW oldest AS SELECT min(year) AS year FROM old")
    assert lake.rows("SELECT * FROM oldest") == [["1979"]]
    assert lake.rows("SELECT o.title FROM old o JOIN oldest USING (year)") == [["Alien"]]
    assert told(lake, "SHOW VIEWS") == ["old", "oldest"]
    table = lake.glue.get_table(DatabaseName=lake.database, Name="old")["Table"]
    assert table["TableType"] == "VIRTUAL_VIEW"
    assert "already exists" in lake.why("CREATE VIEW old AS SELECT 1 AS a")
    succeeded(lake, "CREATE OR REPLACE VIEW old AS SELECT title, year FROM films WHERE year < 1980")
    assert lake.rows("SELECT count(*) FROM old") == [["1"]]
    assert "Inserting into views" in lake.why("INSERT INTO old VALUES ('a', 1)")
    succeeded(lake, "DROP VIEW old")
    succeeded(lake, "DROP VIEW IF EXISTS old")
    assert "does not exist" in lake.why("DROP VIEW old")
    assert "TABLE_NOT_FOUND" in lake.why("SELECT * FROM oldest")


def test_what_is_shown_of_tables(lake: Lake) -> None:
    succeeded(lake, external(lake))
    succeeded(lake, f"CREATE TABLE films AS SELECT * FROM {SOURCE}")
    assert told(lake, "SHOW TABLES") == ["events", "films"]
    assert told(lake, f"SHOW TABLES IN {lake.database} 'f*'") == ["films"]
    assert told(lake, "SHOW COLUMNS IN events") == ["id", "name", "day"]
    assert told(lake, f"SHOW COLUMNS FROM films IN {lake.database}") == ["id", "title", "year"]
    lines = told(lake, "DESCRIBE events")
    columns = [line.split() for line in lines[:3]]
    assert columns == [["id", "int"], ["name", "string"], ["day", "string"]]
    assert lines[4].strip() == "# Partition Information"
    stated = "\n".join(told(lake, "SHOW CREATE TABLE events"))
    assert f"LOCATION\n  's3://{lake.bucket}/events'" in stated
    assert "PARTITIONED BY ( \n  `day` string)" in stated
    assert any(line.startswith("EXTERNAL\tTRUE") for line in told(lake, "SHOW TBLPROPERTIES films"))
    assert "is not partitioned" in lake.why("SHOW PARTITIONS films")
    for sql in ("DESCRIBE none", "SHOW CREATE TABLE none"):
        assert "Table not found" in lake.why(sql)
    tables = succeeded(lake, "SHOW TABLES")
    assert tables["StatementType"] == "UTILITY"
    assert tables["ResultConfiguration"]["OutputLocation"].endswith(".txt")
    assert lake.result(tables) == "events\nfilms\n"


def parquet(folder: Path, data: bytes) -> list[tuple[Any, ...]]:
    """The rows of a file."""
    file = folder / "file.parquet"
    file.write_bytes(data)
    return duckdb.read_parquet(str(file)).fetchall()


def test_unload_writes_the_rows_alone(lake: Lake, tmp_path: Path) -> None:
    where = f"s3://{lake.bucket}/unloaded/"
    unload = f"UNLOAD (SELECT id, title FROM {SOURCE}) TO '{where}' WITH (format = 'PARQUET')"
    execution = succeeded(lake, unload)
    assert execution["StatementType"] == "DML"
    s3 = lake.cloud.client("s3")
    keys = [
        one["Key"] for one in s3.list_objects_v2(Bucket=lake.bucket, Prefix="unloaded/")["Contents"]
    ]
    (data,) = [s3.get_object(Bucket=lake.bucket, Key=key)["Body"].read() for key in keys]
    assert parquet(tmp_path, data) == [(n, title) for n, title, _ in FILMS]
    assert "HIVE_PATH_ALREADY_EXISTS" in lake.why(unload)
    other = unload.replace("unloaded", "other")
    assert "does not write ORC" in lake.why(other.replace("PARQUET", "ORC"))
    assert "format is missing" in lake.why(other.replace("format", "compression"))


def test_parameters_take_their_places(lake: Lake) -> None:
    query = f"SELECT title FROM {SOURCE} WHERE year = ? AND title <> ? AND '?' = '?' ORDER BY id"
    assert lake.rows(query, ExecutionParameters=["1995", "'Heat'"]) == [['It\'s "Up"']]
    assert "expected 2 but found 1" in lake.why(query, ExecutionParameters=["1995"])
    assert "expected 2 but found 0" in lake.why(query)
    assert "expected 0 but found 1" in lake.why("SELECT 1", ExecutionParameters=["1"])


def test_a_prepared_statement_is_run_with_values(lake: Lake) -> None:
    succeeded(lake, f"PREPARE by_year FROM SELECT title FROM {SOURCE} WHERE year = ?")
    prepared = lake.athena.get_prepared_statement(StatementName="by_year", WorkGroup=lake.workgroup)
    assert "WHERE year = ?" in prepared["PreparedStatement"]["QueryStatement"]
    assert lake.rows("EXECUTE by_year USING 1985") == [["Ran"]]
    assert lake.rows("EXECUTE by_year", ExecutionParameters=["1979"]) == [["Alien"]]
    succeeded(lake, "DEALLOCATE PREPARE by_year")
    assert "was not found" in lake.why("EXECUTE by_year USING 1985")


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ("DELETE FROM films WHERE id = 1", "does not run this form of DELETE FROM"),
        ("UPDATE films SET id = 1", "does not run this form of UPDATE FILMS"),
        ("ALTER TABLE films ADD COLUMNS (a int)", "does not run this form of ALTER TABLE"),
        (
            "CREATE TABLE a WITH (table_type = 'ICEBERG', is_external = false) AS SELECT 1 AS b",
            "does not know the property is_external, table_type",
        ),
        ("CREATE TABLE a AS SELECT NULL AS b", "Column type is unknown: b"),
        ("CREATE TABLE none.a AS SELECT 1 AS b", "SCHEMA_NOT_FOUND"),
        ("INSERT INTO none VALUES (1)", "TABLE_NOT_FOUND"),
        ("INSERT INTO films SELECT * FROM read_csv('/etc/passwd')", "FUNCTION_NOT_FOUND"),
        ("UNLOAD (SELECT * FROM read_text('/etc/passwd')) TO 's3://b/c/'", "format is missing"),
        (
            "UNLOAD (SELECT * FROM read_text('/etc/passwd')) TO 's3://b/c/' WITH (format='JSON')",
            "does not exist",
        ),
        ("CREATE VIEW v AS SELECT * FROM read_text('/etc/passwd')", "FUNCTION_NOT_FOUND"),
    ],
)
def test_what_is_not_run_is_refused_by_its_form(lake: Lake, sql: str, named: str) -> None:
    succeeded(lake, f"CREATE TABLE films AS SELECT * FROM {SOURCE}")
    assert named in lake.why(sql)


def test_each_statement_needs_its_rights(lake: Lake) -> None:
    succeeded(lake, external(lake))
    succeeded(lake, f"CREATE TABLE films AS SELECT * FROM {SOURCE}")
    bucket = f"arn:aws:s3:::{lake.bucket}"
    base = [
        allow(["athena:*"]),
        allow("s3:GetBucketLocation", bucket),
        allow(["s3:PutObject", "s3:GetObject"], f"{bucket}/athena-results/*"),
    ]
    needed = {
        f"CREATE DATABASE {lake.database}_x": ["glue:CreateDatabase"],
        "SHOW TABLES": ["glue:GetDatabase", "glue:GetTables"],
        "SHOW PARTITIONS events": ["glue:GetDatabase", "glue:GetTable", "glue:GetPartitions"],
        "ALTER TABLE events ADD PARTITION (day = '2026-01-01')": [
            *("glue:GetDatabase", "glue:GetTable", "glue:BatchCreatePartition"),
        ],
        f"CREATE TABLE made AS SELECT * FROM {SOURCE}": [
            *("glue:GetDatabase", "glue:GetTable", "glue:CreateTable"),
        ],
        "CREATE VIEW seen AS SELECT 1 AS a": [
            *("glue:GetDatabase", "glue:GetTable", "glue:CreateTable"),
        ],
        "SELECT * FROM events": ["glue:GetDatabase", "glue:GetTable", "glue:GetPartitions"],
    }
    read = [allow("s3:ListBucket", bucket), allow("s3:GetObject", f"{bucket}/events/*")]
    for sql, actions in needed.items():
        for missing in actions:
            given = [action for action in actions if action != missing]
            role = lake.cloud.role(TASKS, [*base, *read, *([allow(given)] if given else [])])
            client = lake.cloud.client("athena", lake.cloud.as_role(role, TASKS))
            why = lake.why(sql, client=client)
            assert f"not authorized to perform: {missing} on resource" in why, sql
        role = lake.cloud.role(TASKS, [*base, *read, allow(actions)])
        client = lake.cloud.client("athena", lake.cloud.as_role(role, TASKS))
        succeeded(lake, sql, client=client)


def test_a_written_table_has_hives_types(lake: Lake, tmp_path: Path) -> None:
    select = (
        "SELECT CAST(1 AS BIGINT) AS a, 1.5 AS b, DATE '2026-01-02' AS c, "
        "TIMESTAMP '2026-01-02 03:04:05' AS d, true AS e, ARRAY[1, 2] AS f, "
        "CAST(ROW(1, 'x') AS ROW(g INTEGER, h VARCHAR)) AS i"
    )
    succeeded(lake, f"CREATE TABLE kinds AS {select}")
    table = lake.glue.get_table(DatabaseName=lake.database, Name="kinds")["Table"]
    storage = table["StorageDescriptor"]
    assert {one["Name"]: one["Type"] for one in storage["Columns"]} == {
        "a": "bigint",
        "b": "decimal(2,1)",
        "c": "date",
        "d": "timestamp",
        "e": "boolean",
        "f": "array<int>",
        "i": "struct<g:int,h:string>",
    }
    prefix = storage["Location"].removeprefix(f"s3://{lake.bucket}/")
    s3 = lake.cloud.client("s3")
    (key,) = (
        one["Key"] for one in s3.list_objects_v2(Bucket=lake.bucket, Prefix=prefix)["Contents"]
    )
    (row,) = parquet(tmp_path, s3.get_object(Bucket=lake.bucket, Key=key)["Body"].read())
    assert (row[0], row[5], row[6]) == (1, [1, 2], {"g": 1, "h": "x"})
