"""The AWS SDK for pandas on Redshift's Data API, as what writes and reads the files of the lake.

https://aws-sdk-pandas.readthedocs.io/en/stable/api.html#data-api-redshift
"""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import awswrangler as wr
import pandas as pd
import pytest
from conftest import Account
from running import allow, unique

DAY = datetime.date(2026, 1, 31)
FRAME = pd.DataFrame(
    {
        "id": [1, 2, 3],
        "name": ["a", "b | c", None],
        "price": [Decimal("1.50"), None, Decimal("-2.25")],
        "day": [DAY, None, DAY],
        "moment": pd.to_datetime(["2026-01-31 10:20:30.5", "2026-02-01 00:00:00.0", None]),
        "ok": pd.array([True, None, False], dtype="boolean"),
        "ratio": [0.1, None, 1e300],
    }
)
TABLE = (
    "id BIGINT, name VARCHAR(16), price DECIMAL(5,2), day DATE, moment TIMESTAMP, ok BOOLEAN, "
    "ratio DOUBLE PRECISION"
)


class Warehouse:
    """A namespace with a workgroup, and a role that reads and writes the clients' bucket."""

    def __init__(self, account: Account) -> None:
        self.account = account
        bucket = f"arn:aws:s3:::{account.bucket}"
        self.role = account.cloud.role(
            "redshift.amazonaws.com",
            [
                allow(["s3:GetObject", "s3:PutObject"], f"{bucket}/*"),
                allow("s3:ListBucket", bucket),
            ],
        )
        name = unique("warehouse")
        serverless = account.cloud.client("redshift-serverless")
        serverless.create_namespace(namespaceName=name, dbName="dev", iamRoles=[self.role])
        serverless.create_workgroup(workgroupName=name, namespaceName=name)
        self.connection = wr.data_api.redshift.connect(database="dev", workgroup_name=name)

    def run(self, sql: str) -> Any:
        """Run a statement; its result as a frame."""
        return wr.data_api.redshift.read_sql_query(sql, con=self.connection)

    def unload(self, options: str, query: str = "SELECT * FROM frames ORDER BY id") -> str:
        """Unload a query; where to."""
        path = f"{self.account.path(unique('unload'))}"
        self.run(f"UNLOAD ('{query}') TO '{path}' IAM_ROLE '{self.role}' {options}")
        return path


@pytest.fixture(scope="module")
def warehouse(account: Account) -> Warehouse:
    """Its table has the rows of the frame, from Parquet that pyarrow has written."""
    made = Warehouse(account)
    made.run(f"CREATE TABLE frames ({TABLE})")
    path = account.path("frames")
    wr.s3.to_parquet(FRAME, f"{path}rows.parquet", dtype={"price": "decimal(5,2)"})
    made.run(f"COPY frames FROM '{path}' IAM_ROLE '{made.role}' FORMAT AS PARQUET")
    return made


def rows(frame: Any) -> list[tuple]:
    """The rows of a frame in the order of `id`, each value as a text."""
    found = frame.sort_values("id").astype(object)
    return [
        tuple(None if pd.isna(value) else str(value) for value in row)
        for row in found.itertuples(index=False)
    ]


def test_a_query(warehouse: Warehouse) -> None:
    found = warehouse.run("SELECT id, name, ok, ratio FROM frames ORDER BY id")
    assert rows(found) == rows(FRAME[["id", "name", "ok", "ratio"]])
    assert list(warehouse.run("SELECT count(*) AS n FROM frames")["n"]) == [3]
    with pytest.raises(Exception, match='relation "nowhere" does not exist'):
        warehouse.run("SELECT * FROM nowhere")


def test_parquet_is_read(warehouse: Warehouse) -> None:
    assert rows(wr.s3.read_parquet(warehouse.unload("FORMAT AS PARQUET"))) == rows(FRAME)


def test_partitions_are_read(warehouse: Warehouse) -> None:
    path = warehouse.unload("PARQUET PARTITION BY (name)", "SELECT id, name FROM frames")
    found = wr.s3.read_parquet(path, dataset=True)
    assert sorted(map(int, found["id"])) == [1, 2, 3]
    assert {str(name) for name in found["name"]} >= {"a", "b | c"}


def test_csv_and_json_are_read(warehouse: Warehouse) -> None:
    names = ["id", "name", "ratio"]
    query = "SELECT id, name, ratio FROM frames"
    assert rows(wr.s3.read_csv(warehouse.unload("CSV HEADER", query))) == rows(FRAME[names])
    found = wr.s3.read_json(warehouse.unload("JSON", query), lines=True)
    assert rows(found[names]) == rows(FRAME[names])
