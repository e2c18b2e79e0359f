"""The stand-in for MovieLens: its schema, about its size, and what is hard about it."""

from __future__ import annotations

import csv
import io
import re
import sys
import zipfile
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT / "local" / "movielens"), str(ROOT / "dags")]

import generate  # noqa: E402
from mwaalib.movielens import Archive  # noqa: E402


@pytest.fixture(scope="module")
def path(tmp_path_factory) -> Path:
    made = tmp_path_factory.mktemp("generated") / "sample.zip"
    generate.write(made)
    return made


@pytest.fixture(scope="module")
def tables(path: Path) -> dict[str, list[dict[str, str]]]:
    with zipfile.ZipFile(path) as archive:
        return {
            name: list(
                csv.DictReader(
                    io.TextIOWrapper(archive.open(f"ml-latest-small/{name}.csv"), "utf-8")
                )
            )
            for name in ("movies", "ratings", "tags", "links")
        }


def test_the_pipeline_takes_it(path: Path):
    with path.open("rb") as file:
        assert Archive(file).rows == {
            "movies": generate.MOVIES,
            "ratings": generate.RATINGS,
            "tags": generate.TAGS,
        }


def test_a_seed_gives_the_same_bytes_and_another_seed_others(path: Path, tmp_path: Path):
    generate.write(tmp_path / "again.zip")
    generate.write(tmp_path / "other.zip", seed=1)
    assert (tmp_path / "again.zip").read_bytes() == path.read_bytes()
    assert (tmp_path / "other.zip").read_bytes() != path.read_bytes()
    assert {file.name for file in tmp_path.iterdir()} == {"again.zip", "other.zip"}


def test_titles_are_as_hard_as_the_real_ones(tables):
    titles = [movie["title"] for movie in tables["movies"]]
    assert sum("," in title for title in titles) > 500
    assert sum('"' in title for title in titles) > 100
    assert sum(not title.isascii() for title in titles) > 500
    assert sum(title.count("(") > 1 for title in titles) > 100
    assert sum(re.search(r"\(\d{4}\)$", title) is None for title in titles) > 50


def test_every_rating_from_half_a_star_to_five_is_given(tables):
    given = Counter(rating["rating"] for rating in tables["ratings"])
    assert given.keys() == {f"{half / 2:.1f}" for half in range(1, 11)}
    assert min(given.values()) > 500


def test_a_user_rates_a_film_once_and_every_film_exists(tables):
    pairs = [(rating["userId"], rating["movieId"]) for rating in tables["ratings"]]
    assert len(set(pairs)) == len(pairs)
    films = {movie["movieId"] for movie in tables["movies"]}
    assert {movie for _, movie in pairs} <= films
    assert {link["movieId"] for link in tables["links"]} == films
    assert {(tag["userId"], tag["movieId"]) for tag in tables["tags"]} <= set(pairs)
