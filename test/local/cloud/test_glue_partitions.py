"""GetPartitions: what an expression asks for, page by page."""

from __future__ import annotations

from itertools import product
from typing import Any

import duckdb
import pytest
from running import Cloud, unique
from test_auth import refused

DAYS = ("2025-12-31", "2026-01-01", "2026-01-02")
HOURS = ("1", "9", "10")
ROWS = list(product(DAYS, HOURS))


class Table:
    """A table with partitions by day and hour."""

    def __init__(self, cloud: Cloud) -> None:
        self.glue = cloud.client("glue")
        self.database = unique("lake")
        self.where = {"DatabaseName": self.database, "TableName": "t"}
        self.glue.create_database(DatabaseInput={"Name": self.database})
        descriptor = {"Columns": [{"Name": "k", "Type": "string"}], "Location": "s3://b/t/"}
        keys = [{"Name": "day", "Type": "date"}, {"Name": "hour", "Type": "int"}]
        self.glue.create_table(
            DatabaseName=self.database,
            TableInput={"Name": "t", "StorageDescriptor": descriptor, "PartitionKeys": keys},
        )
        self.glue.batch_create_partition(
            **self.where,
            PartitionInputList=[
                {"Values": list(row), "StorageDescriptor": descriptor} for row in reversed(ROWS)
            ],
        )

    def get(self, **more: Any) -> list[tuple[str, ...]]:
        """Values of the partitions, of all pages."""
        pages = self.glue.get_paginator("get_partitions").paginate(**self.where, **more)
        return [tuple(one["Values"]) for page in pages for one in page["Partitions"]]


@pytest.fixture(scope="module")
def table(cloud: Cloud) -> Table:
    return Table(cloud)


@pytest.mark.parametrize(
    "expression",
    [
        "day = '2026-01-01'",
        "day='2026-01-03'",
        "day > '2025-12-31' AND hour < 10",
        "hour IN (1, 10) OR day <= '2025-12-31'",
        "hour BETWEEN 2 AND 9",
        "NOT (hour = 9) AND day <> '2026-01-02'",
        "(day >= '2026-01-01') and (hour >= 10)",
    ],
)
def test_an_expression_is_that_of_sql(table: Table, expression: str) -> None:
    """Another engine, over the same rows, is the judge."""
    values = ", ".join(f"(DATE '{day}', {hour})" for day, hour in ROWS)
    expected = duckdb.sql(
        f"SELECT CAST(day AS VARCHAR), CAST(hour AS VARCHAR) FROM (VALUES {values}) t(day, hour) "
        f"WHERE {expression}"
    ).fetchall()
    assert sorted(table.get(Expression=expression)) == sorted(expected)


def test_pages_are_whole_and_in_order(table: Table) -> None:
    assert table.get(PaginationConfig={"PageSize": 2}) == sorted(ROWS)
    assert len(table.glue.get_partitions(**table.where, MaxResults=4)["Partitions"]) == 4


def test_columns_may_be_left_out(table: Table) -> None:
    [one, *_] = table.glue.get_partitions(**table.where, ExcludeColumnSchema=True)["Partitions"]
    assert "Columns" not in one["StorageDescriptor"]
    [one, *_] = table.glue.get_partitions(**table.where)["Partitions"]
    assert one["StorageDescriptor"]["Columns"]


@pytest.mark.parametrize(
    "expression",
    [
        "nowhere = 1",
        "day =",
        "day = (SELECT 1)",
        "read_csv('/etc/passwd') = 1",
        "1 = 1; DROP TABLE x",
    ],
)
def test_an_expression_that_is_none(table: Table, expression: str) -> None:
    code, _ = refused(table.glue.get_partitions, **table.where, Expression=expression)
    assert code == "InvalidInputException"


def test_a_table_that_is_not_there(table: Table) -> None:
    missing = {**table.where, "TableName": "none"}
    assert refused(table.glue.get_partitions, **missing)[0] == "EntityNotFoundException"
