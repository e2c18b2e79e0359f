"""The notebook's best sellers of generated reviews, beside the bare Spark query for them.

    .local/venvs/spark/bin/python bench/best_sellers.py [--runs 3] [--heap 1g] [1M 10M]

The reviews are of the five categories of the post and of the year 2015; counted are those of the
whole year, and those of one week. Every run is a process of its own, started by spark-submit with
all the CPUs there are; its time has the start of Java and Spark in it, and not papermill's. The
notebook's code and the bare query take turns, and their results must be the same rows. 10M reviews
need 0.3 GB in `--folder`, by default among the temporary files; they are removed in the end.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

import duckdb
import pyspark
from pyspark.sql import SparkSession
from spark_jobs import ROOT, submit

CATEGORIES = ["Apparel", "Automotive", "Baby", "Beauty", "Books"]
RANGES = {"year": ("2015-01-01", "2015-12-31"), "week": ("2015-08-25", "2015-08-31")}
BEST = """
    SELECT product_category, rank, product_id, product_title, stars, reviews FROM (
        SELECT *, row_number() OVER (
            PARTITION BY product_category ORDER BY stars DESC, reviews DESC, product_id) AS rank
        FROM (
            SELECT product_category, product_id, sum(star_rating) AS stars, count(*) AS reviews,
                max_by(product_title, struct(review_date, review_id)) AS product_title
            FROM reviews
            WHERE verified_purchase = 'Y' AND review_date BETWEEN DATE '{}' AND DATE '{}'
            GROUP BY product_category, product_id
        )
    ) WHERE rank <= 20
"""


def bare(source: str, output: str, first: str, last: str) -> None:
    """The least that makes the tables: nothing is checked, drawn or shown."""
    spark = SparkSession.builder.getOrCreate()
    spark.read.parquet(source).createOrReplaceTempView("reviews")
    best = spark.sql(BEST.format(first, last)).coalesce(1)
    best.write.partitionBy("product_category").parquet(output)


def notebook(source: str, output: str, first: str, last: str) -> None:
    """The notebook's cells, without what is the kernel's own affair."""
    cells = json.loads((ROOT / "notebooks" / "find_best_sellers.ipynb").read_text())["cells"]
    names: dict[str, object] = {}
    for cell in cells:
        code = "".join(cell["source"])
        if cell["cell_type"] == "code" and not code.startswith("%%"):
            exec(compile(code, cell["id"], "exec"), names)  # noqa: S102 - of this repository
        if "parameters" in cell["metadata"].get("tags", []):
            names |= {
                "INPUT_LOCATION": source,
                "CATEGORIES": CATEGORIES,
                "FROM_DATE": first,
                "TO_DATE": last,
                "OUTPUT_LOCATION": output,
            }


def same(of_notebook: Path, of_bare: Path) -> None:
    """Ends the bench where the two wrote other rows."""
    for category in CATEGORIES:
        one, other = (
            duckdb.read_parquet(f"{folder}/*.parquet", hive_partitioning=False)
            .project("rank, product_id, product_title, stars, reviews")
            .order("rank")
            .fetchall()
            for folder in (
                of_notebook / "best_sellers" / category,
                of_bare / f"product_category={category}",
            )
        )
        if one != other or not one:
            sys.exit(f"The notebook and the bare query disagree on {category}.")


def bench(rows: str, runs: int, heap: str, folder: Path) -> None:
    reviews = folder / "reviews"
    generator = ROOT / "jobs" / "emr" / "generate_sample_reviews.py"
    number = int(rows.removesuffix("M")) * 1_000_000
    arguments = ("--reviews", number, "--categories", ",".join(CATEGORIES), "--output", reviews)
    made = submit(heap, generator, *arguments)
    print(f"| generating {rows} | {made.seconds:.1f} s | | | {made.cpu_seconds:.1f} s | | |")
    for name, days in RANGES.items():
        taken: dict[str, list] = {"notebook": [], "bare": []}
        for _ in range(runs):
            for what, times in taken.items():
                shutil.rmtree(folder / what, ignore_errors=True)
                command = ["--run", what, reviews, folder / what, *days]
                times.append(submit(heap, Path(__file__), *command))
        same(folder / "notebook", folder / "bare")
        cells = [f"best sellers of a {name}, {rows}"]
        for what in ("seconds", "cpu_seconds"):
            one, other = (
                statistics.median(getattr(run, what) for run in times) for times in taken.values()
            )
            cells += [f"{one:.1f} s", f"{other:.1f} s", f"{one / other:.2f}"]
        print(f"| {' | '.join(cells)} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("rows", nargs="*", default=["10M"], help="millions of reviews (10M)")
    parser.add_argument("--runs", type=int, default=3, help="how often each is run (3)")
    parser.add_argument("--heap", default="1g", help="the most that Java's heap may take (1g)")
    parser.add_argument("--folder", type=Path, help="where the files are written")
    parser.add_argument("--run", nargs=5, metavar=("NAME", "INPUT", "OUTPUT", "FROM", "TO"))
    options = parser.parse_args()
    if options.run:
        name, *arguments = options.run
        {"notebook": notebook, "bare": bare}[name](*arguments)
        return
    print(
        f"{os.cpu_count()} CPUs, Spark {pyspark.__version__}, heap of {options.heap}, "
        f"median of {options.runs} runs\n\n"
        "| what | notebook | bare | ratio | CPU, notebook | CPU, bare | ratio |\n"
        "|---|---|---|---|---|---|---|"
    )
    for rows in options.rows:
        with tempfile.TemporaryDirectory(prefix="best-sellers-", dir=options.folder) as folder:
            bench(rows, options.runs, options.heap, Path(folder))


if __name__ == "__main__":
    main()
