"""How the Glue job's files become the tables, and how they go: no Spark rows are looked at here."""

from __future__ import annotations

import copy
import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import movielens_transform
import pytest
from movielens_transform import KEEP_HOURS, REPLACED, TABLES

DATABASE = "films"
OLD, NEW, NEWEST = (f"20261130T1{n}0000000000Z-0123456789abcdef" for n in range(3))
HOUR = 3600


class Catalog:
    """The Data Catalog in memory, behind a real client, so that botocore checks each request."""

    def __init__(self) -> None:
        self.tables: dict[str, dict[str, Any]] = {}
        #: Called before an update: what others do meanwhile.
        self.meanwhile: Callable[[], None] = lambda: None
        self.client = boto3.client(
            "glue", "us-east-1", aws_access_key_id="k", aws_secret_access_key="s"
        )
        self.client.meta.events.register("provide-client-params.glue", self._keep)
        self.client.meta.events.register("before-call.glue", self._answer)

    def _keep(self, params: dict[str, Any], **_: Any) -> None:
        self._asked = copy.deepcopy(params)

    def _answer(self, model: Any, **_: Any) -> tuple[Any, dict]:
        assert self._asked.pop("DatabaseName") == DATABASE
        answer = getattr(self, model.name)(**self._asked)
        meta = {"ResponseMetadata": {"HTTPStatusCode": 200}}
        return SimpleNamespace(status_code=200), {**(answer or {}), **meta}

    def _refuse(self, code: str) -> None:
        raise self.client.exceptions.from_code(code)({"Error": {"Code": code}}, "operation")

    def GetTable(self, Name: str) -> dict:
        if Name not in self.tables:
            self._refuse("EntityNotFoundException")
        return {"Table": copy.deepcopy(self.tables[Name])}

    def CreateTable(self, TableInput: dict) -> None:
        self.meanwhile()
        if TableInput["Name"] in self.tables:
            self._refuse("AlreadyExistsException")
        self.tables[TableInput["Name"]] = {**TableInput, "VersionId": "1"}

    def UpdateTable(self, TableInput: dict, VersionId: str, SkipArchive: bool) -> None:
        self.meanwhile()
        assert SkipArchive
        found = self.tables[TableInput["Name"]]
        if found["VersionId"] != VersionId:
            self._refuse("ConcurrentModificationException")
        self.tables[TableInput["Name"]] = {**TableInput, "VersionId": str(int(VersionId) + 1)}

    def locations(self) -> dict[str, str]:
        return {name: t["StorageDescriptor"]["Location"] for name, t in self.tables.items()}

    def publish(self, run: str, job_run: str = "jr_1") -> list[str]:
        folder = f"s3://data/curated/{run}/{job_run}"
        return movielens_transform.publish(self.client, DATABASE, run, folder)


def at(run: str, job_run: str = "jr_1") -> dict[str, str]:
    return {table: f"s3://data/curated/{run}/{job_run}/{table}/" for table in TABLES}


@pytest.fixture
def catalog() -> Catalog:
    return Catalog()


def test_tables_that_are_not_there_are_created(catalog: Catalog) -> None:
    assert catalog.publish(OLD) == list(TABLES)
    assert catalog.locations() == at(OLD)


def test_each_table_is_moved_by_one_update(catalog: Catalog) -> None:
    catalog.publish(OLD)
    assert catalog.publish(NEW) == list(TABLES)
    assert catalog.locations() == at(NEW)
    assert {table["VersionId"] for table in catalog.tables.values()} == {"2"}


def test_another_attempt_at_the_same_run_shows_its_own_files(catalog: Catalog) -> None:
    catalog.publish(OLD, "jr_1")
    catalog.publish(OLD, "jr_2")
    assert catalog.locations() == at(OLD, "jr_2")


def test_a_run_whose_data_is_older_leaves_the_tables(catalog: Catalog) -> None:
    catalog.publish(NEW)
    assert catalog.publish(OLD) == []
    assert catalog.locations() == at(NEW)


@pytest.mark.parametrize("left", [{"UPDATED_BY_CRAWLER": "popular"}, {"run": "of somebody else"}])
def test_a_table_of_somebody_else_becomes_as_it_must_be(
    catalog: Catalog, left: dict[str, str]
) -> None:
    for table in TABLES:
        catalog.tables[table] = {
            "Name": table,
            "VersionId": "7",
            "Parameters": left,
            "PartitionKeys": [{"Name": "partition_0", "Type": "string"}],
            "StorageDescriptor": {
                "Columns": [{"Name": "title", "Type": "string"}, {"Name": "rating", "Type": "int"}],
                "Location": f"s3://another-bucket/curated/{table}/",
            },
        }
    catalog.publish(OLD)
    fresh = Catalog()
    fresh.publish(OLD)
    assert [{**table, "VersionId": ""} for table in catalog.tables.values()] == [
        {**table, "VersionId": ""} for table in fresh.tables.values()
    ]


@pytest.mark.parametrize("before", [None, OLD])
@pytest.mark.parametrize(("other", "wins"), [(OLD, NEW), (NEWEST, NEWEST)])
def test_of_two_that_publish_at_once_the_newer_data_is_shown(
    catalog: Catalog, before: str | None, other: str, wins: str
) -> None:
    if before is not None:
        catalog.publish(before)

    def meanwhile() -> None:
        catalog.meanwhile = lambda: None
        asked = catalog._asked
        catalog.publish(other, "jr_2")
        catalog._asked = asked

    catalog.meanwhile = meanwhile
    catalog.publish(NEW)
    assert catalog.locations() == at(wins, "jr_1" if wins == NEW else "jr_2")


