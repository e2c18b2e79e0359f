"""UNLOAD of Redshift, read by others: DuckDB, and Python's own readers of CSV, JSON and gzip."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from running import Cloud, allow, unique
from test_redshift import REDSHIFT, Warehouse, as_task, outcome

COLUMNS = (
    "id INT, big BIGINT, name VARCHAR(64), price DECIMAL(8,2), day DATE, moment TIMESTAMP, ok BOOL"
)
ROWS = [
    "(1, 9007199254740993, 'plain', 1.50, '2026-01-31', '2026-01-31 10:20:30.5', true)",
    "(2, -1, 'pipe | comma , tab', 0.05, '1999-12-31', '2026-01-31 00:00:00', false)",
    "(3, 0, 'quote \" and ''one''', -7.00, NULL, NULL, NULL)",
    "(4, NULL, '', NULL, '2026-02-01', NULL, true)",
    "(5, 5, NULL, 12.34, '2026-02-01', NULL, true)",
    "(6, 6, 'two\nlines', 12.34, '2026-02-02', NULL, true)",
    "(7, 7, 'back\\\\slash é 半', 12.34, '2026-02-02', NULL, true)",
]


class Lake(Warehouse):
    """A warehouse whose role may write below `out/` of its bucket."""

    def __init__(self, cloud: Cloud) -> None:
        super().__init__(cloud)
        self.s3 = cloud.client("s3")
        self.writer = cloud.role(
            REDSHIFT,
            [
                allow(
                    ["s3:PutObject", "s3:GetObject", "s3:DeleteObject"],
                    f"arn:aws:s3:::{self.bucket}/out/*",
                ),
                allow("s3:ListBucket", f"arn:aws:s3:::{self.bucket}"),
            ],
        )
        self.serverless.update_namespace(namespaceName=self.name, iamRoles=[self.role, self.writer])
        made = self.run(
            f"CREATE TABLE goods ({COLUMNS})", f"INSERT INTO goods VALUES {', '.join(ROWS)}"
        )
        assert made["Status"] == "FINISHED", made

    def unload(self, options: str, query: str = "SELECT * FROM goods", to: str = "") -> str:
        """Unload to a prefix of its own, or fail; the prefix."""
        to = to or f"out/{unique('prefix')}/part_"
        ended = self.run(self.statement(options, query, to))
        assert ended["Status"] == "FINISHED", ended
        assert ended["HasResultSet"] is False
        return to

    def statement(self, options: str, query: str = "SELECT * FROM goods", to: str = "out/") -> str:
        """The text of an UNLOAD."""
        address = f"s3://{self.bucket}/{to}"
        return f"UNLOAD ($${query}$$) TO '{address}' IAM_ROLE '{self.writer}' {options};"

    def files(self, prefix: str) -> dict[str, bytes]:
        """The objects below a prefix, by what follows it."""
        listed = self.s3.list_objects_v2(Bucket=self.bucket, Prefix=prefix)
        return {
            entry["Key"].removeprefix(prefix): self.s3.get_object(
                Bucket=self.bucket, Key=entry["Key"]
            )["Body"].read()
            for entry in listed.get("Contents", [])
        }


@pytest.fixture(scope="module")
def lake(cloud: Cloud) -> Lake:
    return Lake(cloud)


@pytest.fixture(scope="module")
def expected(lake: Lake) -> list[tuple]:
    """The rows, as a table of DuckDB's own has them."""
    own = duckdb.connect()
    own.execute(f"CREATE TABLE goods ({COLUMNS})")
    own.execute(f"INSERT INTO goods VALUES {', '.join(ROWS)}".replace("\\\\", "\\"))
    return own.execute("SELECT * FROM goods ORDER BY id").fetchall()


def by_duckdb(tmp_path: Path, files: dict[str, bytes], reader: str) -> list[tuple]:
    """What DuckDB reads from files, in the order of `id`."""
    for name, body in files.items():
        place = tmp_path / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(body)
    return duckdb.sql(f"SELECT * FROM {reader.format(tmp_path)} ORDER BY 1").fetchall()


