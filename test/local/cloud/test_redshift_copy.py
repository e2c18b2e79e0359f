"""COPY of Redshift: formats and options, against the same rows read by others.

https://docs.aws.amazon.com/redshift/latest/dg/r_COPY.html
"""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import random
from pathlib import Path
from typing import Any

import duckdb
import pytest
from running import Cloud, unique
from test_redshift import Warehouse

COLUMNS = "id INT NOT NULL, name VARCHAR(8), price DECIMAL(6,2), day DATE, moment TIMESTAMP"


class Loads(Warehouse):
    """A warehouse whose tables are loaded."""

    def __init__(self, cloud: Cloud) -> None:
        super().__init__(cloud)
        #: What creates tables that are not there yet, by their names.
        self.new: dict[str, str] = {}

    def table(self, columns: str = COLUMNS) -> str:
        """A table without rows; its name."""
        name = unique("loaded").replace("-", "_")
        self.new[name] = f"CREATE TABLE {name} ({columns})"
        return name

    def object(self, body: str | bytes) -> str:
        """An object of its own; its address."""
        key = f"copy/{unique('object')}"
        data = body.encode() if isinstance(body, str) else body
        self.cloud.client("s3").put_object(Bucket=self.bucket, Key=key, Body=data)
        return f"s3://{self.bucket}/{key}"

    def copy(self, table: str, body: str | bytes, options: str) -> dict[str, Any]:
        """Load a text, into a new table in one batch with what creates it; how it ended."""
        create = self.new.pop(table.split()[0], None)
        copy = f"COPY {table} FROM '{self.object(body)}' IAM_ROLE '{self.role}' {options}"
        return self.run(create, copy) if create else self.run(copy)

    def loaded(self, body: str | bytes, options: str, columns: str = COLUMNS) -> list[tuple]:
        """The rows that a text is loaded as."""
        table = self.table(columns)
        ended = self.copy(table, body, options)
        assert ended["Status"] == "FINISHED", ended
        return self.rows(f"SELECT * FROM {table} ORDER BY 1")


@pytest.fixture(scope="module")
def loads(cloud: Cloud) -> Loads:
    return Loads(cloud)


TIMES = "TIMEFORMAT AS 'HH24:MI:SS MON DD YY'"
ONE = (1, "a", "1.50", "2026-01-31", "2026-01-31 10:20:30")


@pytest.mark.full
@pytest.mark.parametrize(
    ("body", "options"),
    [
        ("1|a|1.50|2026-01-31|2026-01-31 10:20:30\n", ""),
        ("1|a|1.50|2026-01-31|2026-01-31 10:20:30|\n", ""),
        ("id|x\n1|a|1.50|2026-01-31|2026-01-31 10:20:30", "IGNOREHEADER AS 1"),
        ("1;a;1.50;2026-01-31;2026-01-31 10:20:30\r\n", "DELIMITER AS ';'"),
        ("1\ta\t1.50\t2026-01-31\t2026-01-31 10:20:30\n", "DELIMITER '\\t'"),
        ("1\x01a\x011.50\x012026-01-31\x012026-01-31 10:20:30\n", "DELIMITER '\\001'"),
        ("1,%a%,1.50,2026-01-31,2026-01-31 10:20:30\n", "CSV QUOTE AS '%'"),
        ("1|\"a\"|'1.50'|2026-01-31|2026-01-31 10:20:30\n", "REMOVEQUOTES"),
        ("1|a|1.509|2026-01-31|2026-01-31 10:20:30\n", ""),
        ("1|a|1.495|2026-01-31|2026-01-31 10:20:30\n", "ROUNDEC"),
        ("1|a|1.50|31.1.2026|10:20:30 Jan 31 26\n", f"DATEFORMAT 'DD.MM.YYYY' {TIMES}"),
        ("1|a|1.50|01/31/2026|2026-01-31T10:20:30Z\n", "DATEFORMAT 'auto' TIMEFORMAT 'auto'"),
        ("1|a|1.50|20260131|1769854830\n", "DATEFORMAT 'YYYYMMDD' TIMEFORMAT 'epochsecs'"),
        ("1|a|1.50|2026-01-31|1769854830000\n", "TIMEFORMAT AS 'epochmillisecs'"),
        ("\n1|a|1.50|2026-01-31|2026-01-31 10:20:30\n\n", "IGNOREBLANKLINES"),
        ("1|a|1.50|2026-01-31|2026-01-31 10:20:30\n", "COMPUPDATE OFF STATUPDATE ON MAXERROR 3"),
        ("1|a|1.50|2026-01-31|2026-01-31 10:20:30\n", "COMPUPDATE PRESET REGION AS 'us-east-1'"),
        ("1|abbbbbbbbbb|1.50|2026-01-31|2026-01-31 10:20:30\n", "TRUNCATECOLUMNS"),
    ],
)
def test_text_says_the_same_in_many_ways(loads: Loads, body: str, options: str) -> None:
    [row] = loads.loaded(body, options)
    row = (row[0], row[1][:1], *row[2:])
    assert row == ONE


