"""The result tables of the MovieLens job, read by Athena without a pause while the job writes.

The job is the real one, on the local cloud alone. The reader sees the catalog and S3 through our
own Athena: that Athena itself looks a table up once a query, and S3 lists what was written, is what
AWS documents.
"""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import psutil
import pytest
from running import ACCOUNT, REGION, ROOT, Cloud, allow, unique
from test_athena import Lake
from test_glue_jobs import Jobs

pytestmark = pytest.mark.full

TABLES = ("most_popular_movies", "top_rated_movies")

#: Films that each run has beside its number.
FILMS = 50


class Films(Jobs):
    """The job, its bucket and database, and runs whose tables tell by every row whose they are."""

    def __init__(self, cloud: Cloud, folder: Path) -> None:
        self.lake = Lake(cloud)
        super().__init__(cloud)
        self._folder = folder
        self._runs: dict[int, str] = {}
        self.name = self.job(
            (ROOT / "jobs" / "glue" / "movielens_transform.py").read_text(),
            ExecutionProperty={"MaxConcurrentRuns": 3},
            DefaultArguments={
                "--input": f"s3://{self.bucket}/output/",
                "--output": f"s3://{self.bucket}/curated/",
                "--database": self.lake.database,
                "--region": REGION,
            },
        )

    def rights(self) -> list[dict[str, Any]]:
        catalog = f"arn:aws:glue:{REGION}:{ACCOUNT}"
        return [
            *super().rights(),
            allow(
                ["glue:GetTable", "glue:CreateTable", "glue:UpdateTable"],
                [
                    f"{catalog}:catalog",
                    f"{catalog}:database/{self.lake.database}",
                    f"{catalog}:table/{self.lake.database}/*",
                ],
            ),
        ]

    def load(self, number: int) -> str:
        """What the EMR steps of a run leave: more films and ratings, by its number."""
        run = f"20261130T{number:012d}Z-0123456789abcdef"
        queries = {
            "movie": f"SELECT n::INT AS movieId, 'Film' AS title, 'Drama' AS genres "
            f"FROM range({FILMS + number}) t(n)",
            "ratings": f"SELECT u::INT AS userId, n::INT AS movieId, 3.5::DOUBLE AS rating, "
            f"1::BIGINT AS timestamp FROM range({FILMS + number}) t(n), range({number}) s(u)",
        }
        for table, query in queries.items():
            file = self._folder / f"{table}-{number}.parquet"
            duckdb.sql(query).write_parquet(str(file))
            for name, body in (("part-0.parquet", file.read_bytes()), ("_SUCCESS", b"")):
                key = f"output/{run}/{table}/{name}"
                self.s3.put_object(Bucket=self.bucket, Key=key, Body=body)
        return run

    def begin(self, number: int) -> str:
        """Start the job on what a run has loaded."""
        return self.start(self.name, Arguments={"--run": self.load(number)})

    def complete(self, number: int) -> None:
        """Have a run go well."""
        ended = self.end(self.name, self.begin(number))
        assert ended["JobRunState"] == "SUCCEEDED", ended

    def shown(self, table: str) -> int:
        """The run that a table shows; every row of it, and none of another, or this fails."""
        query = f"SELECT count(*), min(num_ratings), max(num_ratings) FROM {table}"
        ((count, least, most),) = self.lake.rows(query)
        assert least == most, f"{table} has rows of two runs: {least} and {most}"
        assert int(count) == FILMS + int(most), f"{table} has {count} rows of run {most}"
        return int(most)

    @contextmanager
    def read(self) -> Iterator[dict[str, list[int]]]:
        """Read all tables without a pause; what each showed, look by look."""
        seen: dict[str, list[int]] = {table: [] for table in TABLES}
        wrong: list[BaseException] = []
        stop = threading.Event()

        def reader(table: str) -> None:
            try:
                while not stop.is_set():
                    seen[table].append(self.shown(table))
            except BaseException as error:
                wrong.append(error)

        threads = [threading.Thread(target=reader, args=[table]) for table in TABLES]
        for thread in threads:
            thread.start()
        try:
            yield seen
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        assert wrong == []
        for table in TABLES:
            assert seen[table] == sorted(seen[table]), "a table went back to an older run"

    def kill(self, identifier: str) -> None:
        """End all processes of a run of the job, without a chance to tidy up."""
        for process in psutil.process_iter(["cmdline"]):
            if identifier in (process.info["cmdline"] or []):
                os.kill(process.pid, signal.SIGKILL)


@pytest.fixture
def films(cloud: Cloud, tmp_path: Path) -> Films:
    return Films(cloud, tmp_path)


def test_a_reader_sees_whole_runs_only_while_the_job_writes(films: Films) -> None:
    films.complete(1)
    with films.read() as seen:
        films.complete(2)
        assert [films.shown(table) for table in TABLES] == [2, 2]
    assert [set(seen[table]) for table in TABLES] == [{1, 2}, {1, 2}]


def test_a_reader_sees_whole_runs_only_whenever_the_job_is_killed(films: Films) -> None:
    films.complete(1)
    started = time.monotonic()
    films.complete(2)
    longest = time.monotonic() - started
    seed = random.randrange(10**6)
    moments = random.Random(seed)
    with films.read():
        for number in range(3, 6):
            identifier = films.begin(number)
            time.sleep(moments.uniform(0, longest))
            films.kill(identifier)
            state = films.end(films.name, identifier)["JobRunState"]
            assert state in ("FAILED", "SUCCEEDED"), f"{state}, seed {seed}"
        # A rerun heals what a kill between the two tables left.
        films.complete(6)
    assert [films.shown(table) for table in TABLES] == [6, 6], f"seed {seed}"


def test_of_runs_that_overlap_the_one_that_loaded_last_is_shown(films: Films) -> None:
    """As in a backfill of three days, whichever of them comes first."""
    films.complete(1)
    with films.read() as seen:
        runs = [films.begin(number) for number in (4, 2, 3)]
        for identifier in runs:
            ended = films.end(films.name, identifier, 300)
            assert ended["JobRunState"] == "SUCCEEDED", ended
    assert [films.shown(table) for table in TABLES] == [4, 4]
    assert all(set(seen[table]) <= {1, 2, 3, 4} for table in TABLES)
    # Each has files of its own.
    found = films.s3.list_objects_v2(Bucket=films.bucket, Prefix="curated/", Delimiter="/")
    assert len(found["CommonPrefixes"]) == 4


def test_a_table_that_the_posts_crawler_left_is_taken_over(films: Films) -> None:
    films.lake.glue.create_table(
        DatabaseName=films.lake.database,
        TableInput={
            "Name": TABLES[0],
            "TableType": "EXTERNAL_TABLE",
            "Parameters": {"UPDATED_BY_CRAWLER": unique("crawler")},
            "StorageDescriptor": {
                "Columns": [{"Name": "ratings", "Type": "bigint"}],
                "Location": f"s3://{films.bucket}/curated/{TABLES[0]}/",
            },
        },
    )
    films.complete(1)
    assert [films.shown(table) for table in TABLES] == [1, 1]
