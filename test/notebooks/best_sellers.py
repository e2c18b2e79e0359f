"""The notebook of the best sellers, run cell by cell, and what DuckDB says that it must find."""

from __future__ import annotations

import contextlib
import io
import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import quote

import duckdb
import nbformat

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "find_best_sellers.ipynb"
#: The columns that the notebook reads, as they are at Amazon, and one more.
TYPES = {
    "review_id": "VARCHAR",
    "product_id": "VARCHAR",
    "product_title": "VARCHAR",
    "star_rating": "INTEGER",
    "verified_purchase": "VARCHAR",
    "review_body": "VARCHAR",
    "review_date": "DATE",
}
TITLES = [
    *("Plain", "Misérables, Les", "千と千尋の神隠し", "🎬 take 2", "e\u0301 in two parts"),
    *("R&B <live>", '5" floppy & "quotes"', "it's", "</text></svg><script>", "]]>", "&amp; &lt;"),
    *("bell \x07 and \x1b[31m", "line\nbreak\ttab", " spaces ", "", "\ufffe", "é" * 100),
]

Row = tuple[str, str, str | None, int | None, str, str, date]


@dataclass
class Reviews:
    """Reviews by category, on the disk as Spark lays them down."""

    folder: Path
    rows: dict[str, list[Row]]
    types: dict[str, str] = field(default_factory=lambda: dict(TYPES))

    def write(self) -> Reviews:
        for category, rows in self.rows.items():
            # Spark's own escapes: `&` stays as it is.
            there = self.folder / f"product_category={quote(category, safe='&_ ')}"
            there.mkdir(parents=True)
            columns = ", ".join(f"{name} {type}" for name, type in self.types.items())
            with duckdb.connect() as connection:
                connection.execute(f"CREATE TABLE reviews ({columns})")
                connection.executemany(
                    f"INSERT INTO reviews VALUES ({', '.join('?' * len(self.types))})", rows
                )
                connection.execute(f"COPY reviews TO '{there}/part-0.parquet' (FORMAT parquet)")
        return self


def random_reviews(folder: Path, seed: int) -> Reviews:
    """Reviews of days around a leap day, in categories of every kind that makes a difference."""
    rand = random.Random(seed)
    first = date(2016, 2, 20)

    def review(category: str, product: int, **fixed: object) -> Row:
        # Distinct ids, in no order; a title changes from review to review.
        values = {
            "review_id": f"R{rand.randrange(10**9):09}{product}",
            "product_id": f"{category[:2].upper()}{product:04}",
            "product_title": rand.choice([*TITLES, None]),
            "star_rating": rand.choice([1, 2, 3, 4, 5, 5, 5, None]),
            "verified_purchase": rand.choice("YYYN"),
            "review_body": "",
            "review_date": first + timedelta(rand.randrange(16)),
            **fixed,
        }
        return tuple(values.values())

    def many(category: str, products: int, rows: int, **fixed: object) -> list[Row]:
        return [
            # Few products have most reviews.
            review(category, int(products * rand.random() ** 3), **fixed)
            for _ in range(rows)
        ]

    return Reviews(
        folder,
        {
            "Books": many("Books", 60, 2000),
            "Health_&_Personal_Care": many("Health", 40, 300),
            "Video_DVD": many("Video", 90, 300, star_rating=5),
            "Gift_Card": many("Gift", 7, 60),
            "Luggage": many("Luggage", 20, 50, verified_purchase="N"),
            # As many stars from more and from fewer reviews, and all alike.
            "Toys": [
                review("Toys", n, star_rating=s, verified_purchase="Y", review_date=first)
                for n in range(30)
                for s in ([5, 5] if n % 3 else [4, 3, 3])
            ],
            # Leap day is the only one.
            "Watches": many("Watches", 30, 100, review_date=date(2016, 2, 29)),
        },
    ).write()


def cells() -> list[nbformat.NotebookNode]:
    return [c for c in nbformat.read(NOTEBOOK, as_version=4).cells if c.cell_type == "code"]


@dataclass
class Execution:
    """The notebook's cells, run one after the other as Livy runs them: output is text alone."""

    parameters: dict[str, object]
    names: dict[str, object] = field(default_factory=dict)
    left: list[nbformat.NotebookNode] = field(default_factory=cells)
    output: str = ""

    def run(self, until: str | None = None) -> Execution:
        """Runs the cells that are left, or those before the one with that id."""
        while self.left and self.left[0].id != until:
            cell = self.left.pop(0)
            if cell.source.startswith("%%"):
                # A magic of the kernel's: it never comes to Livy.
                continue
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                exec(compile(cell.source, cell.id, "exec"), self.names)
            self.output += out.getvalue()
            if "parameters" in cell.metadata.get("tags", []):
                self.names |= self.parameters
        return self
