"""External tables of Athena: created, and made right where another has the name."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from airflow.providers.amazon.aws.hooks.glue_catalog import GlueCatalogHook
from airflow.providers.amazon.aws.operators.athena import AthenaOperator
from fake_aws import Fake

from mwaalib.external_table import CsvTableOperator

DATABASE, TABLE = "a_database", "movies"
COLUMNS = {"movieid": "int", "title": "string"}
LOCATION = "s3://a-bucket/files/movies/"


class FakeGlue(Fake):
    """One table."""

    service = "glue"

    def __init__(self) -> None:
        super().__init__()
        self.table: dict[str, Any] | None = None

    def GetTable(self, DatabaseName: str, Name: str) -> dict:
        assert (DatabaseName, Name) == (DATABASE, TABLE)
        return {"Table": copy.deepcopy(self.table)}

    def UpdateTable(self, DatabaseName: str, TableInput: dict, VersionId: str) -> None:
        assert (DatabaseName, VersionId) == (DATABASE, self.table["VersionId"])
        self.table = {**TableInput, "VersionId": "2"}


def operator() -> CsvTableOperator:
    return CsvTableOperator(
        task_id="create",
        database=DATABASE,
        table=TABLE,
        columns=COLUMNS,
        location=LOCATION,
    )


@pytest.fixture
def glue(monkeypatch) -> FakeGlue:
    """The catalog, in which Athena creates what is not there."""
    fake = FakeGlue()
    monkeypatch.setattr(GlueCatalogHook, "conn", fake.client)

    def create(self, context) -> str:
        if fake.table is None:
            fake.table = {**self._definition(), "VersionId": "1"}
        return "query"

    monkeypatch.setattr(AthenaOperator, "execute", create)
    return fake


def test_the_statement_creates_the_table_where_it_is_not_there(glue):
    task = operator()
    assert task.execute({}) == "query"
    assert task.query == (
        "CREATE EXTERNAL TABLE IF NOT EXISTS `a_database`.`movies` (`movieid` int, `title` string) "
        "ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.OpenCSVSerde' "
        "WITH SERDEPROPERTIES ('separatorChar' = ',', 'quoteChar' = '\"', 'escapeChar' = '\\001') "
        "LOCATION 's3://a-bucket/files/movies/' TBLPROPERTIES ('skip.header.line.count' = '1')"
    )


def test_a_table_that_is_right_stays_as_it_is(glue):
    operator().execute({})
    operator().execute({})
    assert "UpdateTable" not in glue.calls


@pytest.mark.parametrize(
    "spoil",
    [
        lambda table: table["StorageDescriptor"].update(Location="s3://another/files/movies/"),
        lambda table: table["StorageDescriptor"]["Columns"].pop(),
        lambda table: table["StorageDescriptor"]["Columns"][0].update(Type="bigint"),
        lambda table: table["StorageDescriptor"]["SerdeInfo"].update(SerializationLibrary="Lazy"),
        lambda table: table["StorageDescriptor"]["SerdeInfo"].pop("Parameters"),
        lambda table: table["Parameters"].pop("skip.header.line.count"),
        lambda table: table.update(PartitionKeys=[{"Name": "day", "Type": "string"}]),
        lambda table: table.pop("Parameters"),
    ],
    ids=["location", "a column less", "type", "SerDe", "no options", "header", "keys", "none"],
)
def test_a_table_with_something_else_is_changed_by_one_update(glue, spoil):
    operator().execute({})
    right = copy.deepcopy(glue.table)
    spoil(glue.table)
    operator().execute({})
    assert {**glue.table, "VersionId": "1"} == right
    assert glue.calls.count("UpdateTable") == 1
