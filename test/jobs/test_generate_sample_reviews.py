"""The generator of sample reviews, on small frames and as a step."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import duckdb
import pytest
import run_folder
from conftest import JOBS
from movielens import in_order
from pyspark.sql import DataFrame, SparkSession

import generate_sample_reviews as samples

#: Reviews in the folder that most tests look at.
NUMBER = 20_000
FROM, TO = date(2016, 2, 20), date(2016, 3, 10)
SOME = ["Books", "Baby", "Health_&_Personal_Care", "Gift_Card"]


def generate(spark: SparkSession, reviews: int, **other: object) -> DataFrame:
    arguments = {"categories": SOME, "from_date": FROM, "to_date": TO, "seed": 1} | other
    return samples.generate(spark, reviews, **arguments)


@pytest.fixture(scope="module")
def folder(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("reviews") / "out"
    samples.write(generate(spark, NUMBER), str(made))
    return made


def reviews(folder: Path) -> duckdb.DuckDBPyRelation:
    return duckdb.sql(
        f"FROM read_parquet('{folder}/*/*.parquet', hive_partitioning = true, "
        "hive_types = {'product_category': VARCHAR})"
    )


def test_schema(spark: SparkSession, folder: Path):
    read = spark.read.parquet(str(folder))
    expected = [tuple(column.lower().split()) for column in samples.SCHEMA.split(", ")]
    assert read.dtypes == [tuple(column) for column in expected]
    assert sorted(f.name for f in folder.iterdir() if f.is_dir()) == sorted(
        f"product_category={category}" for category in SOME
    )
    assert (folder / "_SUCCESS").exists()


def test_no_value_is_missing(folder: Path):
    rows = reviews(folder)
    for column in samples.COLUMNS:
        assert rows.filter(f"{column} IS NULL").fetchall() == [], column


def test_values_are_of_their_kind(folder: Path):
    rows = reviews(folder)
    wrong = rows.filter(
        """NOT (star_rating BETWEEN 1 AND 5 AND helpful_votes BETWEEN 0 AND total_votes
        AND vine IN ('Y', 'N') AND verified_purchase IN ('Y', 'N')
        AND year = year(review_date) AND product_title <> '' AND review_body <> ''
        AND regexp_full_match(product_id, 'B[0-9A-Z]{9}')
        AND regexp_full_match(review_id, 'R[0-9A-Z]{13}')
        AND regexp_full_match(customer_id, '[0-9]{8}')
        AND marketplace = 'US')"""
    )
    assert wrong.fetchall() == []


@pytest.mark.parametrize("number", [1, 2, 3, 7, 99, 100, 101, 1000, 12345])
@pytest.mark.parametrize("categories", [["Gift_Card"], SOME, list(samples.CATEGORIES)])
def test_sizes(number: int, categories: list[str]):
    sizes = samples.sizes(number, categories)
    assert list(sizes) == categories
    assert sum(sizes.values()) == number
    total = sum(samples.CATEGORIES[category][0] for category in categories)
    for category, size in sizes.items():
        assert abs(size - number * samples.CATEGORIES[category][0] / total) <= 1


def test_counts(folder: Path):
    counts = dict(reviews(folder).aggregate("product_category, count(*)").fetchall())
    assert counts == samples.sizes(NUMBER, SOME)


def test_ids_are_unique(folder: Path):
    rows = reviews(folder)
    assert rows.aggregate("count(DISTINCT review_id)").fetchall() == [(NUMBER,)]
    # A product is of one category.
    several = rows.aggregate("product_id, count(DISTINCT product_category) AS n").filter("n > 1")
    assert several.fetchall() == []


@pytest.mark.parametrize("number", [1, 2, 50, 6000])
@pytest.mark.parametrize("to", [FROM, FROM + timedelta(1), date(2016, 2, 29), TO])
def test_days(spark: SparkSession, tmp_path: Path, number: int, to: date):
    samples.write(generate(spark, number, to_date=to), str(tmp_path / "out"))
    rows = reviews(tmp_path / "out")
    assert rows.filter(f"review_date NOT BETWEEN '{FROM}' AND '{to}'").fetchall() == []
    bounds = rows.aggregate(
        "product_category, count(*) AS n, min(review_date), max(review_date)"
    ).fetchall()
    assert all((first, last) == (FROM, to) for _, n, first, last in bounds if n > 1)
    if number == 6000:
        days = rows.aggregate("count(DISTINCT review_date)").fetchall()
        assert days == [((to - FROM).days + 1,)]


def test_the_same_for_the_same_seed(spark: SparkSession):
    one = generate(spark, 1500).collect()
    # Other tasks, other machines: the same rows.
    spark.conf.set("spark.sql.leafNodeDefaultParallelism", 7)
    again = generate(spark, 1500).repartition(5).collect()
    spark.conf.unset("spark.sql.leafNodeDefaultParallelism")
    assert in_order([tuple(row) for row in again]) == in_order([tuple(row) for row in one])
    other = generate(spark, 1500, seed=2).collect()
    assert {row.product_id for row in other}.isdisjoint({row.product_id for row in one})
    assert [row.star_rating for row in other] != [row.star_rating for row in one]


def test_nothing_is_shuffled_or_brought_to_the_driver(
    spark: SparkSession, tmp_path: Path, stages, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(samples, "ROWS_A_TASK", 500)
    ran = stages(lambda: samples.write(generate(spark, 2600), str(tmp_path / "out")))
    assert ran == [6]
    # A category's reviews are in few files: its own tasks', not one of each task.
    files = list((tmp_path / "out").rglob("*.parquet"))
    assert len(files) < 6 + len(SOME)


def best_sellers(folder: Path, category: str, where: str = "true") -> list[tuple]:
    return (
        reviews(folder)
        .filter(f"product_category = '{category}' AND ({where})")
        .aggregate("product_id, product_title, sum(star_rating) AS stars, count(*) AS n")
        .order("stars DESC, n DESC, product_id")
        .limit(6)
        .fetchall()
    )


@pytest.mark.parametrize("category", SOME[:3])
@pytest.mark.parametrize("days", [(FROM, TO), (date(2016, 2, 25), date(2016, 3, 6))])
def test_planted_best_sellers(folder: Path, category: str, days: tuple[date, date]):
    first, last = days
    planted = samples.planted(category, 1)
    here = f"review_date BETWEEN '{first}' AND '{last}'"
    *best, _ = found = best_sellers(folder, category, f"{here} AND verified_purchase = 'Y'")
    assert [row[:2] for row in best] == planted.best_sellers
    stars = [row[2] for row in found]
    # A tie, and no other: the bound between the planted products and all others is clear.
    assert [one > other for one, other in pairwise(stars)] == [True, True, True, False, True]
    assert found[3][2:] == found[4][2:]
    # More people praise another one, but none of them is known to have bought it.
    assert best_sellers(folder, category, here)[0][:2] == planted.unverified
    assert planted.unverified.product_id not in {row[0] for row in found}


def test_planted_sell_best_in_a_category_of_some_hundreds_too(spark: SparkSession):
    rows = generate(spark, 3 * samples.BLOCK, categories=["Baby"]).collect()
    stars = Counter[str]()
    for row in rows:
        if row.verified_purchase == "Y":
            stars[row.product_id] += row.star_rating
    planted = {product for product, _ in samples.planted("Baby", 1).best_sellers}
    others = [sold for product, sold in stars.items() if product not in planted]
    assert max(others) < min(stars[product] for product in planted)


def test_planted_differ_by_seed():
    ids = {
        product.product_id
        for seed in range(3)
        for category in samples.CATEGORIES
        for products in [samples.planted(category, seed)]
        for product in [*products.best_sellers, products.unverified]
    }
    assert len(ids) == 3 * len(samples.CATEGORIES) * len(samples.PLANTED)


def test_what_real_reviews_have(folder: Path):
    rows = reviews(folder).filter("product_category = 'Books'")
    planted = samples.planted("Books", 1)
    ids = [p.product_id for p in [*planted.best_sellers, planted.unverified]]
    natural = rows.filter(f"product_id NOT IN {tuple(ids)}")
    # All stars, most of them five; most purchases verified, not all.
    stars = dict(natural.aggregate("star_rating, count(*)").fetchall())
    assert set(stars) == {1, 2, 3, 4, 5} and stars[5] > sum(stars.values()) / 2
    [(verified,)] = natural.aggregate("avg((verified_purchase = 'Y')::INT)").fetchall()
    assert 0.8 < verified < 0.92
    # A tenth of the products has far more than a tenth of the reviews; no other sells as well as
    # the planted.
    counts = sorted((c for _, c in natural.aggregate("product_id, count(*)").fetchall()))[::-1]
    assert sum(counts[: len(counts) // 10]) > 0.25 * sum(counts)
    # Ties, renamed products, and titles that are hard to write.
    assert len(set(counts)) < len(counts) / 4
    renamed = natural.aggregate("product_id, count(DISTINCT product_title) AS n").filter("n > 1")
    assert len(renamed.fetchall()) > 1
    titles = "".join(title for (title,) in rows.project("product_title").fetchall())
    assert set("<>&\"'éø") <= set(titles)


def test_categories_are_those_of_the_post():
    assert len(samples.CATEGORIES) == 43
    assert {"Apparel", "Automotive", "Baby", "Beauty", "Books", "Video_DVD"} < set(
        samples.CATEGORIES
    )


def test_all_categories(spark: SparkSession, tmp_path: Path):
    samples.write(generate(spark, 3000, categories=list(samples.CATEGORIES)), str(tmp_path / "o"))
    rows = reviews(tmp_path / "o")
    expected = {c: n for c, n in samples.sizes(3000, list(samples.CATEGORIES)).items() if n}
    assert dict(rows.aggregate("product_category, count(*)").fetchall()) == expected
    for category in ("Books", "Wireless"):
        noun = samples.CATEGORIES[category][1]
        titles = rows.filter(f"product_category = '{category}'").project("product_title")
        assert all(noun in title for (title,) in titles.fetchall())


def ran(submit, output: Path, *more: object) -> dict:
    """What a step prints, which has gone well."""
    arguments = ("--reviews", 500, "--categories", "Books,Baby", "--output", output)
    done = submit("emr/generate_sample_reviews.py", *arguments, *more)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_as_a_step(submit, tmp_path: Path):
    output = tmp_path / "out"
    # As they lay before runs had folders of their own.
    (output / "product_category=Toys").mkdir(parents=True)
    (output / "product_category=Toys" / "old.parquet").write_text("replaced")
    said = ran(submit, output, "--from-date", FROM, "--to-date", TO, "--seed", 9)
    folder = Path(said.pop("folder"))
    assert said == {"reviews": 500, "categories": samples.sizes(500, ["Books", "Baby"])}
    assert folder.parent == output and run_folder.RUN.fullmatch(folder.name)
    found = reviews(folder).aggregate("product_category, count(*)").fetchall()
    assert dict(found) == said["categories"]
    assert reviews(folder).filter(f"review_date NOT BETWEEN '{FROM}' AND '{TO}'").fetchall() == []
    # A reader may be in the middle of it.
    assert (output / "product_category=Toys" / "old.parquet").exists()
    assert (output / "product_category=Toys" / run_folder.REPLACED).exists()


class Folders:
    """Folders of runs, and how old the notes are that they were replaced."""

    def __init__(self, spark: SparkSession, output: Path) -> None:
        self.spark, self.output = spark, output
        self.names = [Path(run_folder.begin(str(output))).name for _ in range(4)]
        for name in self.names:
            (output / name).mkdir(parents=True)
            (output / name / "part-0.parquet").write_text(name)

    def finish(self, number: int) -> None:
        (self.output / self.names[number] / run_folder.FINISHED).touch()

    def clean(self, hours: float) -> list[str]:
        """Cleans, so many hours from now."""
        now = time.time() + hours * 3600
        return sorted(run_folder.clean(self.spark, str(self.output), now))

    def marked(self) -> list[str]:
        return sorted(path.parent.name for path in self.output.glob(f"*/{run_folder.REPLACED}"))


def test_folders_go_a_day_after_they_were_replaced(spark: SparkSession, tmp_path: Path):
    folders = Folders(spark, tmp_path)
    first, killed, shown, at_work = folders.names
    assert folders.names == sorted(folders.names)
    folders.finish(0)
    folders.finish(2)
    assert folders.clean(0) == [] and folders.marked() == [first, killed]
    assert folders.clean(run_folder.KEEP_HOURS - 1) == []
    assert folders.clean(run_folder.KEEP_HOURS + 1) == [first, killed]
    assert sorted(path.name for path in tmp_path.iterdir()) == [shown, at_work]
    # What is shown stays, however old it is, and so does what is not finished yet.
    assert folders.clean(10_000) == [] and folders.marked() == []


def test_what_is_nobodys_run_stays(spark: SparkSession, tmp_path: Path):
    folders = Folders(spark, tmp_path)
    folders.finish(3)
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "mine.txt").touch()
    folders.clean(0)
    folders.clean(run_folder.KEEP_HOURS + 1)
    assert (tmp_path / "notes" / "mine.txt").exists()


@pytest.mark.full
def test_no_method_that_is_too_long_to_be_compiled_runs(tmp_path: Path):
    told = os.environ["PYSPARK_SUBMIT_ARGS"].replace("pyspark-shell", "--conf spark.log.level=INFO")
    log = subprocess.run(
        [sys.executable, JOBS / "emr/generate_sample_reviews.py", "--output", tmp_path / "out"],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYSPARK_SUBMIT_ARGS": f"{told} pyspark-shell"},
    ).stderr
    assert "Code generated in" in log
    made = log.count("Generated method too long to be JIT compiled")
    assert made == log.count("whole-stage codegen was disabled for this plan")


@pytest.mark.full
def test_a_step_that_is_killed_at_any_moment_shows_nothing(tmp_path: Path):
    """Ended by a signal that lets it tidy up nothing, at three moments of its work."""
    output = tmp_path / "out"
    script = [sys.executable, JOBS / "emr/generate_sample_reviews.py", "--output", output]
    started = time.monotonic()
    subprocess.run([*script, "--reviews", "100000"], check=True, capture_output=True)
    longest = time.monotonic() - started
    whole = {path.parent for path in output.glob(f"*/{run_folder.FINISHED}")}
    assert len(whole) == 1
    seed = random.randrange(10**6)
    moments = random.Random(seed)
    for _ in range(3):
        process = subprocess.Popen(
            [*script, "--reviews", "100000"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        time.sleep(moments.uniform(0.3, 1) * longest)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for folder in output.glob(f"*/{run_folder.FINISHED}"):
            counts = reviews(folder.parent).aggregate("count(*)").fetchall()
            assert counts == [(100_000,)], f"seed {seed}: {folder} is shown and not whole"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--reviews", "0"], "--reviews: '0' is not a whole number from 1 on"),
        (["--reviews", "-5"], "--reviews: '-5' is not"),
        (["--reviews", "2e5"], "--reviews: '2e5' is not"),
        (["--categories", "Books,Boks"], "--categories: 'Boks' is none of Apparel, "),
        (["--categories", ""], "--categories: '' is none of Apparel, "),
        (["--from-date", "2015-02-29"], "--from-date: '2015-02-29' is not a date"),
        (["--to-date", "tomorrow"], "--to-date: 'tomorrow' is not a date such as 2015-08-25"),
        (
            ["--from-date", "2016-01-02", "--to-date", "2016-01-01"],
            "--from-date 2016-01-02 is after --to-date 2016-01-01",
        ),
    ],
)
def test_wrong_arguments(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    message: str,
):
    monkeypatch.setattr("sys.argv", ["job", "--output", str(tmp_path / "out"), *arguments])
    with pytest.raises(SystemExit) as ended:
        samples.main()
    assert ended.value.code == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