def test_whatever_the_order_of_many_the_newest_data_is_shown(catalog: Catalog) -> None:
    runs = [OLD, NEWEST, NEW]
    lock = threading.Lock()

    def publish(run: str) -> None:
        with lock:
            catalog.publish(run)

    threads = [threading.Thread(target=publish, args=[run]) for run in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert catalog.locations() == at(NEWEST)


class Folders:
    """Files of runs, each with a row group that nobody reads."""

    def __init__(self, spark: Any, root: Path) -> None:
        self._spark, self._root = spark, root

    def add(self, *names: str) -> None:
        for name in names:
            (self._root / name).mkdir(parents=True)
            (self._root / name / "part-0.parquet").touch()

    def clean(self, shown: set[str], hours: float) -> set[str]:
        """Cleans so many hours from now; returns what is left."""
        now = self._root.stat().st_mtime + hours * HOUR
        movielens_transform.clean(self._spark, str(self._root), shown, now)
        return {folder.name for folder in self._root.iterdir()}


@pytest.fixture
def folders(spark: Any, tmp_path: Path) -> Folders:
    return Folders(spark, tmp_path)


def test_what_was_replaced_stays_for_the_longest_query_and_goes_then(folders: Folders) -> None:
    folders.add(OLD, NEW)
    # However old the files are: that they were replaced is known since now.
    assert folders.clean({NEW}, 24 * 365) == {OLD, NEW}
    assert folders.clean({NEW}, KEEP_HOURS - 1) == {OLD, NEW}
    assert folders.clean({NEW}, KEEP_HOURS + 1) == {NEW}


def test_what_a_table_shows_stays_for_ever(folders: Folders) -> None:
    folders.add(OLD, NEW)
    for hours in (1, KEEP_HOURS + 1, 24 * 365):
        # The job ended between the two tables.
        assert folders.clean({OLD, NEW}, hours) == {OLD, NEW}


def test_what_may_be_published_yet_stays(folders: Folders) -> None:
    folders.add(OLD, NEW)
    for hours in (1, KEEP_HOURS + 1, 24 * 365):
        assert folders.clean({OLD}, hours) == {OLD, NEW}


def test_what_lay_there_before_runs_had_folders_goes_and_what_others_put_there_stays(
    folders: Folders,
) -> None:
    folders.add("most_popular_movies", "top_rated_movies", "somebody-elses", NEW)
    folders.clean({NEW}, 1)
    assert folders.clean({NEW}, KEEP_HOURS + 1) == {"somebody-elses", NEW}


def test_a_reader_passes_over_the_mark(folders: Folders, spark: Any, tmp_path: Path) -> None:
    # https://docs.aws.amazon.com/athena/latest/ug/tables-location-format.html
    assert REPLACED.startswith("_")
    folders.add(OLD, NEW)
    spark.range(3).write.parquet(str(tmp_path / OLD / "table"))
    folders.clean({NEW}, 1)
    assert (tmp_path / OLD / REPLACED).exists()
    assert spark.read.parquet(str(tmp_path / OLD / "table")).count() == 3


ARGUMENTS = {
    "--JOB_NAME": "job",
    "--JOB_RUN_ID": "jr_1",
    "--input": "/in/",
    "--output": "/out/",
    "--run": OLD,
    "--database": DATABASE,
    "--region": "us-east-1",
}


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        *(
            ("--min_ratings", value, rf"--min_ratings is '{value}'; it must be a whole number")
            for value in ("many", "-1", "1.5", "")
        ),
        ("--run", "yesterday", "--run is 'yesterday'; it must be the name of a folder in /in/"),
        ("--run", "../else", "--run is '../else'"),
    ],
)
def test_an_argument_that_is_wrong_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, message: str
) -> None:
    arguments = {**ARGUMENTS, name: value}
    monkeypatch.setattr("sys.argv", ["job", *(f"{n}={v}" for n, v in arguments.items())])
    with pytest.raises(SystemExit, match=message):
        movielens_transform.main()


def test_as_the_job_it_transforms_publishes_and_cleans(
    monkeypatch: pytest.MonkeyPatch, catalog: Catalog, capsys: Any, tmp_path: Path
) -> None:
    called: list[Any] = []
    monkeypatch.setattr(movielens_transform, "SparkSession", Spark())
    monkeypatch.setattr(boto3, "client", lambda *_, **__: catalog.client)
    monkeypatch.setattr(
        movielens_transform,
        "transform",
        lambda _, *asked: called.append(asked) or {"most_popular_movies": 2},
    )
    monkeypatch.setattr(
        movielens_transform,
        "clean",
        lambda _, output, shown, now: called.append((output, shown)),
    )
    arguments = {**ARGUMENTS, "--output": f"{tmp_path}/", "--min_ratings": "2"}
    # Glue's own arguments are among them.
    monkeypatch.setattr(
        "sys.argv",
        [
            "job",
            *("--job-bookmark-option", "job-bookmark-disable", "--TempDir", "/t"),
            *(part for pair in arguments.items() for part in pair),
        ],
    )
    movielens_transform.main()
    folder = f"{tmp_path}{os.sep}{OLD}/jr_1"
    assert called == [(f"/in/{OLD}", folder, 2), (str(tmp_path), {OLD})]
    assert catalog.locations() == {table: f"{folder}/{table}/" for table in TABLES}
    assert json.loads(capsys.readouterr().out) == {
        "most_popular_movies": 2,
        "published": list(TABLES),
    }


class Spark:
    """A session that does nothing."""

    @property
    def builder(self) -> Spark:
        return self

    def appName(self, name: str) -> Spark:
        return self

    def getOrCreate(self) -> Spark:
        return self

    def stop(self) -> None:
        pass
