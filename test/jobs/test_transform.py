from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import duckdb
import movielens_csv
import movielens_transform
import preprocess_movies
import preprocess_ratings
import pytest
from movielens import FIRST, expected, parquet, relation, sample, write

#: What the tables must be, by DuckDB: `movies` and `ratings` are names of relations.
RATED = """
    SELECT movies.movieId AS movieid, title, genres, sum(rating) / count(*) AS avg_rating,
        count(*) AS num_ratings
    FROM movies JOIN ratings USING (movieId) GROUP BY ALL
"""
POPULAR = f"""
    SELECT movieid, title, genres, num_ratings FROM ({RATED}) ORDER BY num_ratings DESC, movieid
"""
TOP = f"""
    SELECT * FROM ({RATED}) WHERE num_ratings >= {{}}
    ORDER BY avg_rating DESC, num_ratings DESC, movieid
"""


class Data:
    """What the EMR steps leave, written by DuckDB, and what the job makes of it."""

    def __init__(self, spark: Any, folder: Path) -> None:
        self.spark, self.output, self.curated = spark, folder / "output", folder / "curated"
        self.duckdb = duckdb.connect()
        self.duckdb.execute(
            """
            CREATE TABLE movies (movieId INTEGER, title VARCHAR, genres VARCHAR);
            CREATE TABLE ratings
                (userId INTEGER, movieId INTEGER, rating DOUBLE, timestamp BIGINT);
            """
        )

    def add(self, movies: list[tuple[Any, ...]], ratings: list[tuple[int, float]]) -> None:
        """Adds movies, and ratings by movieId."""
        self.duckdb.executemany("INSERT INTO movies VALUES (?, ?, ?)", movies)
        self.duckdb.executemany(
            "INSERT INTO ratings VALUES (?, ?, ?, ?)",
            [(n, movie, stars, 10**9 + n) for n, (movie, stars) in enumerate(ratings)],
        )
        for table, name in (("movies", "movie"), ("ratings", "ratings")):
            folder = self.output / name
            folder.mkdir(parents=True, exist_ok=True)
            self.duckdb.execute(f"COPY {table} TO '{folder}/part-0.parquet' (FORMAT parquet)")
            (folder / "_SUCCESS").touch()

    def run(self, min_ratings: int = 0) -> dict[str, int]:
        if self.curated.exists():
            self.curated = self.curated.with_name(f"{self.curated.name}-again")
        return movielens_transform.transform(
            self.spark, str(self.output), str(self.curated), min_ratings
        )

    def tables(self) -> dict[str, list[tuple[Any, ...]]]:
        names = ("most_popular_movies", "top_rated_movies")
        return {name: parquet(self.curated / name).fetchall() for name in names}

    def oracle(self, min_ratings: int = 0) -> dict[str, list[tuple[Any, ...]]]:
        return {
            "most_popular_movies": self.duckdb.sql(POPULAR).fetchall(),
            "top_rated_movies": self.duckdb.sql(TOP.format(min_ratings)).fetchall(),
        }


@pytest.fixture
def data(spark: Any, tmp_path: Path) -> Data:
    return Data(spark, tmp_path)


MOVIES = [
    (1, "Toy Story (1995)", "Comedy"),
    (2, "Heat (1995)", None),
    (3, "Misérables, Les", "Drama"),
]