TEXTS = [
    # body, options, the texts that are loaded: columns a and b of two rows at most.
    ("|\n", "", [("", "")]),
    ("|\n", "EMPTYASNULL", [(None, None)]),
    ("  | x \n", "BLANKSASNULL", [(None, " x ")]),
    ("  | x \n", "TRIMBLANKS", [("", " x")]),
    ("\\N|N/A\n", "", [(None, "N/A")]),
    ("\\N|N/A\n", "NULL AS 'N/A'", [("\\N", None)]),
    ("\\N|N/A\n", "ESCAPE", [(None, "N/A")]),
    ("a\\|b\\\\|c\\\nd\n", "ESCAPE", [("a|b\\", "c\nd")]),
    ("'a|b'|\"it's\"\n", "REMOVEQUOTES", [("a|b", "it's")]),
    ("a\n", "FILLRECORD", [("a", "")]),
    ("a\n", "FILLRECORD EMPTYASNULL", [("a", None)]),
    ('"a""b",\n', "CSV", [('a"b', "")]),
    ('"two\nlines","a,b"\n', "CSV", [("two\nlines", "a,b")]),
    (",\n", "CSV EMPTYASNULL", [(None, None)]),
    ("é|半\n", "", [("é", "半")]),
    (b"\xffa|\xfe\xfe\n", "ACCEPTINVCHARS", [("?a", "??")]),
    (b"\xffa|b\n", "ACCEPTINVCHARS AS '^'", [("^a", "b")]),
    (b"\xef\xbb\xbfa|b\n", "ENCODING AS UTF8", [("a", "b")]),
]


@pytest.mark.full
@pytest.mark.parametrize(("body", "options", "expected"), TEXTS)
def test_texts_are_loaded_as_they_are(
    loads: Loads, body: str | bytes, options: str, expected: list[tuple]
) -> None:
    assert loads.loaded(body, options, "a VARCHAR(32), b VARCHAR(32)") == expected


@pytest.mark.full
@pytest.mark.parametrize(
    ("body", "options", "said"),
    [
        ("1.5|a|1|2026-01-31|\n", "", "Invalid value '1.5' for column \"id\" of type INTEGER"),
        ("99999999999|a|1||\n", "", "99999999999"),
        ("1|a|12345|2026-01-31|\n", "", "'12345' for column \"price\""),
        ("1|a|1|31.01.2026|\n", "", "'31.01.2026' for column \"day\""),
        ("1|a|1|2026-02-30|\n", "", "'2026-02-30'"),
        ("1|a|1||2026-01-31T10:20:30\n", "", "2026-01-31T10:20:30"),
        ("|a|1||\n", "", 'Missing data for not-null field for column "id"'),
        ("1|abcdefghi|1||\n", "", 'String length exceeds DDL length for column "name"'),
        ("1|éééé1|1||\n", "", "String length exceeds DDL length"),
        ("1|a|1|\n", "", "Delimiter not found"),
        ("1|a|1|||2\n", "", "Extra column(s) found"),
        ('1,a"b,1,,\n', "CSV", "Invalid quote formatting for CSV"),
        ('1,"ab,1,,\n', "CSV", "Invalid quote formatting for CSV"),
        (b"1|\xff|1||\n", "", "String contains invalid or unsupported UTF8 codepoints"),
        ("1|'a|1||\n", "REMOVEQUOTES", "Delimiter not found"),
        ('{"id": 1', "JSON 'auto'", "Invalid JSON"),
        ("1|a|1||\n", "GZIP", "is not compressed as the statement says"),
    ],
)
def test_what_does_not_fit_is_an_error_of_the_load(
    loads: Loads, body: str | bytes, options: str, said: str
) -> None:
    table = loads.table()
    ended = loads.copy(table, body, options)
    assert ended["Status"] == "FAILED"
    start = f"ERROR: Load into table '{table}' failed. Check 'sys_load_error_detail' system table"
    assert ended["Error"].startswith(start) and said in ended["Error"], ended["Error"]


