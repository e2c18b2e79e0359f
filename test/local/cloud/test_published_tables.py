"""The result tables of the MovieLens job, read by Athena again and again while the job writes.

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

#: How long a reader rests between two looks: without a rest it takes more of a core than the job.
REST = 0.2


class Films(Jobs):
    """The job, its bucket and database, and runs whose tables tell by every row whose they are.

    All tests go on with the same tables, since a run takes seconds of two cores.
    """

    def __init__(self, cloud: Cloud, folder: Path) -> None:
        self.lake = Lake(cloud)
        super().__init__(cloud)
        self._folder = folder
        #: The number of the last run.
        self.last = 0
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

    @staticmethod
    def run_of(number: int) -> str:
        """The run of a number, as the DAG would name it."""
        return f"20261130T{number:012d}Z-0123456789abcdef"

    def load(self, number: int) -> str:
        """What the EMR steps of a run leave: more films and ratings, by its number."""
        run = self.run_of(number)
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
        self.last = max(self.last, number)
        return self.start(self.name, Arguments={"--run": self.load(number)})

    def complete(self) -> int:
        """Have another run go well; its number."""
        ended = self.end(self.name, self.begin(self.last + 1))
        assert ended["JobRunState"] == "SUCCEEDED", ended
        return self.last

    def shown(self, table: str) -> int:
        """The run that a table shows; every row of it, and none of another, or this fails."""
        query = f"SELECT count(*), min(num_ratings), max(num_ratings) FROM {table}"
        ((count, least, most),) = self.lake.rows(query)
        assert least == most, f"{table} has rows of two runs: {least} and {most}"
        assert int(count) == FILMS + int(most), f"{table} has {count} rows of run {most}"
        return int(most)

    @contextmanager
    def read(self) -> Iterator[dict[str, list[int]]]:
        """Read all tables again and again; what each showed, look by look."""
        seen: dict[str, list[int]] = {table: [] for table in TABLES}
        wrong: list[BaseException] = []
        stop = threading.Event()

        def reader(table: str) -> None:
            try:
                while not stop.is_set():
                    seen[table].append(self.shown(table))
                    time.sleep(REST)
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


@pytest.fixture(scope="module")
def films(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Films:
    """After a run, which found a table that the post's crawler had left."""
    made = Films(cloud, tmp_path_factory.mktemp("films"))
    made.lake.glue.create_table(
        DatabaseName=made.lake.database,
        TableInput={
            "Name": TABLES[0],
            "TableType": "EXTERNAL_TABLE",
            "Parameters": {"UPDATED_BY_CRAWLER": unique("crawler")},
            "StorageDescriptor": {
                "Columns": [{"Name": "ratings", "Type": "bigint"}],
                "Location": f"s3://{made.bucket}/curated/{TABLES[0]}/",
            },
        },
    )
    made.complete()
    return made


def test_a_table_that_the_posts_crawler_left_is_taken_over(films: Films) -> None:
    assert [films.shown(table) for table in TABLES] == [films.last, films.last]
    table = films.lake.glue.get_table(DatabaseName=films.lake.database, Name=TABLES[0])["Table"]
    assert "ratings" not in [column["Name"] for column in table["StorageDescriptor"]["Columns"]]


def test_a_reader_sees_whole_runs_only_while_the_job_writes(films: Films) -> None:
    before = films.last
    with films.read() as seen:
        after = films.complete()
        assert [films.shown(table) for table in TABLES] == [after, after]
    assert [set(seen[table]) for table in TABLES] == [{before, after}, {before, after}]


def test_a_reader_sees_whole_runs_only_whenever_the_job_is_killed(films: Films) -> None:
    with films.read():
        started = time.monotonic()
        films.complete()
        longest = time.monotonic() - started
        seed = random.randrange(10**6)
        moments = random.Random(seed)
        for _ in range(3):
            identifier = films.begin(films.last + 1)
            time.sleep(moments.uniform(0, longest))
            films.kill(identifier)
            state = films.end(films.name, identifier)["JobRunState"]
            assert state in ("FAILED", "SUCCEEDED"), f"{state}, seed {seed}"
        # A rerun heals what a kill between the two tables left.
        healed = films.complete()
    assert [films.shown(table) for table in TABLES] == [healed, healed], f"seed {seed}"


def test_of_runs_that_overlap_the_one_that_loaded_last_is_shown(films: Films) -> None:
    """As in a backfill of three days, whichever of them comes first."""
    before = films.last
    numbers = [before + 3, before + 1, before + 2]
    with films.read() as seen:
        for identifier in [films.begin(number) for number in numbers]:
            ended = films.end(films.name, identifier, 300)
            assert ended["JobRunState"] == "SUCCEEDED", ended
    assert [films.shown(table) for table in TABLES] == [films.last, films.last]
    assert all(set(seen[table]) <= {before, *numbers} for table in TABLES)
    # Each has files of its own.
    found = films.s3.list_objects_v2(Bucket=films.bucket, Prefix="curated/", Delimiter="/")
    folders = "".join(folder["Prefix"] for folder in found["CommonPrefixes"])
    assert all(films.run_of(number) in folders for number in numbers)
