"""The Glue job as it publishes tables, against the one that replaced their files in place.

    .local/venvs/spark/bin/python bench/publishing.py [--runs 3] [--heap 1g] [25M 100M]

`before` is the job of the commit BEFORE, which wrote over the files that readers saw, and left the
catalog to crawlers. `now` is today's: it writes a folder of its own, moves both tables by the Data
Catalog, and deletes what was replaced; the catalog is a server of this bench's own, whose CPU does
not count. They take turns, on the same Parquet, and each runs as a whole, started by spark-submit
with all the CPUs there are. Their rows must be the same. CPU is what all threads of a job took
together, and hardly changes with what else the machine does.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import duckdb
import pyspark
from spark_jobs import INPUT, MOVIES, ROOT, Run, submit

#: The last commit whose job replaced the tables' files in place.
BEFORE = "57c9e74eb86d5c4d743d85dd0adef733a40b7cf2~"
JOB = "jobs/glue/movielens_transform.py"
RUN = "20261130T150000000000Z-0123456789abcdef"
#: Tables, and their columns in the order in which both jobs have them, by today's names.
TABLES = ("most_popular_movies", "top_rated_movies")
#: Types of the input, as the EMR steps write them.
TYPES = {
    "movie": ("movies", "movieId::INT AS movieId, title, genres"),
    "ratings": (
        "ratings",
        "userId::INT AS userId, movieId::INT AS movieId, rating::DOUBLE AS rating, "
        "timestamp::BIGINT AS timestamp",
    ),
}
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench"}


class Catalog(BaseHTTPRequestHandler):
    """What the job asks of the Data Catalog, in memory."""

    tables: ClassVar[dict[str, dict[str, Any]]] = {}

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        status, answer = self._answer(self.headers["X-Amz-Target"].partition(".")[2], asked)
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _answer(self, operation: str, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if operation == "GetTable":
            found = self.tables.get(asked["Name"])
            missing = {"__type": "EntityNotFoundException", "message": asked["Name"]}
            return (200, {"Table": found}) if found else (400, missing)
        given = asked["TableInput"]
        version = int(self.tables.get(given["Name"], {}).get("VersionId", "0")) + 1
        self.tables[given["Name"]] = {**given, "VersionId": str(version)}
        return 200, {}

    def log_message(self, format: str, *args: object) -> None:
        """Tells nothing of requests."""


@contextmanager
def catalog() -> Iterator[None]:
    """A catalog, whose address this process and those that it starts have."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Catalog)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    os.environ |= {**CREDENTIALS, "AWS_ENDPOINT_URL_GLUE": f"http://127.0.0.1:{server.server_port}"}
    try:
        yield
    finally:
        server.shutdown()


def generate(rows: int, folder: Path) -> None:
    """What the EMR steps of a run leave."""
    for table, (query, columns) in TYPES.items():
        target = folder / RUN / table
        target.mkdir(parents=True)
        text = INPUT[query]
        used = {name: n for name, n in {"movies": MOVIES, "rows": rows}.items() if name in text}
        values = {f"${name}": str(value) for name, value in used.items()}
        for name, value in values.items():
            text = text.replace(name, value)
        duckdb.sql(
            f"COPY (SELECT {columns} FROM ({text})) TO '{target}' "  # noqa: S608
            "(FORMAT parquet, PER_THREAD_OUTPUT, OVERWRITE_OR_IGNORE)"
        )
        (target / "_SUCCESS").touch()


def same(before: Path, now: Path) -> None:
    """Ends the bench where the two wrote other rows, or in another order."""
    for table in TABLES:
        one, other = (
            duckdb.sql(f"FROM read_parquet('{folder}/{table}/*.parquet')").fetchall()
            for folder in (before, now)
        )
        if one != other or not one:
            sys.exit(f"The two jobs disagree on {table}.")


def bench(rows: str, runs: int, heap: str, folder: Path) -> None:
    source, before, now = (folder / name for name in ("output", "before", "now"))
    generate(int(rows.removesuffix("M")) * 1_000_000, source)
    old = folder / "movielens_transform_before.py"
    old.write_bytes(
        subprocess.check_output(["git", "show", f"{BEFORE}:{JOB}"], cwd=ROOT)  # noqa: S603, S607
    )
    region = ("--region", "us-east-1", "--database", "films")
    scripts: dict[str, list[object]] = {
        "before": [old, "--input", source / RUN, "--output", before],
        "now": [ROOT / JOB, "--input", source, "--output", now, "--run", RUN, *region],
    }
    taken: dict[str, list[Run]] = {name: [] for name in scripts}
    for number in range(runs):
        for name, (script, *arguments) in scripts.items():
            own = ("--JOB_RUN_ID", f"jr_{number}") if name == "now" else ()
            taken[name].append(submit(heap, Path(str(script)), *arguments, *own))
        same(before, now / RUN / f"jr_{number}")
    cells = [rows]
    for what in ("seconds", "cpu_seconds"):
        one, other = (statistics.median(getattr(run, what) for run in of) for of in taken.values())
        cells += [f"{one:.1f} s", f"{other:.1f} s", f"{other / one:.3f}"]
    cells.append(
        "; ".join(" ".join(f"{run.cpu_seconds:.1f}" for run in of) for of in taken.values())
    )
    print(f"| {' | '.join(cells)} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("rows", nargs="*", default=["25M"], help="millions of ratings (25M)")
    parser.add_argument("--runs", type=int, default=3, help="how often each is run (3)")
    parser.add_argument("--heap", default="1g", help="the most that Java's heap may take (1g)")
    parser.add_argument("--folder", type=Path, help="where the files are written")
    options = parser.parse_args()
    print(
        f"{os.cpu_count()} CPUs, Spark {pyspark.__version__}, heap of {options.heap}, "
        f"median of {options.runs} runs\n\n"
        "| ratings | before | now | ratio | CPU, before | CPU, now | ratio | CPU of each run |\n"
        "|---|---|---|---|---|---|---|---|"
    )
    with catalog():
        for rows in options.rows:
            with tempfile.TemporaryDirectory(prefix="publishing-", dir=options.folder) as folder:
                bench(rows, options.runs, options.heap, Path(folder))


if __name__ == "__main__":
    main()