def test_errors_up_to_a_number_leave_rows_out(loads: Loads) -> None:
    body = "1|a|1||\nx|a|1||\n2|a|1||\n3|a\n|a|1||\n4|a|1||\n"
    for most in (1, 3):
        ended = loads.copy(loads.table(), body, f"MAXERROR {most}")
        assert ended["Status"] == "FAILED" and "Load into table" in ended["Error"]
    table = loads.table()
    ended = loads.copy(table, body, "MAXERROR AS 4")
    assert ended["Status"] == "FINISHED", ended
    assert ended["SubStatements"][1]["ResultRows"] == 3
    assert loads.rows(f"SELECT id FROM {table} ORDER BY id") == [(1,), (2,), (4,)]
    lenient = loads.loaded("1|a|1|nonsense|\n", "ACCEPTANYDATE DATEFORMAT 'auto'")
    assert lenient == [(1, "a", "1.00", None, None)]


def test_compressed_files(loads: Loads) -> None:
    body = b"1|a|1.50|2026-01-31|2026-01-31 10:20:30\n"
    assert loads.loaded(gzip.compress(body), "GZIP") == [ONE]
    assert loads.loaded(bz2.compress(body), "BZIP2") == [ONE]


def test_a_list_of_columns_leaves_defaults(loads: Loads) -> None:
    table = loads.table("id INT, name VARCHAR(8) DEFAULT 'none', price INT")
    ended = loads.copy(f"{table} (price, id)", "7,1\n", "CSV")
    assert ended["Status"] == "FINISHED", ended
    assert loads.rows(f"SELECT * FROM {table}") == [(1, "none", 7)]
    strict = loads.copy(f"{loads.table()} (name)", "a\n", "CSV")
    assert "Missing data for not-null field" in strict["Error"]
    quoted = loads.copy(f'"public"."{table}"("id", name)', "2,b\n", "CSV")
    assert quoted["Status"] == "FINISHED", quoted
    wrong = loads.copy(f"{table} (nothing)", "7\n", "CSV")
    assert f'column "nothing" of relation "{table}" does not exist' in wrong["Error"]


PEOPLE = [
    {"id": 1, "Name": "a", "tags": ["x", {"y": None}], "at": {"city": "Köln"}, "ok": True},
    {"id": 2.5, "name": None, "more": 1},
    {"name": "c\n", "id": "3", "ok": False},
]


def test_json_by_names_and_by_paths(loads: Loads) -> None:
    columns = "id DECIMAL(4,1), name VARCHAR(8), tags VARCHAR(64), ok BOOLEAN"
    text = json.dumps(PEOPLE[0], indent=2) + "".join(json.dumps(one) for one in PEOPLE[1:])
    nested = '["x",{"y":null}]'
    assert loads.loaded(text, "FORMAT AS JSON 'auto'", columns) == [
        ("1.0", None, nested, True),
        ("2.5", None, None, None),
        ("3.0", "c\n", None, False),
    ]
    assert loads.loaded(text, "JSON 'auto ignorecase'", columns)[0] == ("1.0", "a", nested, True)
    paths = ["$.id", "$['at']['city']", "$.tags[0]", '$["ok"]']
    file = loads.object(json.dumps({"jsonpaths": paths}))
    assert loads.loaded(text, f"JSON AS '{file}'", columns) == [
        ("1.0", "Köln", "x", True),
        ("2.5", None, None, None),
        ("3.0", None, None, False),
    ]
    file = loads.object(json.dumps({"jsonpaths": paths[:3]}))
    ended = loads.copy(loads.table(columns), text, f"JSON '{file}'")
    assert "JSONPath size: 3, Number of columns in table or column list: 4" in ended["Error"]
    arrays = loads.object('{"jsonpaths": ["$[1]", "$[0]"]}')
    assert loads.loaded('[1, 2]\n["a"]', f"JSON '{arrays}'", "a INT, b VARCHAR(8)") == [
        (2, "1"),
        (None, "a"),
    ]


def parquet(tmp_path: Path, query: str) -> bytes:
    """What DuckDB writes for a query."""
    file = tmp_path / unique("rows")
    duckdb.execute(f"COPY ({query}) TO '{file}' (FORMAT parquet)")
    return file.read_bytes()


