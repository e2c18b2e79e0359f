"""How long a query of a result table takes while the Glue job writes, on the local cloud.

    .local/venvs/test/bin/python bench/reader.py [--runs 3]

Counts a table through Athena's API without a pause, and takes the time from StartQueryExecution
until it has ended: while nothing else runs; while the job writes tables of another database, so
that only the machine is shared; and while it writes the table that is read. A query that fails, or
finds rows of two runs, ends the bench.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "test" / "local" / "cloud"))

from running import Cloud
from test_published_tables import TABLES, Films

#: Queries while nothing else runs.
QUERIES = 40


def timed(films: Films, more: Callable[[int], bool]) -> list[float]:
    """Milliseconds of each query, while there is to be more."""
    taken: list[float] = []
    for number in itertools.count():
        if not more(number):
            return taken
        started = time.perf_counter()
        films.shown(TABLES[number % len(TABLES)])
        taken.append((time.perf_counter() - started) * 1000)
    return taken


def while_written(read: Films, written: Films, number: int) -> list[float]:
    """The queries while the job writes the tables of `written`."""
    run = written.begin(number)
    at_work = ("STARTING", "RUNNING", "STOPPING")
    taken = timed(read, lambda _: written.get(written.name, run)["JobRunState"] in at_work)
    ended = written.get(written.name, run)["JobRunState"]
    if ended != "SUCCEEDED":
        sys.exit(f"The job ended as {ended}.")
    return taken


def row(name: str, taken: list[float]) -> str:
    middle, most = statistics.median(taken), max(taken)
    return f"| {name} | {len(taken)} | {middle:.0f} ms | {most:.0f} ms |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=3, help="how often the job writes (3)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="reader-") as folder:
        cloud = Cloud(Path(folder) / "cloud")
        cloud.start()
        try:
            read, other = Films(cloud, Path(folder)), Films(cloud, Path(folder))
            for films in (read, other):
                films.complete(1)
            beside: dict[str, list[float]] = {"another": [], "the same": []}
            for number in range(2, 2 + options.runs):
                beside["another"] += while_written(read, other, number)
                beside["the same"] += while_written(read, read, number)
            alone = timed(read, lambda n: n < QUERIES)
        finally:
            cloud.stop()
    print("| while the job writes | queries | median | longest |\n|---|---|---|---|")
    print(row("nothing", alone))
    print(row("tables of another database", beside["another"]))
    print(row("the tables that are read", beside["the same"]))


if __name__ == "__main__":
    main()