def test_parquet_of_each_slice(lake: Lake, expected: list[tuple], tmp_path: Path) -> None:
    files = lake.files(lake.unload("FORMAT AS PARQUET"))
    assert list(files) == ["0000_part_00.parquet", "0001_part_00.parquet"]
    assert by_duckdb(tmp_path, files, "'{}/*.parquet'") == expected
    [(codec,)] = duckdb.sql(
        f"SELECT DISTINCT compression FROM parquet_metadata('{tmp_path}/*.parquet')"
    ).fetchall()
    assert codec == "SNAPPY"


def test_csv_with_a_header_in_one_file(lake: Lake, expected: list[tuple], tmp_path: Path) -> None:
    files = lake.files(lake.unload("CSV HEADER PARALLEL OFF", "SELECT * FROM goods ORDER BY id"))
    assert list(files) == ["000"]
    columns = ", ".join(
        f"'{name}': '{kind}'" for name, kind in (one.split() for one in COLUMNS.split(", "))
    )
    reader = f"read_csv('{{}}/*', header = true, columns = {{{{{columns}}}}}, escape = '\"', "
    rows = by_duckdb(tmp_path, files, f"{reader}quote = '\"', allow_quoted_nulls = false)")
    assert rows == expected
    [head, *lines] = csv.reader(io.StringIO(files["000"].decode(), newline=""))
    assert head == [one.split()[0] for one in COLUMNS.split(", ")]
    assert ";".join(lines[0]) == (
        "1;9007199254740993;plain;1.50;2026-01-31;2026-01-31 10:20:30.5;t"
    )


def test_text_is_delimited_by_a_pipe(lake: Lake) -> None:
    query = "SELECT id, name, day FROM goods WHERE id IN (1, 5) ORDER BY id"
    files = lake.files(lake.unload("PARALLEL FALSE", query))
    assert files == {"000": b"1|plain|2026-01-31\n5||2026-02-01\n"}
    files = lake.files(lake.unload("DELIMITER AS '\\t' NULL AS 'none' PARALLEL OFF", query))
    assert files == {"000": b"1\tplain\t2026-01-31\n5\tnone\t2026-02-01\n"}
    query = "SELECT id, name FROM goods WHERE id IN (2, 3) ORDER BY id"
    files = lake.files(lake.unload("ADDQUOTES ESCAPE PARALLEL OFF EXTENSION 'txt'", query))
    assert files == {
        "000.txt": b'"2"|"pipe \\| comma , tab"\n"3"|"quote \\" and \\\'one\\\'"\n',
    }


@pytest.mark.full
def test_what_was_unloaded_is_loaded_again(lake: Lake, expected: list[tuple]) -> None:
    for options, load in (
        ("ESCAPE GZIP NULL AS '@'", "ESCAPE GZIP NULL AS '@'"),
        ("ESCAPE ADDQUOTES NULL AS '@'", "ESCAPE REMOVEQUOTES NULL AS '@'"),
        ("CSV NULL AS '@' BZIP2", "CSV NULL AS '@' BZIP2"),
        ("PARQUET", "FORMAT AS PARQUET"),
        ("JSON", "JSON 'auto'"),
    ):
        prefix = lake.unload(options)
        again = unique("again").replace("-", "_")
        address = f"s3://{lake.bucket}/{prefix}"
        loaded = lake.run(
            f"CREATE TABLE {again} ({COLUMNS})",
            f"COPY {again} FROM '{address}' IAM_ROLE '{lake.role}' {load}",
        )
        assert loaded["Status"] == "FINISHED", (options, loaded)
        for one, other in (("goods", again), (again, "goods")):
            assert lake.rows(f"SELECT * FROM {one} EXCEPT SELECT * FROM {other}") == [], options
        assert lake.rows(f"SELECT count(*) FROM {again}") == [(len(expected),)]


def test_compressed_files_have_their_endings(lake: Lake) -> None:
    query = "SELECT id FROM goods WHERE id < 3 ORDER BY id"
    [(name, body)] = lake.files(lake.unload("GZIP PARALLEL OFF", query)).items()
    assert (name, gzip.decompress(body)) == ("000.gz", b"1\n2\n")
    files = lake.files(lake.unload("BZIP2", query))
    assert {name: bz2.decompress(body) for name, body in files.items()} == {
        "0000_part_00.bz2": b"1\n",
        "0001_part_00.bz2": b"2\n",
    }


