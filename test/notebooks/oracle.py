"""What DuckDB says of the best sellers, and what the notebook wrote.

    python oracle.py REVIEWS BEST_SELLERS FROM_DATE TO_DATE CATEGORIES

The first is a folder of reviews, the second of one table a category, the last names with commas
between. Prints `{"expected": […], "found": […]}`: the rows of these categories' tables in their
order, each with its category before it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import duckdb


def oracle(reviews: Path, category: str, first: str, last: str) -> list[tuple[object, ...]]:
    """The rows of a category's table, by DuckDB."""
    return duckdb.sql(
        f"""
        WITH counted AS (
            FROM read_parquet('{reviews}/product_category={category}/*.parquet')
            WHERE review_date >= DATE '{first}' AND review_date <= DATE '{last}'
                AND verified_purchase = 'Y' AND star_rating IS NOT NULL
        ), titles AS (
            SELECT product_id, product_title FROM counted QUALIFY row_number() OVER (
                PARTITION BY product_id ORDER BY review_date DESC, review_id DESC) = 1
        ), sums AS (
            SELECT product_id, sum(star_rating)::BIGINT AS stars, count(*) AS reviews
            FROM counted GROUP BY product_id
        )
        SELECT row_number() OVER (ORDER BY stars DESC, reviews DESC, product_id) AS rank,
            product_id, product_title, stars, reviews
        FROM sums JOIN titles USING (product_id) ORDER BY rank LIMIT 20
        """
    ).fetchall()


def table(best_sellers: Path, category: str) -> duckdb.DuckDBPyRelation:
    """What was written for a category, in the order of its rows."""
    return duckdb.sql(f"FROM read_parquet('{best_sellers}/{category}/part-*.parquet')")


def main() -> None:
    reviews, best_sellers, first, last, categories = sys.argv[1:]
    expected, found = [], []
    for category in categories.split(","):
        expected += [[category, *row] for row in oracle(Path(reviews), category, first, last)]
        found += [[category, *row] for row in table(Path(best_sellers), category).fetchall()]
    print(json.dumps({"expected": expected, "found": found}))


if __name__ == "__main__":
    main()
