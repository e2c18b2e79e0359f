"""PyAthena, a client of Python's database API: https://pyathena.dev"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from conftest import Account
from pyathena import connect
from pyathena.async_cursor import AsyncCursor
from pyathena.connection import Connection
from pyathena.error import OperationalError
from pyathena.pandas.cursor import PandasCursor
from running import REGION


@pytest.fixture(scope="module")
def db(account: Account) -> Iterator[Connection]:
    """A connection with tables."""
    connection = connect(
        region_name=REGION,
        work_group=account.workgroup,
        schema_name=account.database,
        s3_staging_dir=account.path("staging"),
        poll_interval=0.1,
    )
    rows = "(1, 'Heat', 1995), (2, 'Ran', 1985), (3, NULL, 1979)"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE shown AS SELECT * FROM (VALUES {rows}) AS f(id, title, year)")
    yield connection
    connection.close()


def rows(db: Connection, sql: str, *given: Any, **more: Any) -> list[tuple[Any, ...]]:
    with db.cursor() as cursor:
        return cursor.execute(sql, *given, **more).fetchall()


Call = Callable[[Connection], Any]

#: Calls in their order, each with what it gives.
CALLS: list[tuple[str, Call, Any]] = [
    (
        "fetchall",
        lambda db: rows(db, "SELECT * FROM shown ORDER BY id"),
        [(1, "Heat", 1995), (2, "Ran", 1985), (3, None, 1979)],
    ),
    ("fetchone", lambda db: db.cursor().execute("SELECT 1 AS a").fetchone(), (1,)),
    (
        "fetchmany",
        lambda db: len(db.cursor().execute("SELECT * FROM shown").fetchmany(2)),
        2,
    ),
    (
        "iteration",
        lambda db: sorted(row[0] for row in db.cursor().execute("SELECT id FROM shown")),
        [1, 2, 3],
    ),
    (
        "description",
        lambda db: [
            one[:2] for one in db.cursor().execute("SELECT id, title FROM shown").description
        ],
        [("id", "integer"), ("title", "varchar")],
    ),
    ("named parameters", lambda db: rows(db, "SELECT %(a)s", {"a": "it's"}), [("it's",)]),
    ("numbers as parameters", lambda db: rows(db, "SELECT %(a)d + 1", {"a": 41}), [(42,)]),
    (
        "a date as a parameter",
        lambda db: rows(db, "SELECT %(a)s", {"a": datetime.date(2026, 1, 2)}),
        [(datetime.date(2026, 1, 2),)],
    ),
    (
        "a list as a parameter",
        lambda db: rows(db, "SELECT count(*) FROM shown WHERE id IN %(ids)s", {"ids": [1, 3]}),
        [(2,)],
    ),
    (
        "parameters of Athena's",
        lambda db: rows(db, "SELECT title FROM shown WHERE id = ?", ["2"], paramstyle="qmark"),
        [("Ran",)],
    ),
    ("a boolean", lambda db: rows(db, "SELECT true, false"), [(True, False)]),
    (
        "a decimal",
        lambda db: rows(db, "SELECT CAST(2.5 AS decimal(10, 2))"),
        [(Decimal("2.50"),)],
    ),
    ("a double", lambda db: rows(db, "SELECT CAST(2.5 AS double)"), [(2.5,)]),
    (
        "a timestamp",
        lambda db: rows(db, "SELECT TIMESTAMP '2026-01-02 03:04:05'"),
        [(datetime.datetime(2026, 1, 2, 3, 4, 5),)],
    ),
    ("bytes", lambda db: rows(db, "SELECT X'00ff'"), [(b"\x00\xff",)]),
    ("an array", lambda db: rows(db, "SELECT ARRAY[1, 2]"), [([1, 2],)]),
    ("no value", lambda db: rows(db, "SELECT NULL"), [(None,)]),
    ("SHOW TABLES", lambda db: ("shown",) in rows(db, "SHOW TABLES"), True),
    (
        "DESCRIBE",
        lambda db: [row[0].split()[:2] for row in rows(db, "DESCRIBE shown")],
        [["id", "int"], ["title", "string"], ["year", "int"]],
    ),
    ("CREATE TABLE AS", lambda db: rows(db, "CREATE TABLE two AS SELECT 1 AS a"), []),
    ("INSERT", lambda db: rows(db, "INSERT INTO two VALUES (2)"), []),
    (
        "executemany",
        lambda db: db.cursor().executemany("INSERT INTO two VALUES (%(n)d)", [{"n": 3}, {"n": 4}]),
        None,
    ),
    ("what was inserted", lambda db: rows(db, "SELECT sum(a), count(*) FROM two"), [(10, 4)]),
    ("CREATE VIEW", lambda db: rows(db, "CREATE VIEW one AS SELECT min(a) AS a FROM two"), []),
    ("a view", lambda db: rows(db, "SELECT * FROM one"), [(1,)]),
    ("DROP VIEW", lambda db: rows(db, "DROP VIEW one"), []),
    ("DROP TABLE", lambda db: rows(db, "DROP TABLE two"), []),
    (
        "pandas",
        lambda db: (
            db.cursor(PandasCursor)
            .execute("SELECT * FROM shown ORDER BY id")
            .as_pandas()["year"]
            .tolist()
        ),
        [1995, 1985, 1979],
    ),
    (
        "an asynchronous cursor",
        lambda db: db.cursor(AsyncCursor).execute("SELECT 5")[1].result().fetchall(),
        [(5,)],
    ),
    (
        "list_table_metadata",
        lambda db: [one.name for one in db.cursor().list_table_metadata() if one.name == "shown"],
        ["shown"],
    ),
    (
        "get_table_metadata",
        lambda db: [one.name for one in db.cursor().get_table_metadata("shown").columns],
        ["id", "title", "year"],
    ),
    (
        "list_databases",
        lambda db: (
            db.schema_name in [one.name for one in db.cursor().list_databases("AwsDataCatalog")]
        ),
        True,
    ),
]


@pytest.mark.parametrize(("call", "wanted"), [pytest.param(*one[1:], id=one[0]) for one in CALLS])
def test_a_call_gives_what_it_gives_on_aws(db: Connection, call: Call, wanted: Any) -> None:
    assert call(db) == wanted


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ("SELECT nope FROM shown", "COLUMN_NOT_FOUND"),
        ("SELECT * FROM nowhere", "TABLE_NOT_FOUND"),
        ("SELECT nothing(1)", "FUNCTION_NOT_FOUND"),
        ("SELECT CAST('x' AS integer)", "INVALID_CAST_ARGUMENT"),
        ("SELEKT 1", "SYNTAX_ERROR|NOT_SUPPORTED"),
        ("OPTIMIZE shown REWRITE DATA USING BIN_PACK", "NOT_SUPPORTED"),
    ],
)
def test_an_error_is_in_athenas_words(db: Connection, sql: str, named: str) -> None:
    with pytest.raises(OperationalError, match=named):
        rows(db, sql)
