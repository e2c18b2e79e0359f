"""MovieLens files with all that can be in them, made from a seed, and how DuckDB reads them."""

from __future__ import annotations

import csv
import io
import random
from dataclasses import dataclass
from pathlib import Path

import duckdb

HEADERS = {
    "movies": "movieId,title,genres",
    "ratings": "userId,movieId,rating,timestamp",
    "tags": "userId,movieId,tag,timestamp",
}
TYPES = {
    "movies": {"movieId": "INTEGER", "title": "VARCHAR", "genres": "VARCHAR"},
    "ratings": {
        "userId": "INTEGER",
        "movieId": "INTEGER",
        "rating": "DOUBLE",
        "timestamp": "BIGINT",
    },
    "tags": {"userId": "INTEGER", "movieId": "INTEGER", "tag": "VARCHAR", "timestamp": "BIGINT"},
}
TEXTS = [
    *("Toy Story (1995)", "American President, The (1995)", '"Great Performances" Cats (1998)'),
    *(
        "Misérables, Les (1995)",
        "千と千尋の神隠し (2001)",
        "🎬, take 2",
        '5" floppy',
        '"',
        '""',
        ",",
    ),
    *(
        "back\\slash",
        'back\\"slash',
        "ends with \\",
        " leading and trailing ",
        "tab\there",
        "#no",
        "''",
    ),
    *("null", "NULL", "NaN", "0", "a;b|c", "(no genres listed)", "e\u0301 in two parts", "\u00a0"),
]
#: Lines that are no row of the table, with a word of the reason for which they are set aside.
BROKEN = {
    "movies": {
        "1,too few": "not a line",
        "1,one,too,many": "not a line",
        "x1,not a number,Drama": "not a line",
        "1.0,not whole,Drama": "not a line",
        "99999999999,too large,Drama": "not a line",
        ",no id,Drama": "missing",
        "7,,Drama": "missing",
        '7,"",Drama': "missing",
        '8,"never closed,Drama': "not closed",
        '8,closed too late,"Drama': "not closed",
        "8,bytes of Latin-1: \udce9,Drama": "not UTF-8",
        "movieId,title,genres": "not a line",
    },
    "ratings": {
        "1,2,3.5": "not a line",
        "1,2,3.5,4,5": "not a line",
        "1,2,three,4": "not a line",
        "x,2,3.5,4": "not a line",
        "1,2.5,3.5,4": "not a line",
        "1,99999999999,3.5,4": "not a line",
        "1,2,3.5,99999999999999999999": "not a line",
        '1,2,"3.5,4': "not a line",
        "1,2,,4": "missing",
        ",2,3.5,4": "missing",
        "1,,3.5,4": "missing",
        "1,2,3.5,": "missing",
        "1,2,0,4": "not from",
        "1,2,0.49,4": "not from",
        "1,2,5.01,4": "not from",
        "1,2,-3,4": "not from",
        "1,2,NaN,4": "not from",
        "1,2,Inf,4": "not from",
        "userId,movieId,rating,timestamp": "not a line",
    },
    "tags": {
        "1,2,funny": "not a line",
        "1,2,funny,4,5": "not a line",
        "x,2,funny,4": "not a line",
        "1,2,funny,when": "not a line",
        "1,2,,4": "missing",
        ",2,funny,4": "missing",
        "1,,funny,4": "missing",
        "1,2,funny,": "missing",
        '1,2,"funny,4': "not closed",
        "1,2,fran\udce7ais,4": "not UTF-8",
        "userId,movieId,tag,timestamp": "not a line",
    },
}


def line_of(row: tuple[object, ...]) -> str:
    """A row as CSV, quotes doubled where quotes are needed."""
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(row)
    return text.getvalue()


def write(folder: Path, table: str, lines: list[str], *, end: str = "\n", part: str = "") -> Path:
    """A CSV file of these lines below the table's header; returns its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    text = end.join([HEADERS[table], *lines]) + end
    (folder / f"{table}{part}.csv").write_bytes(text.encode(errors="surrogateescape"))
    return folder


@dataclass
class Sample:
    """Lines of one table: the good ones, and the broken ones that a file has among them."""

    table: str
    good: list[str]
    broken: list[str]
    order: random.Random

    def mixed(self) -> list[str]:
        lines = self.good + self.broken
        self.order.shuffle(lines)
        return lines


def sample(table: str, seed: int, *, films: int = 60, rows: int = 400) -> Sample:
    """Lines of `table`: with ids that come twice, films without ratings, ratings without a film."""
    rand = random.Random(seed)

    def when() -> int:
        return rand.randrange(10**9, 2 * 10**9)

    def stars() -> float:
        return rand.randint(1, 10) / 2

    def genres() -> str:
        return rand.choice(["Drama", "Comedy|Drama", "(no genres listed)", ""])

    match table:
        case "movies":
            good = [line_of((n, rand.choice(TEXTS), genres())) for n in range(1, films + 1)]
            good += [
                line_of((rand.randint(1, films), rand.choice(TEXTS), genres()))
                for _ in range(films // 4)
            ]
        case "ratings":
            good = [
                line_of((rand.randint(1, 20), rand.randint(1, int(films * 1.2)), stars(), when()))
                for _ in range(rows)
            ]
        case "tags":
            good = [
                line_of((rand.randint(1, 20), rand.randint(1, films), rand.choice(TEXTS), when()))
                for _ in range(rows)
            ]
    broken = rand.choices(list(BROKEN[table]), k=rand.randint(0, 12))
    rand.shuffle(good)
    return Sample(table, good, broken, rand)


def relation(table: str, clean: Path) -> str:
    """What reads the table's CSV file of good lines only, in DuckDB's SQL."""
    return (
        f"read_csv('{clean}/*.csv', header = true, quote = '\"', escape = '\"', delim = ',', "
        f"columns = {TYPES[table]}, null_padding = false, strict_mode = true)"
    )


#: One row a movieId: the first by title, then genres. An absent genre comes first, as in Spark.
FIRST = """
    SELECT movieId, title, genres FROM {} QUALIFY
    row_number() OVER (PARTITION BY movieId ORDER BY title, genres NULLS FIRST) = 1
"""


def expected(table: str, clean: Path) -> list[tuple[object, ...]]:
    """The rows that the table's step makes of good lines, sorted, by DuckDB."""
    source = relation(table, clean)
    query = FIRST.format(source) if table == "movies" else f"SELECT * FROM {source}"
    return in_order(duckdb.sql(query).fetchall())


def in_order(rows: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    return sorted(rows, key=repr)


def parquet(folder: Path) -> duckdb.DuckDBPyRelation:
    """What a job wrote, in the order of its files and of the rows in them."""
    return duckdb.sql(f"SELECT * FROM read_parquet('{folder}/*.parquet')")