@pytest.mark.parametrize("seed", range(5))
def test_both_tables_are_what_duckdb_makes_of_the_same_input(data: Data, seed: int) -> None:
    rand = random.Random(seed)
    films = rand.choice([1, 20, 200])
    movies = [(n, f"Film {n}, “{rand.random():.2f}”", "Drama") for n in range(1, films + 1)]
    # Few ratings of many films tie; some films have none, and some ratings no film.
    ratings = [
        (rand.randint(1, films + films // 5), rand.randint(1, 10) / 2)
        for _ in range(rand.choice([films, 10 * films]))
    ]
    data.add(movies, ratings)
    least = rand.choice([0, 1, 3])
    counts = data.run(least)
    wanted = data.oracle(least)
    assert data.tables() == wanted
    assert counts == {name: len(rows) for name, rows in wanted.items()}


@pytest.mark.parametrize("seed", range(3))
def test_from_csv_to_tables_nothing_is_lost_and_nothing_added(
    spark: Any, tmp_path: Path, seed: int
) -> None:
    lines = {table: sample(table, seed, rows=2000) for table in ("movies", "ratings")}
    for module, table, name in (
        (preprocess_movies, "movies", "movie"),
        (preprocess_ratings, "ratings", "ratings"),
    ):
        raw = write(tmp_path / "raw" / table, table, lines[table].mixed())
        movielens_csv.preprocess(
            spark, module.read, str(raw), f"{tmp_path}/output/{name}", f"{tmp_path}/rejected/{name}"
        )
        write(tmp_path / "clean" / table, table, lines[table].good)
    clean = tmp_path / "clean"
    data = Data(spark, tmp_path)
    data.duckdb.execute(
        f"""
        CREATE OR REPLACE TABLE movies AS {FIRST.format(relation("movies", clean / "movies"))};
        CREATE OR REPLACE TABLE ratings AS FROM {relation("ratings", clean / "ratings")};
        """
    )
    assert len(expected("movies", clean / "movies")) > 0
    data.run(5)
    assert data.tables() == data.oracle(5)


def test_names_and_types_are_those_that_are_published(data: Data) -> None:
    data.add(MOVIES, [(1, 4.0)])
    data.run()
    popular, top = (
        parquet(data.curated / name) for name in ("most_popular_movies", "top_rated_movies")
    )
    assert list(zip(popular.columns, map(str, popular.types), strict=True)) == [
        *(("movieid", "INTEGER"), ("title", "VARCHAR"), ("genres", "VARCHAR")),
        ("num_ratings", "BIGINT"),
    ]
    assert list(zip(top.columns, map(str, top.types), strict=True)) == [
        *(("movieid", "INTEGER"), ("title", "VARCHAR"), ("genres", "VARCHAR")),
        *(("avg_rating", "DOUBLE"), ("num_ratings", "BIGINT")),
    ]


def test_a_small_table_is_one_file_so_that_a_reader_meets_the_ranks_in_order(data: Data) -> None:
    data.add([(n, f"Film {n}", "Drama") for n in range(500)], [(n, 3.0) for n in range(500)])
    data.run()
    for name in ("most_popular_movies", "top_rated_movies"):
        assert len(list((data.curated / name).glob("*.parquet"))) == 1


@pytest.mark.usefixtures("file_by_file")
def test_the_ratings_are_read_once_for_both_tables(data: Data, stages: Any) -> None:
    data.add(MOVIES, [(1, 4.0), (2, 3.0)])
    files = 5
    for n in range(1, files):
        folder = data.output / "ratings"
        data.duckdb.execute(f"COPY ratings TO '{folder}/part-{n}.parquet' (FORMAT parquet)")
    assert stages(data.run).count(files) == 1


def test_ties_are_broken_by_the_count_and_then_by_the_id(data: Data) -> None:
    data.add(MOVIES, [(3, 4.5), (1, 4.5), (2, 4.0), (2, 5.0)])
    data.run()
    assert data.tables() == {
        "most_popular_movies": [(*MOVIES[1], 2), (*MOVIES[0], 1), (*MOVIES[2], 1)],
        "top_rated_movies": [
            (*MOVIES[1], 4.5, 2),
            (*MOVIES[0], 4.5, 1),
            (*MOVIES[2], 4.5, 1),
        ],
    }


def test_the_least_count_is_asked_of_the_top_rated_alone(data: Data) -> None:
    data.add(MOVIES, [(1, 5.0), (2, 3.0), (2, 3.5)])
    assert data.run(2) == {"most_popular_movies": 2, "top_rated_movies": 1}
    assert data.tables()["top_rated_movies"] == [(*MOVIES[1], 3.25, 2)]
    # A table without a row is a table still: its columns can be read.
    assert data.run(3) == {"most_popular_movies": 2, "top_rated_movies": 0}
    assert data.tables()["top_rated_movies"] == []


@pytest.mark.parametrize("name", ["movie", "ratings"])
@pytest.mark.parametrize("left", ["nothing", "parts"])
def test_an_input_that_was_not_finished_is_refused_and_nothing_touched(
    data: Data, name: str, left: str
) -> None:
    data.add(MOVIES, [(1, 5.0)])
    (data.output / name / "_SUCCESS").unlink()
    if left == "nothing":
        (data.output / name / "part-0.parquet").unlink()
    with pytest.raises(SystemExit, match=rf"^The input .*/output/{name} was not finished"):
        data.run()
    assert not data.curated.exists()


def test_ratings_of_other_movies_alone_are_refused(data: Data) -> None:
    data.add(MOVIES, [(7, 5.0)])
    with pytest.raises(SystemExit, match=r"^No rating in .*/ratings is of a movie in .*/movie\.$"):
        data.run()
    assert not data.curated.exists()
