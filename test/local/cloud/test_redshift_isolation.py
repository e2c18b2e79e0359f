"""Redshift's transactions side by side: what a reader sees of a load, and what two writers do.

https://docs.aws.amazon.com/redshift/latest/dg/c_serial_isolation.html
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from running import Cloud, unique, until
from test_redshift import LONG, Warehouse

#: Rows that a load of a number has beside it.
ROWS = 500


@pytest.fixture(scope="module")
def warehouse(cloud: Cloud) -> Warehouse:
    return Warehouse(cloud)


@pytest.fixture
def table(warehouse: Warehouse) -> str:
    name = unique("films").replace("-", "_")
    made = warehouse.run(f"CREATE TABLE {name} (title varchar(1024), rating decimal(2, 1))")
    assert made["Status"] == "FINISHED", made
    return name


def load(warehouse: Warehouse, table: str, number: int) -> list[str]:
    """The statements of `transfer_to_redshift`; every row tells whose it is."""
    rows = "".join(f"Film of {number},4.5\n" for _ in range(ROWS + number))
    source = warehouse.put(f"{table}/{number}.csv", f"title,rating\n{rows}")
    return [
        f"DELETE FROM {table}",
        f"COPY {table} (title, rating) FROM '{source}' IAM_ROLE '{warehouse.role}' "
        "FORMAT AS CSV IGNOREHEADER 1",
    ]


def shown(warehouse: Warehouse, table: str) -> int:
    """The load that a table shows, whole, and no row of another, or this fails."""
    query = f"SELECT count(*), min(title), max(title) FROM {table}"
    ((count, least, most),) = warehouse.rows(query)
    assert least == most, f"{table} has rows of two loads: {least} and {most}"
    number = int(least.removeprefix("Film of "))
    assert count == ROWS + number, f"{table} has {count} rows of load {number}"
    return number


@contextmanager
def reader(warehouse: Warehouse, table: str) -> Iterator[list[int]]:
    """Reads a table without a pause; what it showed, look by look."""
    seen: list[int] = []
    wrong: list[BaseException] = []
    stop = threading.Event()

    def read() -> None:
        try:
            while not stop.is_set():
                seen.append(shown(warehouse, table))
        except BaseException as error:
            wrong.append(error)

    thread = threading.Thread(target=read)
    thread.start()
    try:
        yield seen
    finally:
        stop.set()
        thread.join()
    assert wrong == []


def test_a_reader_sees_whole_loads_only(warehouse: Warehouse, table: str) -> None:
    assert warehouse.run(*load(warehouse, table, 1))["Status"] == "FINISHED"
    with reader(warehouse, table) as seen:
        for number in range(2, 8):
            loaded = warehouse.run(*load(warehouse, table, number))
            assert loaded["Status"] == "FINISHED", loaded
        failed = load(warehouse, table, 8)
        assert warehouse.run(failed[0], failed[1].replace("8.csv", "no.csv"))["Status"] == "FAILED"
        # A load that is cancelled after it has deleted the rows leaves them.
        cancelled = begun_batch(warehouse, [failed[0], failed[1], LONG])
        time.sleep(0.5)
        warehouse.data.cancel_statement(Id=cancelled)
        assert warehouse.end(cancelled)["Status"] == "ABORTED"
        assert shown(warehouse, table) == 7
    assert seen == sorted(seen) and len(set(seen)) > 1


def begun_batch(warehouse: Warehouse, sqls: list[str]) -> str:
    """The id of a transaction of several statements."""
    target = {"WorkgroupName": warehouse.name, "Database": "dev"}
    return warehouse.data.batch_execute_statement(Sqls=sqls, **target)["Id"]


def test_a_reader_waits_for_no_writer(warehouse: Warehouse, table: str) -> None:
    assert warehouse.run(*load(warehouse, table, 1))["Status"] == "FINISHED"
    writer = begun_batch(warehouse, [*load(warehouse, table, 2), LONG])
    try:
        for _ in range(3):
            assert shown(warehouse, table) == 1
        assert warehouse.data.describe_statement(Id=writer)["Status"] == "STARTED"
    finally:
        warehouse.data.cancel_statement(Id=writer)
        warehouse.end(writer)


def test_loads_that_overlap_wait_for_each_other(warehouse: Warehouse, table: str) -> None:
    """As in a backfill of three days."""
    assert warehouse.run(*load(warehouse, table, 1))["Status"] == "FINISHED"
    with reader(warehouse, table) as seen:
        writers = [begun_batch(warehouse, load(warehouse, table, n)) for n in (2, 3, 4)]
        for writer in writers:
            ended = warehouse.end(writer)
            assert ended["Status"] == "FINISHED", ended
    assert set(seen) <= {1, 2, 3, 4}
    assert shown(warehouse, table) in (2, 3, 4)


@pytest.mark.full
def test_transactions_that_each_read_what_the_other_writes_are_not_both_done(
    warehouse: Warehouse, table: str
) -> None:
    """The example of https://repost.aws/knowledge-center/redshift-serializable-isolation."""
    other = f"{table}_other"
    assert warehouse.run(f"CREATE TABLE {other} (title varchar(10))")["Status"] == "FINISHED"
    slow = LONG.replace("100000000", "300000")
    first = begun_batch(
        warehouse,
        [f"SELECT count(*) FROM {other}", slow, f"INSERT INTO {table} (title) VALUES ('a')"],
    )
    until(lambda: warehouse.data.describe_statement(Id=first)["Status"] == "STARTED")
    time.sleep(0.3)
    second = warehouse.run(
        f"SELECT count(*) FROM {table}", f"INSERT INTO {other} (title) VALUES ('b')"
    )
    assert second["Status"] == "FINISHED", second
    ended = warehouse.end(first)
    assert ended["Status"] == "FAILED", ended
    assert ended["Error"].startswith("ERROR: 1023\n  Detail: Serializable isolation violation on")
    assert warehouse.rows(f"SELECT count(*) FROM {table}") == [(0,)]
    assert warehouse.rows(f"SELECT count(*) FROM {other}") == [(1,)]