def test_json_has_an_object_a_line(lake: Lake, tmp_path: Path) -> None:
    files = lake.files(lake.unload("JSON", "SELECT id, name, price, ok FROM goods"))
    lines = b"".join(files.values()).decode().splitlines()
    found = sorted((json.loads(line) for line in lines), key=lambda row: row["id"])
    assert found[0] == {"id": 1, "name": "plain", "price": 1.5, "ok": "t"}
    assert found[4] == {"id": 5, "name": None, "price": 12.34, "ok": "t"}
    rows = by_duckdb(tmp_path, files, "read_json('{}/*', format = 'newline_delimited')")
    assert [row[1] for row in rows] == [row["name"] for row in found]
    assert lake.files(lake.unload("JSON", "SELECT id FROM goods WHERE id > 99")) == {}


def test_partitions_are_folders_of_hive(lake: Lake, tmp_path: Path) -> None:
    query = "SELECT id, name, day, ok FROM goods"
    prefix = lake.unload("PARQUET PARTITION BY (day, ok)", query, f"out/{unique('prefix')}")
    files = lake.files(f"{prefix}/")
    assert "day=__HIVE_DEFAULT_PARTITION__/ok=__HIVE_DEFAULT_PARTITION__/" in "".join(files)
    assert "day=2026-01-31/ok=true/0000_part_00.parquet" in files
    rows = by_duckdb(
        tmp_path / "a",
        files,
        "(SELECT id, name, day FROM read_parquet('{}/**', hive_partitioning = true))",
    )
    assert [(row[0], row[1], str(row[2] or "NULL")) for row in rows] == [
        (row[0], row[1], row[2] or "NULL")
        for row in lake.rows("SELECT id, name, CAST(day AS VARCHAR) FROM goods ORDER BY id")
    ]
    plain = "SELECT * FROM read_parquet('{}/**', hive_partitioning = false)"
    [first, *_] = by_duckdb(tmp_path / "a", {}, f"({plain})")
    assert len(first) == 2
    moments = lake.files(lake.unload("CSV PARTITION BY (m)", "SELECT 1 a, '10:20 | x' m"))
    assert next(iter(moments)).startswith("/m=10%3A20 | x/")
    prefix = lake.unload("PARQUET PARTITION BY (ok) INCLUDE", query)
    [first, *_] = by_duckdb(tmp_path / "b", lake.files(f"{prefix}/"), f"({plain})")
    assert len(first) == 4


def test_a_manifest_names_the_files(lake: Lake) -> None:
    prefix = lake.unload("CSV MANIFEST VERBOSE", "SELECT id, name FROM goods")
    files = lake.files(prefix)
    manifest = json.loads(files.pop("manifest"))
    start = f"s3://{lake.bucket}/{prefix}"
    assert {one["url"]: one["meta"]["content_length"] for one in manifest["entries"]} == {
        start + name: len(body) for name, body in files.items()
    }
    assert manifest["meta"]["record_count"] == len(ROWS)
    assert [one["name"] for one in manifest["schema"]["elements"]] == ["id", "name"]
    # COPY takes it.
    table = unique("manifest").replace("-", "_")
    loaded = lake.run(
        f"CREATE TABLE {table} (id INT, name VARCHAR(64))",
        f"COPY {table} FROM '{start}manifest' IAM_ROLE '{lake.role}' MANIFEST CSV",
    )
    assert loaded["Status"] == "FINISHED", loaded
    plain = lake.unload("MANIFEST", "SELECT id FROM goods")
    assert set(json.loads(lake.files(plain)["manifest"])["entries"][0]) == {"url"}


def test_files_that_are_there_are_not_written_over(lake: Lake) -> None:
    prefix = lake.unload("CSV PARALLEL OFF", "SELECT 1 AS a")
    again = lake.run(lake.statement("CSV PARALLEL OFF", "SELECT 2 AS a", prefix))
    assert again["Status"] == "FAILED"
    assert again["Error"].startswith("ERROR: Specified unload destination on S3 is not empty.")
    assert lake.files(prefix) == {"000": b"1\n"}
    lake.unload("CSV PARALLEL OFF ALLOWOVERWRITE", "SELECT 2 AS a", prefix)
    assert lake.files(prefix) == {"000": b"2\n"}
    lake.unload("CSV CLEANPATH", "SELECT 3 AS a", prefix)
    assert lake.files(prefix) == {"0000_part_00": b"3\n", "0001_part_00": b""}
    folder = f"{prefix}days"
    for day in ("01", "02"):
        lake.unload(
            "CSV PARALLEL OFF ALLOWOVERWRITE PARTITION BY (d)", f"SELECT 1 a, '{day}' d", folder
        )
    lake.unload("CSV CLEANPATH PARTITION BY (d)", "SELECT 1 a, '02' d", folder)
    assert list(lake.files(f"{folder}/")) == ["d=01/000", "d=02/0000_part_00", "d=02/0001_part_00"]


