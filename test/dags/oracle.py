"""What `movie-list-dag` must leave in Redshift: `oracle.py ZIP`.

Computed by DuckDB from the same zip, outside the pipeline and with none of its code. Prints one
JSON
line a row, `["title", "4.5"]`, sorted.
"""

from __future__ import annotations

import json
import sys
import tempfile
import zipfile
from pathlib import Path

import duckdb


def expected(path: Path) -> list[tuple[str, str]]:
    """The sorted rows: title of every rating above four stars, and the rating."""
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(path) as archive:
        archive.extractall(folder)
        files = {name: next(Path(folder).rglob(f"{name}.csv")) for name in ("movies", "ratings")}
        reader = "read_csv(?, header = true, quote = '\"', escape = '\"', all_varchar = true)"
        rows = duckdb.execute(
            f"""
            SELECT m.title, CAST(CAST(r.rating AS DECIMAL(3, 1)) AS VARCHAR)
            FROM {reader} m JOIN {reader} r USING (movieId)
            WHERE CAST(r.rating AS DECIMAL(3, 1)) > 4
            """,
            [str(files["movies"]), str(files["ratings"])],
        ).fetchall()
    return sorted(rows)


if __name__ == "__main__":
    for row in expected(Path(sys.argv[1])):
        print(json.dumps(row))
