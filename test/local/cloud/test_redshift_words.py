"""Redshift's errors are in its own words, and none of the engine's."""

from __future__ import annotations

import pytest
from running import Cloud
from test_redshift import Warehouse


@pytest.fixture(scope="module")
def warehouse(cloud: Cloud) -> Warehouse:
    made = Warehouse(cloud)
    made.run("CREATE TABLE known (id INT NOT NULL, name VARCHAR(3), day DATE)")
    return made


@pytest.mark.full
@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("SELECT * FROM nowhere", 'relation "nowhere" does not exist'),
        ("DROP TABLE nowhere", 'relation "nowhere" does not exist'),
        ("CREATE TABLE known (id INT)", 'relation "known" already exists'),
        ("SELECT * FROM none.known", 'relation "none.known" does not exist'),
        ("SELECT nothing FROM known", 'column "nothing" does not exist'),
        ("SELECT x.id FROM known", 'missing FROM-clause entry for table "x"'),
        ("SELECT no_such(id) FROM known", "function no_such() does not exist"),
        (
            "INSERT INTO known (id, nothing) VALUES (1, 2)",
            'column "nothing" of relation "known" does not exist',
        ),
        (
            "INSERT INTO known (name) VALUES ('a')",
            'null value in column "id" violates not-null constraint',
        ),
        (
            "INSERT INTO known VALUES (1, 'four', NULL)",
            "value too long for type character varying(3)",
        ),
        ("SELECT CAST('abc' AS INT)", 'invalid input syntax for integer: "abc"'),
        ("SELECT CAST('abc' AS DATE)", 'invalid input syntax for type date: "abc"'),
        ("SELECT CAST(3000000000 AS INT)", "value out of range"),
        ("SELECT FROM WHERE", "syntax error"),
        ("SELEC 1", 'syntax error at or near "SELEC"'),
        (
            "SELECT name, count(*) FROM known",
            'column "name" must appear in the GROUP BY clause or be used in an aggregate function',
        ),
    ],
)
def test_an_error(warehouse: Warehouse, statement: str, said: str) -> None:
    ended = warehouse.run(statement)
    assert ended["Status"] == "FAILED"
    assert ended["Error"].startswith(f"ERROR: {said}"), ended["Error"]
    for word in ("Catalog Error", "Binder Error", "Did you mean", "sqlite", "duckdb", "LINE 1"):
        assert word not in ended["Error"]


def test_copy_by_credentials(warehouse: Warehouse) -> None:
    warehouse.cloud.client("s3").put_object(
        Bucket=warehouse.bucket, Key="copy/rows.csv", Body=b"1,abc,2026-01-01\n"
    )
    copy = f"COPY known FROM 's3://{warehouse.bucket}/copy/'"
    key, secret = warehouse.cloud.keys
    by_key = f"aws_access_key_id={key};aws_secret_access_key={secret}"
    for given in (f"CREDENTIALS 'aws_iam_role={warehouse.role}'", f"CREDENTIALS '{by_key}'"):
        ended = warehouse.run(f"{copy} {given} CSV")
        assert (ended["Status"], ended["ResultRows"]) == ("FINISHED", 1), ended
    wrong = {
        "": "COPY needs IAM_ROLE",
        "CREDENTIALS 'aws_access_key_id=x'": "CREDENTIALS has no aws_secret_access_key",
        f"CREDENTIALS '{by_key[:-1]}x'": "S3ServiceException:",
    }
    for given, said in wrong.items():
        ended = warehouse.run(f"{copy} {given} CSV")
        assert ended["Status"] == "FAILED"
        assert said in ended["Error"]


def test_a_batch_may_be_framed_as_the_transaction_that_it_is(warehouse: Warehouse) -> None:
    framed = warehouse.run("BEGIN;", "CREATE TABLE framed (id INT)", "COMMIT")
    assert framed["Status"] == "FINISHED", framed
    assert [one["Status"] for one in framed["SubStatements"]] == ["FINISHED"] * 3
    inside = warehouse.run("INSERT INTO framed VALUES (1)", "COMMIT", "SELECT 1")
    assert inside["Status"] == "FAILED"
    assert warehouse.rows("SELECT count(*) FROM framed") == [(0,)]
    assert warehouse.run("COMMIT")["Status"] == "FAILED"