def test_parquet_by_the_order_of_columns(loads: Loads, tmp_path: Path) -> None:
    values = "1::INT AS other, 'a' AS name, 1.5::DECIMAL(6,2) AS p, DATE '2026-01-31' AS d"
    body = parquet(tmp_path, f"SELECT {values}, TIMESTAMP '2026-01-31 10:20:30' AS m")
    assert loads.loaded(body, "FORMAT AS PARQUET") == [ONE]
    fewer = parquet(tmp_path, f"SELECT {values}")
    assert loads.loaded(fewer, "PARQUET FILLRECORD") == [(*ONE[:4], None)]
    for query, said in (
        (f"SELECT {values}", "Unmatched number of columns"),
        ("SELECT 1::BIGINT, 'a', 1.5::DECIMAL(6,2), NULL::DATE, NULL::TIMESTAMP", "incompatible"),
        ("SELECT 1::INT, 'a', 1.5::DECIMAL(6,2), 'x', NULL::TIMESTAMP", "Column type: DATE"),
    ):
        ended = loads.copy(loads.table(), parquet(tmp_path, query), "PARQUET")
        assert ended["Status"] == "FAILED" and said in ended["Error"], ended
    ended = loads.copy(loads.table(), body, "PARQUET MAXERROR 1")
    assert "MAXERROR argument is not supported for PARQUET based COPY" in ended["Error"]


def test_a_manifest_names_what_has_to_be_there(loads: Loads) -> None:
    there = loads.object("1|a|1||\n")
    absent = f"s3://{loads.bucket}/copy/absent"
    for mandatory, status in ((False, "FINISHED"), (True, "FAILED")):
        entries = [{"url": there}, {"url": absent, "mandatory": mandatory}]
        ended = loads.copy(loads.table(), json.dumps({"entries": entries}), "MANIFEST")
        assert ended["Status"] == status, ended
    ended = loads.copy(loads.table(), "[]", "MANIFEST")
    assert "is not valid" in ended["Error"]
    # One of Parquet says how long each file is.
    ended = loads.copy(loads.table(), json.dumps({"entries": [{"url": there}]}), "PARQUET MANIFEST")
    assert "meta" in ended["Error"]


def test_csv_as_pythons_own_reader_has_it(loads: Loads) -> None:
    """Random texts of the characters that matter."""
    generator = random.Random(11)
    rows = [
        [
            str(number),
            *("".join(generator.choices('ab ",\n\r\\|é', k=generator.randrange(6))) for _ in "ab"),
        ]
        for number in range(300)
    ]
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    found = loads.loaded(text.getvalue(), "CSV", "id INT, a VARCHAR(32), b VARCHAR(32)")
    assert found == [(int(number), a, b) for number, a, b in rows]


@pytest.mark.full
@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("AVRO 'auto'", "COPY option AVRO"),
        ("ORC", "COPY option ORC"),
        ("FIXEDWIDTH '1:2'", "COPY option FIXEDWIDTH"),
        ("NOLOAD", "COPY option NOLOAD"),
        ("ZSTD", "COPY option ZSTD"),
        ("NONSENSE", "COPY option NONSENSE"),
        ("ENCODING UTF16", "ENCODING UTF16"),
        ("JSON 'noshred'", "COPY option JSON 'noshred'"),
        ("CSV ESCAPE", "ESCAPE is not supported with CSV"),
        ("JSON 'auto' NULL AS 'x'", "NULL is not supported with JSON"),
        ("DELIMITER 'ab'", "DELIMITER must be a single ASCII character"),
        ("MAXERROR 1000000", "MAXERROR is a number up to 100000"),
        ("TIMEFORMAT 'HHhMI'", "TIMEFORMAT 'HHhMI': h is not supported"),
        ("DATEFORMAT 'QQ'", "DATEFORMAT 'QQ': QQ is not supported"),
        ("ACCESS_KEY_ID 'x' SECRET_ACCESS_KEY 'y'", "COPY needs IAM_ROLE"),
    ],
)
def test_what_is_refused(loads: Loads, options: str, said: str) -> None:
    ended = loads.copy(loads.table(), '{"id": 1}' if "noshred" in options else "1||||\n", options)
    assert ended["Status"] == "FAILED" and said in ended["Error"], ended