@pytest.mark.full
def test_a_transaction_that_read_what_another_has_written_since_has_its_place_before_it(
    warehouse: Warehouse, table: str
) -> None:
    other = f"{table}_other"
    assert warehouse.run(f"CREATE TABLE {other} (n bigint)")["Status"] == "FINISHED"
    slow = LONG.replace("100000000", "300000")
    first = begun_batch(
        warehouse, [f"SELECT count(*) FROM {table}", slow, f"INSERT INTO {other} VALUES (1)"]
    )
    until(lambda: warehouse.data.describe_statement(Id=first)["Status"] == "STARTED")
    assert warehouse.run(*load(warehouse, table, 1))["Status"] == "FINISHED"
    assert warehouse.data.describe_statement(Id=first)["Status"] == "STARTED"
    assert warehouse.end(first)["Status"] == "FINISHED"


def test_merges_that_overlap_wait_for_each_other(warehouse: Warehouse, table: str) -> None:
    """Each adds to what the one before it has left; none is lost."""
    source = f"{table}_source"
    made = warehouse.run(
        f"CREATE TABLE {source} (title varchar(1024))",
        f"INSERT INTO {source} VALUES ('a'), ('b')",
        f"INSERT INTO {table} VALUES ('a', 1.0)",
    )
    assert made["Status"] == "FINISHED", made
    merge = (
        f"MERGE INTO {table} USING {source} AS s ON {table}.title = s.title "
        f"WHEN MATCHED THEN UPDATE SET rating = {table}.rating + 0.5 "
        "WHEN NOT MATCHED THEN INSERT VALUES (s.title, 0.0)"
    )
    begun = [begun_batch(warehouse, [merge, "SELECT 1"]) for _ in range(4)]
    for one in begun:
        ended = warehouse.end(one)
        assert ended["Status"] == "FINISHED", ended
    rows = warehouse.rows(f"SELECT title, rating FROM {table} ORDER BY title")
    assert rows == [("a", "3.0"), ("b", "1.5")]