@pytest.mark.full
def test_large_results_are_cut(lake: Lake) -> None:
    query = "SELECT repeat('x', 60000) AS a FROM generate_series(1, 120)"
    files = lake.files(lake.unload("PARALLEL OFF MAXFILESIZE 5 MB", query))
    assert list(files) == ["000", "001"]
    assert max(map(len, files.values())) <= 5 * 1024 * 1024
    assert b"".join(files.values()).count(b"\n") == 120


def test_an_unload_writes_with_the_rights_of_its_role(lake: Lake) -> None:
    denied = lake.run(lake.statement("CSV", to="elsewhere/"))
    assert denied["Status"] == "FAILED"
    assert "AccessDenied" in denied["Error"] and "s3:PutObject" in denied["Error"]
    text = lake.statement("CSV", to=f"out/{unique('prefix')}/")
    reader = text.replace(lake.writer, lake.role)
    assert "s3:PutObject" in lake.run(reader)["Error"]
    stranger = lake.cloud.role(REDSHIFT, [allow("s3:*")])
    foreign = lake.run(lake.statement("CSV").replace(lake.writer, stranger))
    assert f"the role {stranger} is not associated" in foreign["Error"]
    key, secret = lake.cloud.keys
    by_keys = f"CREDENTIALS 'aws_access_key_id={key};aws_secret_access_key={secret}'"
    prefix = f"out/{unique('prefix')}/"
    text = lake.statement("CSV", "SELECT 1", prefix).replace(f"IAM_ROLE '{lake.writer}'", by_keys)
    assert lake.run(text)["Status"] == "FINISHED"


def test_an_unload_reads_with_the_rights_of_its_user(lake: Lake) -> None:
    _, task = as_task(lake)
    text = lake.statement("CSV", to=f"out/{unique('prefix')}/")
    assert "permission denied for relation goods" in outcome(lake, task, text)


@pytest.mark.full
@pytest.mark.parametrize(
    ("options", "query", "said"),
    [
        ("FIXEDWIDTH '1:3'", "", "UNLOAD option FIXEDWIDTH"),
        ("ENCRYPTED", "", "UNLOAD option ENCRYPTED"),
        ("SHUFFLE", "", 'syntax error at or near "SHUFFLE"'),
        ("CSV ADDQUOTES", "", "CSV is not supported with ADDQUOTES"),
        ("PARQUET HEADER", "", "PARQUET is not supported with HEADER"),
        ("JSON DELIMITER ','", "", "JSON is not supported with DELIMITER"),
        ("CLEANPATH ALLOWOVERWRITE", "", "CLEANPATH is not supported with ALLOWOVERWRITE"),
        ("DELIMITER 'ab'", "", "DELIMITER must be a single ASCII character"),
        ("MAXFILESIZE 1 MB", "", "MAXFILESIZE is from 5 MB"),
        ("PARTITION BY (nothing)", "", 'column "nothing"'),
        ("", "SELECT id FROM goods LIMIT 3", "Limit clause is not supported"),
        ("JSON", "SELECT 1 AS a, 2 AS a", "column names that are unique"),
        ("", "DELETE FROM goods", "UNLOAD takes a SELECT"),
        ("", "SELECT * FROM nowhere", 'relation "nowhere" does not exist'),
    ],
)
def test_what_is_refused(lake: Lake, options: str, query: str, said: str) -> None:
    more: dict[str, Any] = {"query": query} if query else {}
    ended = lake.run(lake.statement(options, to=f"out/{unique('no')}/", **more))
    assert ended["Status"] == "FAILED"
    assert said in ended["Error"], ended["Error"]
