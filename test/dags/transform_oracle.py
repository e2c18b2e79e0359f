"""What `mwaa_movielens_demo` must leave for Athena: `transform_oracle.py ZIP [MIN_RATINGS]`.

Computed by DuckDB from the same zip, outside the pipeline and with none of its code. Prints one
JSON line a row: the table, then its columns.
"""

from __future__ import annotations

import json
import sys
import tempfile
import zipfile
from pathlib import Path

import duckdb

#: A broken line has no value that can be cast: `TRY_CAST` drops it as the jobs set it aside. Of the
#: lines that share a movieId the first by title, then genres, is the film.
TABLES = """
WITH films AS (
  SELECT TRY_CAST(movieId AS INTEGER) AS movieid, min((title, genres)) AS film
  FROM read_csv($movies, header = true, quote = '"', escape = '"', all_varchar = true)
  WHERE TRY_CAST(movieId AS INTEGER) IS NOT NULL
  GROUP BY 1
), stars AS (
  SELECT TRY_CAST(movieId AS INTEGER) AS movieid, TRY_CAST(rating AS DOUBLE) AS rating
  FROM read_csv(
    $ratings, header = true, quote = '"', escape = '"', all_varchar = true, ignore_errors = true
  )
  WHERE TRY_CAST(userId AS INTEGER) IS NOT NULL AND TRY_CAST(timestamp AS BIGINT) IS NOT NULL
), rated AS (
  SELECT movieid, film[1] AS title, film[2] AS genres, sum(rating) / count(*) AS mean, count(*) AS n
  FROM films JOIN stars USING (movieid)
  WHERE rating BETWEEN 0.5 AND 5
  GROUP BY ALL
)
"""


def expected(path: Path, min_ratings: int = 0) -> list[list[object]]:
    """Every row of both tables, each in the order of its rank."""
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(path) as archive:
        archive.extractall(folder)
        files = {
            name: str(next(Path(folder).rglob(f"{name}.csv"))) for name in ("movies", "ratings")
        }
        popular = duckdb.execute(
            f"{TABLES} SELECT 'most_popular_movies', movieid, title, genres, n "
            "FROM rated ORDER BY n DESC, movieid",
            files,
        ).fetchall()
        top = duckdb.execute(
            f"{TABLES} SELECT 'top_rated_movies', movieid, title, genres, mean, n FROM rated "
            f"WHERE n >= {min_ratings} ORDER BY mean DESC, n DESC, movieid",
            files,
        ).fetchall()
    return [list(row) for row in popular + top]


if __name__ == "__main__":
    for row in expected(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0):
        print(json.dumps(row))
